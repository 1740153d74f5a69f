"""Requests run alone and together, on one thread and on several, in turns; what that took."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import Progress
from samovar.model import Model

from samovar_cli.models.fitting import Point, variation
from samovar_cli.models.other_sizes import Sized
from samovar_cli.models.runs import LARGEST_SHARE, PAIR, Run, plan_runs, time_run
from samovar_cli.terminal import progress

_LEAST = 3  # rounds, however long they take
_MORE_ALONE = 3  # runs of a request by itself for each run of several
_ENOUGH = 5  # undisturbed runs, on one thread and on several, for a comparison
_FEW = 4  # kinds of runs: of so few, a line says little
_BUSY = 0.1  # share of the time that others may have had the CPU
_TOO_BUSY = 0.5  # the same, for a comparison of threads


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
    seconds: float = 0.0  # that it was to take

    @property
    def threads(self) -> tuple[int, ...]:
        """The numbers of threads that were tried."""
        return tuple(sorted(self.first.timings))

    @property
    def enough_s(self) -> float:
        """Seconds in which the first request is run together with some others, too."""
        return math.ceil(2 * PAIR * LARGEST_SHARE * _median_ms(self.first) / 1e3)

    @property
    def is_cut(self) -> bool:
        """Whether the time was too short for that."""
        return len(self.points) < _FEW and self.enough_s > max(self.seconds, 1.0)

    @property
    def tells_speedup(self) -> bool:
        """Whether threads could be compared: others' work slows also what never waits for it."""
        return len(self.speedup) > 1 and self.waited < _TOO_BUSY

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
        for run in plan_runs(models[1], requests, seconds, only=only):
            for threads, model in models.items():
                if threads > 1:
                    time_run(model, run)
                run.timings[threads] = []
            runs.append(run)
            bars.advance(task)
        rounds = _rounds(models, runs, seconds, bars)
        _again(models, [run for run in runs if run.together == 1], seconds, bars)
    return _measured(runs, rounds, seconds)


def _rounds(
    models: Mapping[int, Model], runs: Sequence[Run], seconds: float, bars: Progress
) -> int:
    """Run everything again and again; how often."""
    began, rounds = time.monotonic(), 0
    task = bars.add_task("measuring", total=max(seconds, 0.1))
    while rounds < _LEAST or time.monotonic() < began + seconds:
        for run in runs if rounds % 2 == 0 else runs[::-1]:
            for _ in range(_MORE_ALONE if run.together == 1 else 1):
                for threads, model in models.items():
                    run.timings[threads].append(time_run(model, run))
            bars.update(task, completed=time.monotonic() - began)
        rounds += 1
    return rounds


def _again(
    models: Mapping[int, Model], alone: Sequence[Run], seconds: float, bars: Progress
) -> None:
    """Requests by themselves once more, until enough runs of each were left undisturbed.

    For as long again at most: on a machine that is busy for good, nothing will tell.
    """
    end = time.monotonic() + seconds
    task = bars.add_task("more threads", total=None)
    pending = [run for run in alone if len(models) > 1 and _is_disturbed(run)]
    while pending and time.monotonic() < end:
        for run in pending:
            for threads, model in models.items():
                run.timings[threads].append(time_run(model, run))
            bars.advance(task)
        pending = [run for run in pending if _is_disturbed(run)]


def _is_disturbed(run: Run) -> bool:
    return any(len(_undisturbed(run, threads)) < _ENOUGH for threads in run.timings)


def _measured(runs: Sequence[Run], rounds: int, seconds: float) -> Measured:
    wall = sum(sum(run.all_ms("wall_ms")) for run in runs)
    cpu = sum(sum(run.all_ms("cpu_ms")) for run in runs)
    return Measured(
        tuple(map(_point, runs)),
        rounds,
        runs[0],
        max(runs, key=_median_ms),
        tuple(_speedup(runs)),
        variation([_cpus_ms(run) for run in runs]),
        max(1 - cpu / wall, 0.0),
        seconds,
    )


def _speedup(runs: Sequence[Run]) -> Iterator[tuple[float, float]]:
    """How many times faster requests alone are on more threads; none where nothing tells."""
    alone = [run for run in runs if run.together == 1]
    for threads in sorted(runs[0].timings):
        found = [times for run in alone if (times := faster(run, threads))]
        if found and len(runs[0].timings) > 1:
            yield float(threads), _mean(found)


def _median_ms(run: Run) -> float:
    """CPU time: on one thread it is the run's own, whatever else the machine does."""
    return float(np.median(_cpus_ms(run)))


def _cpus_ms(run: Run) -> list[float]:
    """Of the runs on one thread that nobody disturbed, where there are enough, else of all."""
    found = [timing.cpu_ms for timing in run.timings[1] if timing.is_undisturbed]
    return found if len(found) >= _ENOUGH else run.all_ms("cpu_ms")


def _point(run: Run) -> Point:
    several = sorted(threads for threads in run.timings if threads > 1)
    return Point(
        run.requests,
        run.kb,
        _median_ms(run),
        run.sized.name,
        run.sized.extent,
        float(np.median(run.all_ms("wall_ms"))),
        tuple((threads, faster(run, threads)) for threads in several),
    )


def faster(run: Run, threads: int) -> float:
    """How many times faster on so many threads, by the runs that nobody disturbed.

    0 where these were too few to tell.
    """
    one, several = _undisturbed(run, 1), _undisturbed(run, threads)
    if min(len(one), len(several)) < _ENOUGH:
        return 0.0
    return float(np.median(one) / np.median(several))


def _undisturbed(run: Run, threads: int) -> list[float]:
    return [timing.wall_ms for timing in run.timings[threads] if timing.is_undisturbed]


def _mean(shares: Sequence[float]) -> float:
    """The geometric mean: of ratios, half and double cancel out."""
    return math.exp(sum(map(math.log, shares)) / len(shares))


def resident_mb() -> float:
    """What this process has in memory, MB; 0 where the system does not say."""
    status = Path("/proc/self/status")
    said = status.read_text("ascii") if status.is_file() else ""
    found = [line.split()[1] for line in said.splitlines() if line.startswith("VmRSS")]
    return int(found[0]) * 1024 / 1e6 if found else 0.0
