"""Jobs behind SQS: pollers gather messages into batches, a worker answers a batch at a time."""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from numpy.typing import NDArray

from samovar_cli.simulate.environments import READY, THROTTLED, WARM, Environments, Scaling
from samovar_cli.simulate.outcome import Outcome, billed_s, running_sum
from samovar_cli.simulate.pollers import Pollers

_RECEIVED = 10  # messages of one call to SQS
_DELIVERIES = 5  # of a message whose worker died


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
    timeout_s: float = 60.0  # of a worker; batches are cut so that they end before
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
        self._lost: list[int] = []  # messages whose run no worker outlives
        most = self._run_s(0, min(queue.batches.size, len(arrivals)), float(noise.max(initial=0)))
        self._cuts = most > queue.timeout_s or more_s is not None

    def outcome(self, seconds: float) -> Outcome:
        """All messages, from the first to the last."""
        self._play()
        latency = np.repeat(np.array(self._ends), self._sizes) - self._sent
        latency[self._lost] = np.nan
        return Outcome(
            latency,
            seconds,
            timed_out=len(self._lost),
            batches=len(self._ends),
            cold_starts=self._cold,
            run_s=billed_s(np.array(self._runs)),
            init_s=billed_s(np.full(self._cold, self._queue.init_s)),
            ready_run_s=billed_s(np.array(self._ready_runs)),
            ready_s=self._queue.scaling.ready * seconds,
            receives=int(np.ceil(np.array(self._sizes) / _RECEIVED).sum()),
            events=len(self._times) + 2 * len(self._ends),  # each batch begins and ends
        )

    def _play(self) -> None:
        """Batch by batch; a loop over local names, because it is most of what a run takes."""
        ready, pollers, environments = self._ready(), self._pollers, self._environments
        take, hold, begin = environments.take, environments.hold, pollers.begin
        run_of, sized = self._run_of, self._sizes.append
        ended, ran = self._ends.append, self._runs.append
        alone = self._alone() if self._batches.size == 1 and not self._cuts else None
        first, count, start = 0, len(self._times), -np.inf
        while first < count:
            start = max(ready[first], start)  # messages are taken in their order
            kind = take(start, pollers.there)
            if kind == THROTTLED:
                start, kind = self._wait(start)
            if pollers.moves:
                begin(start)
            size, run = (1, alone[first]) if alone else run_of(first, start)
            sized(size)
            first += size
            if kind == WARM:
                hold(start + run)
                ran(run)
                ended(start + run)
            else:
                ended(self._unusual(kind, start, run))

    def _alone(self) -> list[float]:
        """How long a run of one message takes, of each."""
        run_s = (self._batches.fixed_s + self._batches.each_s) * np.array(self._noise)
        return cast("list[float]", run_s.tolist())

    def _ready(self) -> list[float]:
        """When the batch that begins with a message is full, or its window over; of each."""
        times = np.array(self._times)
        closes = times + self._batches.window_s
        filled = times[self._batches.size - 1 :]
        closes[: len(filled)] = np.minimum(closes[: len(filled)], filled)
        return cast("list[float]", closes.tolist())

    def _wait(self, now: float) -> tuple[float, int]:
        """When a poller and an environment are there, and what the environment is."""
        environments, pollers = self._environments, self._pollers
        kind = THROTTLED
        while kind == THROTTLED:
            kind = environments.take(now, pollers.grown(now))
            if kind == THROTTLED:
                now = min(environments.next_free(), pollers.wait(now))
        return now, kind

    def _run_of(self, first: int, start: float) -> tuple[int, float]:
        """How many messages have come for the batch of `first`, and how long it runs."""
        batches, size = self._batches, 1
        if batches.size > 1:
            last = min(first + batches.size, len(self._times))
            size = max(1, bisect_right(self._times, start, first, last) - first)
        run = self._run_s(first, size, self._noise[first])
        return self._cut(first, size, run) if self._cuts else (size, run)

    def _run_s(self, first: int, size: int, noise: float) -> float:
        run = self._batches.fixed_s + self._batches.each_s * size
        if self._more is not None:
            run += self._more[first + size] - self._more[first]
        return run * noise

    def _cut(self, first: int, size: int, run: float) -> tuple[int, float]:
        """A batch of as many as end in a worker's time; the others come again at once.

        One that does not end alone is run until its message has come as often as it may.
        """
        noise, timeout_s = self._noise[first], self._queue.timeout_s
        while run > timeout_s and size > 1:
            size = min(size - 1, int(size * timeout_s / run) or 1)
            run = self._run_s(first, size, noise)
        if run > timeout_s:
            self._lost.append(first)
            run = timeout_s * _DELIVERIES
        return size, run

    def _unusual(self, kind: int, start: float, run: float) -> float:
        """When a run in an environment that is not merely warm ends."""
        if kind == READY:
            self._environments.hold_ready(start + run)
            self._ready_runs.append(run)
            return start + run
        self._cold += 1
        self._runs.append(run)
        end = start + self._queue.init_s + run
        self._environments.hold(end)
        return end
