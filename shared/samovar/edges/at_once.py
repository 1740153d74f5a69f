"""What a door that has jobs answers at once; what is more than that becomes a job."""

from samovar.lanes import LaneLimits
from samovar.settings import Settings
from samovar.values import dataclass, field


@dataclass(frozen=True, slots=True)
class AtOnce:
    """The rules of one process."""

    lanes: LaneLimits = field(default_factory=LaneLimits)
    has_heavy: bool = False
    stream_ms: float = 25_000  # that a text may take which is sent as it comes
    answer_bytes: int = 6_250_000


def at_once(settings: Settings) -> AtOnce:
    """The rules of a process with these settings."""
    lanes = LaneLimits(settings.inline_bytes, settings.sync_limit_ms)
    stream_ms = settings.stream_limit_s * 1000 or settings.sync_limit_ms
    return AtOnce(lanes, bool(settings.heavy_queue_url), stream_ms, settings.answer_bytes)
