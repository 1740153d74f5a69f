"""Requests that are jobs, answered in batches by workers: the least cost of all cuts."""

from collections.abc import Iterator, Sequence

import numpy as np
from samovar_cli.simulate.prices import Prices

from benchmarks.planning.alone import Single
from benchmarks.planning.cutting import Array, Cuts, Rules, cheapest
from benchmarks.planning.loads import Trace
from benchmarks.planning.noise import Noise
from benchmarks.planning.ready import Ready, ready_workers
from benchmarks.planning.services import LATE, SIZES, Service
from benchmarks.planning.unit_costs import Counted, LaneCosts, lane_costs

RECEIVE_S = 0.02  # from a message sent to a worker that has it, as simulated
_SURELY = 0.999  # a chance above which all of a batch is taken to be late
_PENALTIES = np.concatenate(([0.0], np.geomspace(0.02, 60.0, 11)))  # in batches of one
_CLOSER = 7
_AROUND = np.array([0.6, 1.0, 1.6])


def workers(service: Service, trace: Trace, prices: Prices) -> Iterator["Workers"]:
    """Those of each memory size in which a job by itself is in time."""
    for memory_mb in service.memories_mb():
        for ready in (None, _ready(service, memory_mb, trace, prices)):
            found = Workers(service, memory_mb, trace, prices, ready)
            if found.late(1, np.zeros(1))[0] <= LATE:
                yield found


def _ready(service: Service, memory_mb: int, trace: Trace, prices: Prices) -> Ready:
    return ready_workers(service.there(memory_mb), service.slo_s, trace, prices)


class Workers:
    """Workers of one memory size, and the trace that they answer."""

    def __init__(
        self,
        service: Service,
        memory_mb: int,
        trace: Trace,
        prices: Prices,
        ready: Ready | None = None,
    ) -> None:
        self._trace, self._slo_s, self._ready = trace, service.slo_s, ready
        there = service.there(memory_mb)
        self._noise = Noise(there.noise)
        self._fixed_s = there.shared_s * there.slowness
        self._each_s = there.run_s * there.slowness - self._fixed_s
        counted = Counted(len(trace.times), trace.seconds)
        self._costs = [
            lane_costs("queue", there.load, prices, counted, range_)
            for range_ in _ranges(len(trace.times))
        ]
        sizes = range(1, SIZES + 1)
        self._sizes = np.array([k for k in sizes if self.late(k, np.zeros(1))[0] < _SURELY])
        self._billed = np.array([self._noise.billed_s(self._run_s(k)) for k in self._sizes])
        cost = self._cost(self._costs[0]) - self._costs[0].batch
        self._cuts = Cuts.of(cost, self._billed, self.late, self._slo_s)

    def _run_s(self, size: int) -> float:
        return self._fixed_s + self._each_s * size

    def late(self, size: int, wait_s: Array) -> Array:
        """The chance to be late of a job that waited so long for its batch's last."""
        left = self._slo_s - RECEIVE_S - wait_s
        return self._noise.over(left / self._run_s(size))

    def floor(self) -> float:
        """A cost that is easily found and that no cut is below."""
        saved = self._billed * self._ready.most_saved if self._ready else 0.0
        return min(
            c.whole + len(self._trace.times) * float(((self._cost(c) - saved) / self._sizes).min())
            for c in self._costs
        ) + (self._ready.held if self._ready else 0.0)

    def duals(self, penalties: Array, single: Sequence[Single] = ()) -> Array:
        """Lower bounds on the cost, US dollars, by the number of batches and the penalty.

        Float64 (ranges, penalties); `penalties` are in costs of a batch of one. Every cut is
        in one of the ranges: of each the best bound counts, and of these the lowest. With the
        door of `single` for those that it suits.
        """
        requests = len(self._trace.times)
        flat = np.tile(penalties * float(self._cost(self._costs[-1])[0]), len(self._costs))
        whole, batch = (
            np.repeat([getattr(c, name) for c in self._costs], len(penalties))
            for name in ("whole", "batch")
        )
        lost = self._each_s * self._costs[0].run_s + flat * _SURELY  # all of a huge batch is late
        doors = [s.cost + flat * s.late - whole / requests for s in single]
        saved, held = (self._ready.saved, self._ready.held) if self._ready else (None, 0.0)
        if self._ready:
            lost = lost - self._each_s * self._ready.most_saved
        rules = Rules(flat, batch, np.min([lost, *doors], axis=0), saved)
        found = cheapest(self._trace.times, self._cuts, rules) + whole + held
        return (found - flat * LATE * requests).reshape(len(self._costs), -1)

    def _cost(self, costs: LaneCosts) -> Array:
        return costs.batches(self._sizes, self._billed)


def least(doors: Sequence[Workers], ceiling: float) -> tuple[float, float]:
    """The lowest of the doors' bounds, US dollars, and its penalty; none above `ceiling`."""
    best, middle = ceiling, 1.0
    for door in sorted(doors, key=Workers.floor):
        if door.floor() >= best or _bound(door.duals(middle * _AROUND)) >= best:
            continue
        wide = door.duals(_PENALTIES)
        top = int(np.argmax(wide.min(axis=0)))
        low, high = max(top - 1, 0), min(top + 1, len(_PENALTIES) - 1)
        close = np.linspace(_PENALTIES[low], _PENALTIES[high], _CLOSER)
        closer = door.duals(close)
        middle = close[int(np.argmax(closer.min(axis=0)))]
        best = min(best, _bound(np.concatenate((wide, closer), axis=1)))
    return best, middle


def least_mixed(
    doors: Sequence[Workers], ceiling: float, penalty: float, single: Sequence[Single]
) -> float:
    """The same with the door of `single` for those that it suits, by penalties near one."""
    best = ceiling
    for door in sorted(doors, key=Workers.floor):
        if door.floor() < best:
            best = min(best, _bound(door.duals(penalty * _AROUND, single)))
    return best


def _bound(duals: Array) -> float:
    return float(duals.max(axis=1).min())


def _ranges(requests: int) -> list[tuple[float, float]]:
    """How many batches there may be, from the largest ones to single requests."""
    return [(requests / low, requests / (low / 4)) for low in (SIZES, SIZES / 4, SIZES / 16)]
