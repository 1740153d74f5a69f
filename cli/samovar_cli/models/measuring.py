"""Requests run alone and together, on one thread and on several, in turns; what that took."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson
from rich.progress import Progress
from samovar import pipeline
from samovar.errors import SamovarError
from samovar.model import Model
from samovar.types import Payload

from samovar_cli.models.fitting import Point, variation
from samovar_cli.models.other_sizes import Sized, other_sizes
from samovar_cli.terminal import progress

_LEAST = 3  # rounds, however long they take
_MOST_TOGETHER = 32
_PAIR = 8  # requests of one size that are run together, where all batches are of another
_LARGEST_SHARE = 8  # no run may take a larger part of the time than one in so many …
_NOTHING_MS = 5.0  # … unless it takes no time to speak of
_BUSY = 0.1  # share of the time that others may have had the CPU
_BEST = 0.1  # the quantile that is compared between threads: of others' work, it has least


@dataclass(frozen=True, slots=True)
class Run:
    """Requests that are run together, again and again, and what that took, by threads."""

    sized: Sized
    together: int
    requests: int  # items in all of them: a payload may bring several rows
    walls_ms: dict[int, list[float]] = field(default_factory=dict)
    cpus_ms: list[float] = field(default_factory=list)  # on one thread

    @property
    def payloads(self) -> Sequence[Payload]:
        """The requests."""
        return (self.sized.payload,) * self.together

    @property
    def kb(self) -> float:
        """The size of all bodies."""
        return len(self.sized.payload.body) * self.together / 1024


@dataclass(frozen=True, slots=True)
class Measured:
    """What every kind of run took."""

    points: tuple[Point, ...]
    rounds: int
    first: Run  # one request alone
    longest: Run
    speedup: tuple[tuple[float, float], ...] = ()  # threads → times faster, of requests alone
    noise: float = 0.0
    waited: float = 0.0  # share of the time on one thread in which others had the CPU

    @property
    def is_busy(self) -> bool:
        """Whether others had the CPU for so long that wall times tell more of them."""
        return self.waited > _BUSY


def measure(
    models: Mapping[int, Model], requests: Sequence[Sized], seconds: float, *, only: bool = False
) -> Measured:
    """The requests, alone and together, on each model in turns; for so long, or three rounds.

    `models` are one model opened with so many threads, one among them. Unless `only` these are
    wanted, they are run at other sizes too. Raises SamovarError where the model refuses one.
    """
    runs: list[Run] = []
    with progress() as bars:
        task = bars.add_task("warming up", total=None)
        for run in _plan(models[1], requests, seconds, only=only):
            for threads, model in models.items():
                if threads > 1:
                    _time_ms(model, run)
                run.walls_ms[threads] = []
            runs.append(run)
            bars.advance(task)
        rounds = _rounds(models, runs, seconds, bars)
    return _measured(runs, rounds)


def _rounds(
    models: Mapping[int, Model], runs: Sequence[Run], seconds: float, bars: Progress
) -> int:
    """Run everything again and again; how often."""
    began, rounds = time.monotonic(), 0
    task = bars.add_task("measuring", total=max(seconds, 0.1))
    while rounds < _LEAST or time.monotonic() < began + seconds:
        for run in runs if rounds % 2 == 0 else runs[::-1]:
            for threads, model in models.items():
                wall_ms, cpu_ms = _time_ms(model, run)
                run.walls_ms[threads].append(wall_ms)
                if threads == 1:
                    run.cpus_ms.append(cpu_ms)
            bars.update(task, completed=time.monotonic() - began)
        rounds += 1
    return rounds


def _measured(runs: Sequence[Run], rounds: int) -> Measured:
    alone = [run for run in runs if run.together == 1]
    threads = sorted(runs[0].walls_ms)
    faster = [(float(n), _mean([_faster(run, n) for run in alone])) for n in threads]
    wall = sum(sum(run.walls_ms[1]) for run in runs)
    cpu = sum(sum(run.cpus_ms) for run in runs)
    return Measured(
        tuple(map(_point, runs)),
        rounds,
        runs[0],
        max(runs, key=lambda run: np.median(run.cpus_ms)),
        tuple(faster) if len(faster) > 1 else (),
        variation([run.cpus_ms for run in runs]),
        max(1 - cpu / wall, 0.0),
    )


def _point(run: Run) -> Point:
    """A run's times. CPU times count on one thread: other work on the machine moves them little."""
    return Point(
        run.requests,
        run.kb,
        float(np.median(run.cpus_ms)),
        run.sized.name,
        run.sized.extent,
        float(np.median(run.walls_ms[1])),
        tuple((threads, _faster(run, threads)) for threads in sorted(run.walls_ms) if threads > 1),
    )


def _faster(run: Run, threads: int) -> float:
    one, several = (float(np.quantile(run.walls_ms[n], _BEST)) for n in (1, threads))
    return one / several


def _mean(shares: Sequence[float]) -> float:
    """The geometric mean: of ratios, half and double cancel out."""
    return math.exp(sum(map(math.log, shares)) / len(shares))


def _plan(model: Model, requests: Sequence[Sized], seconds: float, *, only: bool) -> Iterator[Run]:
    """The first request alone, then twice, four times…; others alone, and some together."""
    longest_ms = max(seconds * 1000 / _LARGEST_SHARE, _NOTHING_MS)
    most = min(model.spec.batch.max_size, _MOST_TOGETHER) if model.shares_batch else 1
    doubling = [2**power for power in range(1, 6)]
    for number, sized in enumerate(requests):
        yield from _together(model, sized, doubling if number == 0 else [_PAIR], most, longest_ms)
    for sized in () if only else other_sizes(model, requests[0]):
        if _alone_ms(model, sized) > longest_ms:
            continue  # the model refuses this size, or it would take all the time
        yield from _together(model, sized, [_PAIR], most, longest_ms)


def _together(
    model: Model, sized: Sized, counts: Sequence[int], most: int, longest_ms: float
) -> Iterator[Run]:
    """One size, alone and then so many at once, as far as the model and the time let it."""
    items = _items(model, sized.payload)
    run = Run(sized, 1, items)
    took_ms, _ = _time_ms(model, run)
    yield run
    for count in counts:
        if count * items > most or took_ms * count > longest_ms:
            return
        run = Run(sized, count, count * items)
        took_ms = _time_ms(model, run)[0] / count
        yield run


def _alone_ms(model: Model, sized: Sized) -> float:
    """The time of a request, milliseconds; infinite where the model refuses it."""
    try:
        return _time_ms(model, Run(sized, 1, 1))[0]
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


def _time_ms(model: Model, run: Run) -> tuple[float, float]:
    """Wall time and CPU time of one run, milliseconds."""
    payloads = run.payloads
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    answers = pipeline.infer_many(payloads, model)
    cpu, wall = time.process_time_ns() - cpu, time.perf_counter_ns() - wall
    for answer in answers:
        if isinstance(answer, SamovarError):
            raise answer
    return wall / 1e6, cpu / 1e6


def resident_mb() -> float:
    """What this process has in memory, MB; 0 where the system does not say."""
    status = Path("/proc/self/status")
    said = status.read_text("ascii") if status.is_file() else ""
    found = [line.split()[1] for line in said.splitlines() if line.startswith("VmRSS")]
    return int(found[0]) * 1024 / 1e6 if found else 0.0
