"""Variants measured in turns, so that a machine's bad moment falls on all of them alike."""

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class Series(Protocol):
    """What was measured of one variant, a value a round."""

    @property
    def values(self) -> tuple[float, ...]:
        """One value a round."""

    @property
    def unit(self) -> str:
        """Of the values: "s", "MB", "1/s", or "" of a count."""

    def as_json(self) -> dict[str, Any]:
        """What a report keeps."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds of one variant over all rounds, and the CPU seconds beside them."""

    name: str
    wall_s: tuple[float, ...]
    cpu_s: tuple[float, ...] = ()

    @property
    def values(self) -> tuple[float, ...]:
        """The wall times."""
        return self.wall_s

    @property
    def unit(self) -> str:
        """Seconds."""
        return "s"

    @property
    def median_s(self) -> float:
        """The middle of the wall times."""
        return statistics.median(self.wall_s)

    def spread_s(self) -> tuple[float, float]:
        """The first and the ninth decile of the wall times."""
        return spread(self.wall_s)

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


@dataclass(frozen=True, slots=True)
class Quantity:
    """What is no time, of one variant over all rounds: memory, sizes, rates, counts."""

    name: str
    values: tuple[float, ...]
    unit: str

    def as_json(self) -> dict[str, Any]:
        """What a report keeps of a quantity."""
        low, high = spread(self.values)
        return {
            "median": statistics.median(self.values),
            "p10": low,
            "p90": high,
            "unit": self.unit,
            "rounds": len(self.values),
        }


def median(series: Series) -> float:
    """The middle of its values."""
    return statistics.median(series.values)


def spread(values: Iterable[float]) -> tuple[float, float]:
    """The first and the ninth decile of at least one value."""
    ordered = sorted(values)
    last = len(ordered) - 1
    return ordered[round(last * 0.1)], ordered[round(last * 0.9)]


def interleave(
    variants: Mapping[str, Callable[[], object]],
    *,
    rounds: int | Iterable[int],
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
        for number in range(rounds) if isinstance(rounds, int) else rounds:
            for name in turned(names, number):
                call = variants[name]
                cpu_start, start = time.process_time(), time.perf_counter()
                for _ in range(inner):
                    call()
                wall[name].append((time.perf_counter() - start) / inner)
                cpu[name].append((time.process_time() - cpu_start) / inner)
            if progress and isinstance(rounds, int):
                progress(number + 1, rounds)
    finally:
        gc.enable()
    return {name: Sample(name, tuple(wall[name]), tuple(cpu[name])) for name in names}


def turned(names: list[str], number: int) -> list[str]:
    """The names in the order of one round: each is first in its turn."""
    turn = number % len(names)
    return names[turn:] + names[:turn]
