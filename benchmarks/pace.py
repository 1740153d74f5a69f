"""How far a run is, and how long it will still take: shown while it runs."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TextIO

Clock = Callable[[], float]
LEAST = 3
"""Rounds that are run even when the time is up: fewer have no middle."""


@dataclass(slots=True)
class Pace:
    """The rounds of one suite: as many as wanted, fewer where its time runs out."""

    rounds: int
    budget_s: float
    tell: Callable[[int, int], None] = lambda _done, _rounds: None
    clock: Clock = time.monotonic

    def __iter__(self) -> Iterator[int]:
        """The numbers of the rounds."""
        end_s = self.clock() + self.budget_s
        for number in range(self.rounds):
            yield number
            self.tell(number + 1, self.rounds)
            if number + 1 >= LEAST and self.clock() > end_s:
                return


@dataclass(slots=True)
class Progress:
    """A line that says which suite runs, how far it is, and what is still to come.

    `expected_s`: what each suite is expected to take, in order; `most_s`: its time budget.
    """

    expected_s: Mapping[str, float]
    most_s: Mapping[str, float] = field(default_factory=dict)
    stream: TextIO = field(default_factory=lambda: sys.stderr)
    clock: Clock = time.monotonic
    _suite: str = ""
    _start_s: float = 0.0
    _told_s: float = 0.0

    def begin(self, suite: str) -> None:
        """A suite begins; what it prepares is not counted in rounds."""
        self._suite, self._start_s = suite, self.clock()
        self._write("prepares", self._later_s() + self.expected_s[suite])

    def tell(self, done: int, rounds: int) -> None:
        """So many rounds of the suite are done; on no terminal, a line each ten seconds."""
        now_s = self.clock()
        if not self.stream.isatty() and done < rounds and now_s - self._told_s < 10:
            return
        self._told_s = now_s
        spent_s = now_s - self._start_s
        most_s = max(self.most_s.get(self._suite, float("inf")) - spent_s, 0.0)
        left_s = min(spent_s / done * (rounds - done), most_s)
        full = round(20 * done / rounds)
        self._write(f"{'█' * full}{'░' * (20 - full)} {done:4d}/{rounds}", left_s + self._later_s())

    def end(self, note: str = "") -> float:
        """The suite is over; the seconds that it took."""
        took_s = self.clock() - self._start_s
        self._write(note or f"done in {took_s:.0f} s", self._later_s())
        if self.stream.isatty():
            self.stream.write("\n")
        return took_s

    def _later_s(self) -> float:
        names = list(self.expected_s)
        return sum(self.expected_s[name] for name in names[names.index(self._suite) + 1 :])

    def _write(self, what: str, left_s: float) -> None:
        names = list(self.expected_s)
        number = f"[{names.index(self._suite) + 1}/{len(names)}]"
        minutes, seconds = divmod(round(left_s), 60)
        line = f"{number} {self._suite:18s} {what:34s} {minutes}:{seconds:02d} left"
        terminal = self.stream.isatty()
        self.stream.write(f"\r\x1b[K{line}" if terminal else f"{line}\n")
        self.stream.flush()
