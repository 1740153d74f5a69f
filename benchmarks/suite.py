"""What a suite is: what it measures, what its rows are held against, and what was wanted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.interleave import Series, median
from benchmarks.pace import Pace

Measured = Mapping[str, Series]
Value = Callable[[Measured], float]


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that a suite is to reach. `unit`: "×", "µs", "ms", "MB" or "" of a count."""

    key: str
    says: str
    value: Value
    limit: float
    unit: str = "×"
    at_least: bool = False

    def found(self, measured: Measured) -> dict[str, Any]:
        """The target beside what was measured; value and met are None where a row is missing."""
        try:
            value = self.value(measured)
        except KeyError:
            value = None
        met = None if value is None else self._met(value)
        return {
            "key": self.key,
            "says": self.says,
            "wanted": f"{'≥' if self.at_least else '≤'} {self.limit:g}",
            "unit": self.unit,
            "value": value,
            "met": met,
        }

    def _met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rows, and what else is worth telling: seconds of phases of some rows, remarks."""

    rows: Measured
    phases: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suite:
    """A table of a report. `floors`: the end of a row's name → the row that it is compared with.

    `missing` says what has to be there before it can run, "" where it can. A suite that is not
    `regular` runs only when it is named.
    """

    name: str
    says: str
    measure: Callable[[Pace], "Measured | Outcome"]
    rounds: int
    budget_s: float
    floors: Mapping[str, str] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    quick: int = 2
    regular: bool = True
    missing: Callable[[], str] = lambda: ""

    def floor(self, row: str, measured: Measured) -> str:
        """The row that this one is compared with, "" when there is none.

        The longest end that fits decides.
        """
        ends = [end for end in self.floors if row.endswith(end)]
        found = self.floors[max(ends, key=len)] if ends else ""
        fits = found in measured and measured[found].unit == measured[row].unit
        return found if fits else ""


def ratio(row: str, to: str) -> Value:
    """The median of one row over that of another."""
    return lambda measured: median(measured[row]) / median(measured[to])


def of(row: str, scale: float = 1.0) -> Value:
    """The median of a row, in another unit."""
    return lambda measured: median(measured[row]) * scale


def difference(row: str, less: str, scale: float = 1.0) -> Value:
    """The median of one row less that of another, in another unit."""
    return lambda measured: (median(measured[row]) - median(measured[less])) * scale
