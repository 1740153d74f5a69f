"""Requests run alone and together, on one thread and on several, in turns; what that took."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import Progress
from samovar.model import Model

from samovar_cli.models.fitting import Point, variation
from samovar_cli.models.other_sizes import Sized
from samovar_cli.models.runs import LARGEST_SHARE, PAIR, Run, plan_runs, time_ms
from samovar_cli.terminal import progress

_LEAST = 3  # rounds, however long they take
_FEW = 4  # kinds of runs: of so few, a line says little
_BUSY = 0.1  # share of the time that others may have had the CPU
_BEST = 0.1  # the quantile that is compared between threads: of others' work, it has least


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
    def enough_s(self) -> float:
        """Seconds in which the first request is run together with some others, too."""
        return math.ceil(2 * PAIR * LARGEST_SHARE * float(np.median(self.first.cpus_ms)) / 1e3)

    @property
    def is_cut(self) -> bool:
        """Whether the time was too short for that."""
        return len(self.points) < _FEW and self.enough_s > max(self.seconds, 1.0)

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
                    time_ms(model, run)
                run.walls_ms[threads] = []
            runs.append(run)
            bars.advance(task)
        rounds = _rounds(models, runs, seconds, bars)
    return _measured(runs, rounds, seconds)


def _rounds(
    models: Mapping[int, Model], runs: Sequence[Run], seconds: float, bars: Progress
) -> int:
    """Run everything again and again; how often."""
    began, rounds = time.monotonic(), 0
    task = bars.add_task("measuring", total=max(seconds, 0.1))
    while rounds < _LEAST or time.monotonic() < began + seconds:
        for run in runs if rounds % 2 == 0 else runs[::-1]:
            for threads, model in models.items():
                wall_ms, cpu_ms = time_ms(model, run)
                run.walls_ms[threads].append(wall_ms)
                if threads == 1:
                    run.cpus_ms.append(cpu_ms)
            bars.update(task, completed=time.monotonic() - began)
        rounds += 1
    return rounds


def _measured(runs: Sequence[Run], rounds: int, seconds: float) -> Measured:
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
        seconds,
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


def resident_mb() -> float:
    """What this process has in memory, MB; 0 where the system does not say."""
    status = Path("/proc/self/status")
    said = status.read_text("ascii") if status.is_file() else ""
    found = [line.split()[1] for line in said.splitlines() if line.startswith("VmRSS")]
    return int(found[0]) * 1024 / 1e6 if found else 0.0
