"""Variants measured in turns, so that a machine's bad moment falls on all of them alike."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds of one variant over all rounds, and the CPU seconds beside them."""

    name: str
    wall_s: tuple[float, ...]
    cpu_s: tuple[float, ...] = ()

    @property
    def median_s(self) -> float:
        """The middle of the wall times."""
        return statistics.median(self.wall_s)

    def spread_s(self) -> tuple[float, float]:
        """The first and the ninth decile of the wall times."""
        ordered = sorted(self.wall_s)
        last = len(ordered) - 1
        return ordered[round(last * 0.1)], ordered[round(last * 0.9)]

    def as_json(self) -> dict[str, Any]:
        """What a report keeps of a sample."""
        low, high = self.spread_s()
        cpu = statistics.median(self.cpu_s) if self.cpu_s else None
        return {
            "median_s": self.median_s,
            "p10_s": low,
            "p90_s": high,
            "cpu_median_s": cpu,
            "rounds": len(self.wall_s),
        }


def interleave(
    variants: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    inner: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Sample]:
    """Each variant called `inner` times a round, every variant in every round, in rotation."""
    names = list(variants)
    wall: dict[str, list[float]] = {name: [] for name in names}
    cpu: dict[str, list[float]] = {name: [] for name in names}
    for name in names:
        variants[name]()
    gc.collect()
    gc.disable()
    try:
        for number in range(rounds):
            turn = number % len(names)
            for name in names[turn:] + names[:turn]:
                call = variants[name]
                cpu_start, start = time.process_time(), time.perf_counter()
                for _ in range(inner):
                    call()
                wall[name].append((time.perf_counter() - start) / inner)
                cpu[name].append((time.process_time() - cpu_start) / inner)
            if progress:
                progress(number + 1, rounds)
    finally:
        gc.enable()
    return {name: Sample(name, tuple(wall[name]), tuple(cpu[name])) for name in names}
