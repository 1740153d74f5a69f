"""What became of the requests of a run, and what the machines did for them. Pure."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

_SHARES = np.concatenate((np.arange(1, 99) / 100, np.arange(990, 1001) / 1000))
"""Where a distribution of latencies is told: each hundredth, and each thousandth of the last."""


class Usage(Protocol):
    """What of an `Outcome` is billed; a prediction can have it without playing anything."""

    @property
    def requests(self) -> float: ...
    @property
    def seconds(self) -> float: ...
    @property
    def batches(self) -> float: ...
    @property
    def run_s(self) -> float: ...
    @property
    def init_s(self) -> float: ...
    @property
    def ready_run_s(self) -> float: ...
    @property
    def ready_s(self) -> float: ...
    @property
    def receives(self) -> float: ...
    @property
    def instance_s(self) -> float: ...
    @property
    def busy_s(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """One lane over one trace."""

    latency_s: NDArray[np.float64]  # (n,), from arrival to answer; NaN where there was none
    seconds: float  # that the trace lasts
    batches: int = 0  # invocations, or runs of an endpoint
    cold_starts: int = 0
    throttled: int = 0  # requests turned away with 429
    timed_out: int = 0
    run_s: float = 0.0  # billed, each invocation rounded up to a millisecond
    init_s: float = 0.0  # of cold starts, billed too
    ready_run_s: float = 0.0  # billed as run_s is, in provisioned environments
    ready_s: float = 0.0  # of provisioned environments, busy or not
    receives: int = 0  # calls that bring messages from a queue: ten in each at most
    instance_s: float = 0.0  # of an endpoint
    busy_s: float = 0.0  # of these, at work
    events: int = 0  # that the simulator handled

    @property
    def requests(self) -> int:
        """How many came."""
        return len(self.latency_s)

    @property
    def answered(self) -> NDArray[np.float64]:
        """The latencies of those that were answered, seconds."""
        return self.latency_s[~np.isnan(self.latency_s)]

    def percentile_s(self, percent: float) -> float:
        """A percentile of the answered requests' latencies; NaN where none was answered."""
        found = self.answered
        return float(np.percentile(found, percent)) if len(found) else float("nan")

    def cdf(self) -> list[tuple[float, float]]:
        """Latencies in seconds, ascending, and the share of all requests answered by then."""
        found = self.answered
        if not len(found):
            return []
        at = np.quantile(found, _SHARES)
        return list(zip(at.tolist(), (_SHARES * len(found) / self.requests).tolist(), strict=True))

    def share_over(self, limit_s: float) -> float:
        """The share of all requests that were answered later than `limit_s`, or not at all."""
        if not self.requests:
            return 0.0
        return 1.0 - int(np.count_nonzero(self.latency_s <= limit_s)) / self.requests


def billed_s(seconds: NDArray[np.float64]) -> float:
    """Durations as Lambda bills them, each rounded up to a millisecond, in all."""
    # What floating point adds to a whole millisecond is not one more.
    return float(np.ceil(seconds * 1000 - 1e-6).sum()) / 1000


def running_sum(each: NDArray[np.float64]) -> list[float]:
    """What lies before each of n items, and in all: n + 1 sums, the first of them 0."""
    return [0.0, *np.cumsum(each).tolist()]
