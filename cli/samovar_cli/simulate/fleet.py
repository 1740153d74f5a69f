"""The instances of an asynchronous endpoint that sleeps at zero, minute by minute. Pure.

The rules are those of stacks/gpu.yaml: an alarm wakes the first instance after two minutes of
waiting, target tracking follows the backlog per instance (up after 3 minutes over the target,
down after 15 under nine tenths of it), each move has its cooldown.
"""

from dataclasses import dataclass
from heapq import heapify, heappush, heapreplace
from math import ceil

TICK_S = 60.0
_WAKE_TICKS, _OUT_TICKS, _IN_TICKS = 2, 3, 15
_SLACK = 0.9


@dataclass(frozen=True, slots=True)
class Rules:
    """How many instances, and when. Times in seconds."""

    most: int = 1
    least: int = 0
    target: float = 4.0  # of backlog, queued and running, per instance
    start_s: float = 300.0  # from asking for an instance to its first call
    out_cooldown_s: float = 120.0
    in_cooldown_s: float = 300.0


class Fleet:
    """The instances that there are, each free at a time of its own."""

    def __init__(self, rules: Rules) -> None:
        self.paid_s = 0.0
        """Seconds of instances that are gone, from being asked for to being given back."""
        self._rules = rules
        self.free: list[tuple[float, float]] = [(0.0, -rules.start_s)] * rules.least
        """When each is free, and when it was asked for; a heap."""
        self._quiet_until = 0.0
        self._waited = self._over = self._under = 0

    def __len__(self) -> int:
        return len(self.free)

    def first_free(self) -> float:
        """When the first instance can take calls; those that start count."""
        return self.free[0][0]

    def hold(self, end: float) -> None:
        """The first free instance is busy until then."""
        heapreplace(self.free, (end, self.free[0][1]))

    def tick(self, now: float, backlog: float) -> None:
        """A minute is over, in which `backlog` calls waited or ran."""
        if not self.free:
            self._waited = self._waited + 1 if backlog else 0
            if self._waited >= _WAKE_TICKS:
                self._ask(now, 1)
            return
        there = sum(asked + self._rules.start_s <= now for _, asked in self.free)
        if not there:  # the first one is starting: nothing is measured yet
            return
        each, target = backlog / there, self._rules.target
        self._over = self._over + 1 if each > target else 0
        self._under = self._under + 1 if each < target * _SLACK else 0
        if now < self._quiet_until:
            return
        wanted = ceil(backlog / target)
        if self._over >= _OUT_TICKS and wanted > len(self.free):
            self._ask(now, min(wanted, self._rules.most) - len(self.free))
        elif self._under >= _IN_TICKS:
            self._give_back(now, max(wanted, self._rules.least))

    def end(self, now: float) -> None:
        """Nothing more is counted after this."""
        self.paid_s += sum(now - max(asked, 0.0) for _, asked in self.free)
        self.free = []

    def _ask(self, now: float, more: int) -> None:
        for _ in range(more):
            heappush(self.free, (now + self._rules.start_s, now))
        self._quiet_until = now + max(self._rules.out_cooldown_s, self._rules.start_s)
        self._waited = self._over = self._under = 0

    def _give_back(self, now: float, wanted: int) -> None:
        """Idle instances only: one that runs ends its calls first."""
        idle = [item for item in self.free if item[0] <= now][: len(self.free) - wanted]
        for item in idle:
            self.free.remove(item)
            self.paid_s += now - max(item[1], 0.0)
        heapify(self.free)
        if idle:
            self._quiet_until = now + self._rules.in_cooldown_s
            self._under = 0
