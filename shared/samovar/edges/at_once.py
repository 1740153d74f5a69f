"""What a door that has jobs answers at once; what is more than that becomes a job."""

from samovar.lanes import LaneLimits
from samovar.settings import Settings
from samovar.values import dataclass, field


@dataclass(frozen=True, slots=True)
class AtOnce:
    """The rules of one process."""

    lanes: LaneLimits = field(default_factory=LaneLimits)
    has_heavy: bool = False
    answer_bytes: int = 6_250_000


def at_once(settings: Settings) -> AtOnce:
    """The rules of a process with these settings."""
    lanes = LaneLimits(settings.inline_bytes, settings.sync_limit_ms)
    return AtOnce(lanes, bool(settings.heavy_queue_url), settings.answer_bytes)
