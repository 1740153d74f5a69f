"""Which runs of a model are measured: sizes and batches, as far as the time lets them."""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import orjson
from samovar import pipeline
from samovar.errors import SamovarError
from samovar.model import Model
from samovar.types import Payload

from samovar_cli.models.other_sizes import Sized, other_sizes
from samovar_cli.models.waiting import waited_ms

_MOST_TOGETHER = 32
PAIR = 8  # requests of one size that are run together, where all batches are of another
LARGEST_SHARE = 8  # no run may take a larger part of the time than one in so many …
_NOTHING_MS = 5.0  # … unless it takes no time to speak of
_DISTURBED = 0.02  # share of a run's time that it may wait for a CPU that others have


@dataclass(frozen=True, slots=True)
class Timing:
    """What one run took, milliseconds."""

    wall_ms: float
    cpu_ms: float  # of all threads
    waited_ms: float = 0.0  # for a CPU that others had, all threads together

    @property
    def is_undisturbed(self) -> bool:
        """Whether every thread had a CPU when it wanted one."""
        return self.waited_ms <= _DISTURBED * self.wall_ms


@dataclass(frozen=True, slots=True)
class Run:
    """Requests that are run together, again and again, and what that took, by threads."""

    sized: Sized
    together: int
    requests: int  # items in all of them: a payload may bring several rows
    timings: dict[int, list[Timing]] = field(default_factory=dict)

    def all_ms(self, what: str, threads: int = 1) -> list[float]:
        """The `wall_ms`, `cpu_ms` or `waited_ms` of all runs on so many threads."""
        return [getattr(timing, what) for timing in self.timings[threads]]

    @property
    def payloads(self) -> Sequence[Payload]:
        """The requests."""
        return (self.sized.payload,) * self.together

    @property
    def kb(self) -> float:
        """The size of all bodies."""
        return len(self.sized.payload.body) * self.together / 1024


def plan_runs(
    model: Model, requests: Sequence[Sized], seconds: float, *, only: bool
) -> Iterator[Run]:
    """The first request alone, then twice, four times…; others alone, and some together."""
    longest_ms = max(seconds * 1000 / LARGEST_SHARE, _NOTHING_MS)
    most = min(model.spec.batch.max_size, _MOST_TOGETHER) if model.shares_batch else 1
    doubling = [2**power for power in range(1, 6)]
    for number, sized in enumerate(requests):
        yield from _together(model, sized, doubling if number == 0 else [PAIR], most, longest_ms)
    for sized in () if only else other_sizes(model, requests[0]):
        if _alone_ms(model, sized) > longest_ms:
            continue  # the model refuses this size, or it would take all the time
        yield from _together(model, sized, [PAIR], most, longest_ms)


def _together(
    model: Model, sized: Sized, counts: Sequence[int], most: int, longest_ms: float
) -> Iterator[Run]:
    """One size, alone and then so many at once, as far as the model and the time let it."""
    items = _items(model, sized.payload)
    run = Run(sized, 1, items)
    took_ms = time_run(model, run).cpu_ms
    yield run
    for count in counts:
        if count * items > most or took_ms * count > longest_ms:
            return
        run = Run(sized, count, count * items)
        took_ms = time_run(model, run).cpu_ms / count
        yield run


def _alone_ms(model: Model, sized: Sized) -> float:
    """The CPU time of a request, milliseconds; infinite where the model refuses it."""
    try:
        return time_run(model, Run(sized, 1, 1)).cpu_ms
    except SamovarError:
        return math.inf


def _items(model: Model, payload: Payload) -> int:
    """How many things a payload asks about: what its answer has predictions for."""
    try:
        answer = orjson.loads(pipeline.infer(payload, model).body)
    except orjson.JSONDecodeError:  # tensors in binary
        return 1
    found = answer.get("predictions") if isinstance(answer, dict) else None
    return max(len(found), 1) if isinstance(found, list) else 1


def time_run(model: Model, run: Run) -> Timing:
    """One run. Raises SamovarError."""
    payloads, waited = run.payloads, waited_ms()
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    answers = pipeline.infer_many(payloads, model)
    cpu, wall = time.process_time_ns() - cpu, time.perf_counter_ns() - wall
    for answer in answers:
        if isinstance(answer, SamovarError):
            raise answer
    return Timing(wall / 1e6, cpu / 1e6, waited_ms() - waited)
