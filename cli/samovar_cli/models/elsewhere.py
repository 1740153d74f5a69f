"""How many times faster than one vCPU another execution provider answers: a GPU, say."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from samovar.model import Model

from samovar_cli.models.fitting import Point
from samovar_cli.models.measuring import measure
from samovar_cli.models.opening import CPU, Opening, find_providers, said_provider
from samovar_cli.models.other_sizes import Sized

_OTHER = 2  # the place of the other provider beside one thread of the CPU


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A provider, and how many times faster it is by requests in a run; 0 where nothing told."""

    provider: str
    alone: float
    together: float
    requests: int  # of the largest run that was compared

    @property
    def best(self) -> float:
        """What a plan can count on where requests come together."""
        return max(self.alone, self.together)


def measure_elsewhere(
    root: Path, model: Model, asked: Sequence[str], requests: Sequence[Sized], seconds: float
) -> Iterator[Elsewhere]:
    """Each provider but the CPU, beside `model` on one thread of it, in turns.

    Raises ProviderMissing where a device or its libraries are not there, CommandFailed for a
    provider that this onnxruntime does not have.
    """
    for provider in find_providers(asked) if asked else ():
        if provider != CPU:
            other = Opening(provider=provider).open(root, model.spec.name)
            found = measure({1: model, _OTHER: other}, requests, seconds, only=True)
            yield compared(said_provider(provider), found.points)


def compared(provider: str, points: Sequence[Point]) -> Elsewhere:
    """What the points of the first request say: alone, and of its largest run that tells."""
    first = [point for point in points if point.name == points[0].name]
    times = [(point.requests, dict(point.faster)[_OTHER]) for point in first]
    known = [pair for pair in times if pair[1]] or times[:1]
    return Elsewhere(provider, times[0][1], known[-1][1], known[-1][0])
