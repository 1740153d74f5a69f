"""A buffer that gathers requests into batches, looked at request by request. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Buffered:
    """The batches of a trace: how many requests each has, and how long each request waited."""

    sizes: NDArray[np.intp]  # (batches,)
    wait_s: Array  # (n,), for its batch to be full or its first one's timeout

    def latency_s(self, run_s: Array) -> Array:
        """Of each request, where a batch of k takes `run_s[k]`; float64 (n,)."""
        return self.wait_s + np.repeat(run_s[self.sizes], self.sizes)


def buffered(times: Array, most: int, timeout_s: float) -> Buffered:
    """Batches that close with `most` requests or `timeout_s` after the first of them came."""
    count = len(times)
    first = np.arange(count)
    ends = np.minimum(np.searchsorted(times, times + timeout_s, "right"), first + most)
    starts = _followed(ends.tolist())
    sizes = np.diff(np.append(starts, count))
    last = np.minimum(starts + sizes, count) - 1
    full = sizes == most
    closes = np.where(full, times[last], times[starts] + timeout_s)
    return Buffered(sizes, np.repeat(closes, sizes) - times)


def _followed(ends: list[int]) -> NDArray[np.intp]:
    """Where batches begin, if the one that begins at i has ended by `ends[i]`."""
    found, at = [], 0
    while at < len(ends):
        found.append(at)
        at = ends[at]
    return np.array(found, np.intp)
