"""Where a request runs, and whether its answer can be waited for. Pure."""

from samovar.profile import Profile
from samovar.types import ModelSpec
from samovar.values import dataclass

LIGHT, HEAVY, AUTO = "light", "heavy", "auto"
GENERATES = "generate"
"""The program of models whose time grows with the tokens that they read and say."""
SYNC = "sync"
"""The lane of a call that its own door answers: it is kept for its key, and is in no queue."""


@dataclass(frozen=True, slots=True)
class LaneLimits:
    """What is answered at once. More becomes a job."""

    inline_bytes: int = 1024 * 1024  # of a request to a model that says `auto`
    sync_ms: float = 25_000  # that an answer is expected to take


_USUAL = LaneLimits()


def lane_of(
    spec: ModelSpec,
    size: int | None,
    *,
    has_heavy: bool,
    expected_ms: float = 0.0,
    limits: LaneLimits = _USUAL,
) -> str:
    """The lane of a job: "light" or "heavy".

    `size` is the input's in bytes, None where nobody knows. Without a heavy queue the light
    lane runs all; a model that says `auto` is heavy for what would not be answered at once.
    """
    if not has_heavy or spec.lane == LIGHT:
        return LIGHT
    if spec.lane == HEAVY:
        return HEAVY
    large = size is None or size > limits.inline_bytes
    return HEAVY if large or expected_ms > limits.sync_ms else LIGHT


def is_job(
    spec: ModelSpec, size: int, *, has_heavy: bool, expected_ms: float, limits: LaneLimits
) -> bool:
    """Whether a call becomes a job by itself, because its answer is not to be waited for."""
    if spec.lane == HEAVY and has_heavy:
        return True
    return expected_ms > limits.sync_ms or (spec.lane == AUTO and size > limits.inline_bytes)


def expected_ms(profile: Profile, size: int) -> float:
    """The time that a request of `size` bytes takes by the model's profile, milliseconds.

    0 where there is none.
    """
    return profile.request_ms + profile.kb_ms * size / 1024
