"""How long requests to a model will take: by its manifest, or by what was seen. Pure."""

from collections.abc import Callable, Mapping

from samovar.lanes import GENERATES, expected_ms
from samovar.profile import Profile
from samovar.statistics import ModelStatistics
from samovar.token_sizes import token_size
from samovar.types import ModelSpec, Payload
from samovar.values import dataclass

Seen = Mapping[tuple[str, str], ModelStatistics]
"""What a process has run, by model and version."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """Of one version of a model; `look` finds what was run of it, None where nothing was."""

    spec: ModelSpec
    look: Callable[[], ModelStatistics | None]

    @property
    def tokens(self) -> Profile:
        """What a token takes that is read, and one that is said; zeros where nobody knows."""
        own = self.spec.profile
        seen = None if own.decode_ms else self.look()
        return seen.tokens.profile() if seen else own

    def of(self, payload: Payload) -> float:
        """The milliseconds of a request, a generation's by its tokens; 0 where nobody knows."""
        if self.spec.program.name == GENERATES:
            size = token_size(self.spec, payload)
            if size is not None:
                return size.ms(self.tokens)
        return self.of_bytes(len(payload.body))

    def of_bytes(self, size: int) -> float:
        """The milliseconds of a request of so many bytes; 0 where nobody knows."""
        profiled = expected_ms(self.spec.profile, size)
        seen = None if profiled else self.look()
        return seen.trend.expected_ms(size) if seen else profiled


def last_seen(see: Callable[[], Seen], model: str, version: str) -> ModelStatistics | None:
    """What was run of a version; for none, of the one that was run last."""
    found = [
        counts
        for (name, known), counts in see().items()
        if name == model and version in ("", known)
    ]
    return max(found, key=lambda counts: counts.last_inference_ms, default=None)
