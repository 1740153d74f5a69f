"""Forms of a graph tried: each opened in fresh processes, in turn, so that noise hits all alike."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from samovar.adapters.onnx import OnnxRunner

from samovar_cli.models.apart import apart
from samovar_cli.models.recorder import Feed

_RUNS = 30  # of one trial, once it is warm
_LONG_S = 0.4  # a trial's warm runs take no longer than this, but for the fewest
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Entrant:
    """A file to try, and how it is opened."""

    name: str
    path: Path
    kind: str


@dataclass(frozen=True, slots=True)
class Times:
    """The best of several trials. CPU times decide: other work on the machine moves them little."""

    open_ms: float
    start_ms: float  # until the first answer
    start_cpu_ms: float
    warm_ms: float  # of a run of each feed; 0 where it was not measured
    warm_cpu_ms: float


def try_forms(
    entrants: Sequence[Entrant],
    feeds: Sequence[Feed],
    *,
    rounds: int,
    threads: int,
    warm: bool,
) -> dict[str, Times]:
    """The best times of each entrant, by name, over so many rounds. Raises SamovarError.

    Warm runs are measured where `warm` asks for them: they take longest.
    """
    found: dict[str, list[Times]] = {}
    for turn in range(rounds):
        order = entrants if turn % 2 == 0 else entrants[::-1]
        for entrant in order:
            found.setdefault(entrant.name, []).append(apart(_trial, entrant, feeds, threads, warm))
    return {name: _best(times) for name, times in found.items()}


def _best(times: Sequence[Times]) -> Times:
    columns = zip(*(astuple(one) for one in times), strict=True)
    return Times(*(min(column) for column in columns))


def _trial(entrant: Entrant, feeds: Sequence[Feed], threads: int, warm: bool) -> Times:
    cpu, wall = time.process_time(), time.perf_counter()
    runner = OnnxRunner(entrant.path, threads=threads, kind=entrant.kind)
    opened = time.perf_counter() - wall
    runner.run(feeds[0], ())
    start = time.perf_counter() - wall, time.process_time() - cpu
    runs = _warm(runner, feeds) if warm else (0.0, 0.0)
    return Times(*(seconds * 1e3 for seconds in (opened, *start, *runs)))


def _warm(runner: OnnxRunner, feeds: Sequence[Feed]) -> tuple[float, float]:
    """Seconds of a run, wall and CPU: the medians over runs of each feed, summed over feeds."""
    wall = cpu = 0.0
    for feed in feeds:
        runner.run(feed, ())
        walls, cpus = _timed(runner, feed, _LONG_S / len(feeds))
        wall += statistics.median(walls)
        cpu += statistics.median(cpus)
    return wall, cpu


def _timed(runner: OnnxRunner, feed: Feed, at_most_s: float) -> tuple[list[float], list[float]]:
    walls: list[float] = []
    cpus: list[float] = []
    end = time.perf_counter() + at_most_s
    while len(walls) < _FEWEST or (len(walls) < _RUNS and time.perf_counter() < end):
        cpu, wall = time.process_time(), time.perf_counter()
        runner.run(feed, ())
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return walls, cpus
