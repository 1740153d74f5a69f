"""What environments that are always ready save at most, beside what it costs to keep them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from samovar_cli.simulate.prices import Prices
from samovar_cli.simulate.scenario import Scenario

from benchmarks.planning.loads import Trace

Array = NDArray[np.float64]
_BINS_S = (600.0, 30.0, 5.0)
_USUAL = 12  # requests of a batch, where one has to be guessed


@dataclass(frozen=True, slots=True)
class _Kept:
    """US dollars of an environment that is always ready."""

    second: float  # to keep it
    saved: float  # of each second that it runs, beside one on demand


@dataclass(frozen=True, slots=True)
class Ready:
    """Ready workers, however many: what a run saves by when it begins, and what is paid anyway."""

    saved: Array | None  # (n,), US dollars a second, of runs after each request; none saves
    held: float  # US dollars

    @property
    def most_saved(self) -> float:
        """Of any run, a second."""
        return 0.0 if self.saved is None else float(self.saved.max(initial=0.0))


NONE_READY = Ready(None, 0.0)


def ready_workers(there: Scenario, slo_s: float, trace: Trace, prices: Prices) -> Ready:
    """Prices of runs with which p ≥ 1 ready workers cost no less than is paid, whatever p is.

    In a bin of time they run for min(R, p W) at most: no more than y R + (1 - y) p W for any
    y of [0, 1]. So a bin's runs save y of the discount, and 1 - y of it is given for each
    worker, from what it costs to keep one; as long as something is left of that, p = 1 costs
    least. The busiest bins have y = 0, or all have the same. Runs end within the SLO.
    """
    kept, requests = _kept(there, prices), len(trace.times)
    most = kept.second / kept.saved
    found = []
    for bin_s in _BINS_S:
        busy = min(most, _share_over_one(there, trace, bin_s))
        left = (kept.second - kept.saved * busy) * trace.seconds
        shares = (np.full(requests, 1 - busy), _quietest(trace, 1 - busy, bin_s, slo_s))
        found += [Ready(kept.saved * share, left) for share in shares]
    each_s = _each_s(there)
    return max(found, key=lambda ready: ready.held - each_s * float(np.sum(ready.saved)))


def _share_over_one(there: Scenario, trace: Trace, bin_s: float) -> float:
    """The share of bins in which more than one worker is at work, on average."""
    bins = int(np.ceil(trace.seconds / bin_s))
    counts = np.bincount((trace.times * (bins / trace.seconds)).astype(np.intp).clip(0, bins - 1))
    return float((counts * _each_s(there) > trace.seconds / bins).sum()) / bins


def _each_s(there: Scenario) -> float:
    """About what a request takes in a batch, seconds: a guess, on which no bound depends."""
    return (there.run_s - there.shared_s * (1 - 1 / _USUAL)) * there.slowness


def _quietest(trace: Trace, quiet: float, bin_s: float, slo_s: float) -> Array:
    """1 for requests after which a bin of the quietest begins within the SLO, 0 for others.

    The quietest bins, in which the fewest come, are a share of `quiet`; float64 (n,).
    """
    bins = int(np.ceil(trace.seconds / bin_s))
    width = trace.seconds / bins
    counts = np.bincount((trace.times / width).astype(np.intp).clip(0, bins - 1), minlength=bins)
    rank = np.argsort(np.argsort(counts, kind="stable"))
    share = np.append(np.clip(quiet * bins - rank, 0.0, 1.0), 0.0)
    found = np.zeros(len(trace.times))
    for after_s in np.append(np.arange(0.0, slo_s, width), slo_s):
        later = ((trace.times + after_s) / width).astype(np.intp).clip(0, bins)
        found = np.maximum(found, share[later])
    return found


def saved_alone(there: Scenario, trace: Trace, prices: Prices, billed_s: float) -> float:
    """What the best number of ready environments saves requests that run alone, US dollars."""
    kept, run_s = _kept(there, prices), there.run_s * there.slowness
    at = np.concatenate((trace.times, trace.times + run_s))
    order = np.argsort(at, kind="stable")
    busy = np.cumsum(np.where(order < len(trace.times), 1, -1))[:-1]
    time = np.bincount(busy, weights=np.diff(at[order]))
    over = np.cumsum(time[::-1])[::-1][1:]  # seconds in which at least 1, 2, … are at work
    each = over * kept.saved * billed_s / run_s - trace.seconds * kept.second
    return float(np.maximum(each, 0.0).sum())


def _kept(there: Scenario, prices: Prices) -> _Kept:
    gb, kind = there.load.memory_gb, f"gb_second_{there.load.architecture}"
    ran = prices[f"lambda.{kind}"] - prices[f"lambda.provisioned_run_{kind}"]
    return _Kept(gb * prices[f"lambda.provisioned_{kind}"], gb * ran)
