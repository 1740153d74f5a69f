"""Jobs behind SQS: pollers gather messages into batches, a worker answers a batch at a time."""

from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from samovar_cli.simulate.environments import COLD, READY, THROTTLED, Environments, Scaling
from samovar_cli.simulate.outcome import Outcome, billed_s, running_sum
from samovar_cli.simulate.pollers import Pollers

_RECEIVED = 10  # messages of one call to SQS


@dataclass(frozen=True, slots=True)
class Batches:
    """How messages become one invocation, and how long that runs. Times in seconds."""

    size: int = 10  # at most
    window_s: float = 0.0  # that the first waits for others
    fixed_s: float = 0.0  # of a run, however many share it
    each_s: float = 0.0  # more for each that does


@dataclass(frozen=True, slots=True)
class Queue:
    """A light queue and its workers. Times in seconds."""

    batches: Batches
    init_s: float = 0.0  # of a worker's cold start
    receive_s: float = 0.02  # from a message sent to a poller that has it
    pollers: int = 5  # batches at once at first …
    more_a_minute: float = 300.0  # … and more while messages wait …
    most: int = 1250  # … up to so many
    scaling: Scaling = field(default_factory=Scaling)


def work(
    queue: Queue,
    arrivals: NDArray[np.float64],
    noise: NDArray[np.float64],
    seconds: float,
    more_s: NDArray[np.float64] | None = None,
) -> Outcome:
    """The messages of a trace, in the order of their coming, each one answered in the end.

    `arrivals` ascend, float64 (n,). `noise` float64 (n,) multiplies the time of the batch
    that begins with its message; ones for none. `more_s` float64 (n,) is what each message
    takes more, or less, than the batches' `each_s`. How AWS takes pollers back it does not say:
    here their number falls as fast as it grew, once no message waits.
    """
    return _Line(queue, arrivals, noise, more_s).outcome(seconds)


class _Line:
    """One pass over a trace, batch by batch."""

    def __init__(
        self,
        queue: Queue,
        arrivals: NDArray[np.float64],
        noise: NDArray[np.float64],
        more_s: NDArray[np.float64] | None,
    ) -> None:
        self._queue = queue
        self._batches = queue.batches
        self._sent = arrivals
        self._times: list[float] = (arrivals + queue.receive_s).tolist()
        self._noise: list[float] = noise.tolist()
        self._more = None if more_s is None else running_sum(more_s)
        self._environments = Environments(queue.scaling)
        self._pollers = Pollers(queue.pollers, queue.more_a_minute / 60, queue.most)
        self._sizes: list[int] = []
        self._ends: list[float] = []
        self._runs: list[float] = []
        self._ready_runs: list[float] = []
        self._cold = 0

    def outcome(self, seconds: float) -> Outcome:
        """All messages, from the first to the last."""
        first, count = 0, len(self._times)
        while first < count:
            first += self._run(first)
        return Outcome(
            np.repeat(np.array(self._ends), self._sizes) - self._sent,
            seconds,
            batches=len(self._ends),
            cold_starts=self._cold,
            run_s=billed_s(np.array(self._runs)),
            ready_run_s=billed_s(np.array(self._ready_runs)),
            ready_s=self._queue.scaling.ready * seconds,
            receives=int(np.ceil(np.array(self._sizes) / _RECEIVED).sum()),
            init_s=billed_s(np.full(self._cold, self._queue.init_s)),
            events=count + 2 * len(self._ends),  # each batch begins and ends
        )

    def _run(self, first: int) -> int:
        """The batch whose oldest message is `first`; how many it takes."""
        start, kind = self._begin(self._ready(first))
        last = min(first + self._batches.size, len(self._times))
        size = max(1, bisect_right(self._times, start, first, last) - first)
        run = self._batches.fixed_s + self._batches.each_s * size
        if self._more is not None:
            run += self._more[first + size] - self._more[first]
        run *= self._noise[first]
        self._hold(kind, start + run, run)
        self._sizes.append(size)
        return size

    def _hold(self, kind: int, end: float, run: float) -> None:
        if kind == READY:
            self._environments.hold_ready(end)
            self._ready_runs.append(run)
        else:
            if kind == COLD:
                self._cold += 1
                end += self._queue.init_s
            self._environments.hold(end)
            self._runs.append(run)
        self._ends.append(end)

    def _ready(self, first: int) -> float:
        """When the batch is full, or its window over."""
        full = first + self._batches.size - 1
        closes = self._times[first] + self._batches.window_s
        return min(closes, self._times[full]) if full < len(self._times) else closes

    def _begin(self, ready: float) -> tuple[float, int]:
        """When a poller and an environment are there for it, and what the environment is."""
        now = max(ready, self._pollers.last)  # messages are taken in their order
        environments, pollers = self._environments, self._pollers
        kind = THROTTLED
        while kind == THROTTLED:
            if environments.in_use(now) < pollers.there(now):
                kind = environments.take(now)
            if kind == THROTTLED:
                now = min(environments.next_free(), pollers.wait(now))
        pollers.begin(now)
        return now, kind
