"""The heavy lane: calls wait at an endpoint whose instances come and go with the backlog."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import floor, inf, nan

import numpy as np
from numpy.typing import NDArray

from samovar_cli.simulate.fleet import TICK_S, Fleet, Rules
from samovar_cli.simulate.outcome import Outcome, running_sum
from samovar_cli.simulate.queue import Batches


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An asynchronous endpoint and the way to it. Times in seconds."""

    batches: Batches  # of one instance: its calls at once share a run; the window is not used
    rules: Rules = field(default_factory=Rules)
    overhead_s: float = 0.5  # queue, dispatch and notice, there and back
    expire_s: float = 21_600.0  # a call that has waited so long is not run
    timeout_s: float = 900.0  # a run that takes so long is ended, and its calls fail


def answer(
    endpoint: Endpoint,
    arrivals: NDArray[np.float64],
    noise: NDArray[np.float64],
    seconds: float,
    more_s: NDArray[np.float64] | None = None,
) -> Outcome:
    """The calls of a trace, in the order of their coming.

    `arrivals` ascend; `noise` multiplies the time of the run that begins with its call;
    `more_s` is what each takes more, or less, than `each_s`; all float64 (n,). Instances are
    counted until they have been given back after the last call, and to the end of the trace
    where some stay.
    """
    return _Line(endpoint, arrivals, noise, more_s).outcome(seconds)


class _Line:
    """One pass over a trace, run by run and minute by minute."""

    def __init__(
        self,
        endpoint: Endpoint,
        arrivals: NDArray[np.float64],
        noise: NDArray[np.float64],
        more_s: NDArray[np.float64] | None,
    ) -> None:
        self._endpoint = endpoint
        self._sent = arrivals
        self._times: list[float] = arrivals.tolist()
        self._noise: list[float] = noise.tolist()
        self._more = None if more_s is None else running_sum(more_s)
        self._expire_s, self._timeout_s = endpoint.expire_s, endpoint.timeout_s
        self._batches = endpoint.batches
        self._busy_s = 0.0
        self._fleet = Fleet(endpoint.rules)
        self._tick = TICK_S
        self._ticks = self._expired = 0
        self._running: list[tuple[float, int]] = []  # until when, and how many calls
        self._sums = running_sum(arrivals)
        self._backlog = 0  # calls that waited or ran when the last minute was over
        self._sizes: list[int] = []  # of runs; a call that expires is one of its own …
        self._ends: list[float] = []  # … which never ends

    def outcome(self, seconds: float) -> Outcome:
        """All calls, from the first to the last, and then until the instances are gone."""
        first, count = 0, len(self._times)
        while first < count:
            first = self._step(first)
        last = max([seconds, *(end for end, _ in self._running)])
        while self._awake(last):
            self._minute(count)
        self._fleet.end(max(last, self._tick - TICK_S))
        ends = np.repeat(np.array(self._ends), self._sizes)
        runs = len(self._ends) - self._expired
        return Outcome(
            ends - self._sent + self._endpoint.overhead_s,
            seconds,
            batches=runs,
            timed_out=int(np.count_nonzero(np.isnan(ends))),
            instance_s=self._fleet.paid_s,
            busy_s=self._busy_s,
            events=count + 2 * runs + self._ticks,
        )

    def _awake(self, last: float) -> bool:
        """Whether instances are still to be counted once all calls are under way."""
        instances = len(self._fleet)
        return instances > self._endpoint.rules.least or (instances > 0 and self._tick <= last)

    def _step(self, first: int) -> int:
        """A run or a minute, whichever comes first; the oldest call that waits after it."""
        start, came = inf, self._times[first]
        free = self._fleet.free
        if free:
            start = max(free[0][0], came)
        elif came > self._tick:  # asleep, and nobody calls
            self._tick = floor(came / TICK_S) * TICK_S + TICK_S
        if start > self._tick:
            self._minute(first)
            return first
        if start > came + self._expire_s:
            self._expired += 1
            self._sizes.append(1)
            self._ends.append(nan)
            return first + 1
        return first + self._run(first, start)

    def _run(self, first: int, start: float) -> int:
        batches, size = self._batches, 1
        if batches.size > 1:
            last = min(first + batches.size, len(self._times))
            size = max(1, bisect_right(self._times, start, first, last) - first)
        run = batches.fixed_s + batches.each_s * size
        if self._more is not None:
            run += self._more[first + size] - self._more[first]
        run = min(run * self._noise[first], self._timeout_s)
        end = start + run
        self._busy_s += run
        self._fleet.hold(end)
        self._running.append((end, size))
        self._sizes.append(size)
        self._ends.append(end if run < self._timeout_s else nan)
        return size

    def _minute(self, first: int) -> None:
        """What a minute's metrics say: of the backlog, where instances are there, its average."""
        now, times = self._tick, self._times
        over = [item for item in self._running if item[0] <= now]
        self._running = [item for item in self._running if item[0] > now]
        queued = bisect_right(times, now, first) - first
        before, self._backlog = self._backlog, queued + sum(size for _, size in self._running)
        seen: float = self._backlog
        if len(self._fleet):
            since, last = bisect_right(times, now - TICK_S), bisect_right(times, now)
            came_s = (last - since) * now - (self._sums[last] - self._sums[since])
            seen = average_backlog(before, came_s, over, now)
        self._fleet.tick(now, seen)
        self._tick += TICK_S
        self._ticks += 1


def average_backlog(
    before: int, came_s: float, over: Sequence[tuple[float, int]], now: float
) -> float:
    """The backlog of the minute that is over, on average: of so many calls before it, of those
    that came in it, which have been there for `came_s` in all, less those that ended in it.
    """
    gone_s = sum(size * (now - max(end, now - TICK_S)) for end, size in over)
    return max(before + (came_s - gone_s) / TICK_S, 0.0)
