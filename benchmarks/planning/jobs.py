"""Requests that are jobs, answered in batches by workers: bounds on the least cost of all cuts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from samovar_cli.simulate.prices import Prices
from samovar_cli.simulate.speed import ONE_VCPU_MB

from benchmarks.planning.alone import Single
from benchmarks.planning.cutting import Array, Cuts, Rules, cheapest
from benchmarks.planning.loads import Trace
from benchmarks.planning.noise import Noise
from benchmarks.planning.ready import NONE_READY, Ready, ready_workers
from benchmarks.planning.services import LATE, SIZES, Service
from benchmarks.planning.unit_costs import Counted, lane_costs

RECEIVE_S = 0.02  # from a message sent to a worker that has it, as simulated
_RECEIVED = 10  # messages of one call to SQS
_SURELY = 0.999  # a chance above which all of a batch is taken to be late


def workers(service: Service, trace: Trace, prices: Prices) -> Iterator["Workers"]:
    """Those in which a job by itself is in time, on demand and always ready.

    Up to one vCPU, more memory is as much faster and costs as much more: such sizes are one,
    as fast as the fastest and as cheap as the cheapest.
    """
    memories = service.memories_mb()
    small = [memory for memory in memories if memory <= ONE_VCPU_MB]
    groups = [small] if small else []
    for group in groups + [[memory] for memory in memories if memory > ONE_VCPU_MB]:
        there = service.there(group[-1])
        for ready in (NONE_READY, ready_workers(there, service.slo_s, trace, prices)):
            found = Workers(service, group, trace, prices, ready)
            if found.late(1, np.zeros(1))[0] <= LATE:
                yield found


@dataclass(frozen=True, slots=True)
class Duals:
    """Lower bounds on the cost, US dollars."""

    by_range: Array  # (ranges of how many batches there may be, penalties)
    any_door: float  # with another door for those that it suits, at the middle penalty

    @property
    def bound(self) -> float:
        """Every cut is in one of the ranges: of each the best bound, and of these the lowest."""
        return float(self.by_range.max(axis=1).min())

    @property
    def best(self) -> int:
        """Which penalty gives it, nearly."""
        return int(np.argmax(self.by_range.min(axis=0)))


class Workers:
    """Workers of some memory sizes, and the trace that they answer."""

    def __init__(
        self,
        service: Service,
        memories_mb: Sequence[int],
        trace: Trace,
        prices: Prices,
        ready: Ready = NONE_READY,
    ) -> None:
        self._trace, self._slo_s, self._ready = trace, service.slo_s, ready
        self._noise = Noise(service.work.noise)
        self._slowness = service.there(memories_mb[-1]).slowness
        self._work = service.work
        counted = Counted(len(trace.times), trace.seconds)
        cheapest_there = service.there(memories_mb[0])
        self._costs = [
            lane_costs("queue", cheapest_there.load, prices, counted, range_)
            for range_ in _ranges(len(trace.times))
        ]
        sizes = range(1, SIZES + 1)
        self._sizes = np.array([k for k in sizes if k == 1 or self._may_be_in_time(k)])
        self._second = self._costs[0].run_s * cheapest_there.slowness  # of one vCPU at work
        cost = self._billed(cheapest_there.slowness) * self._costs[0].run_s
        cost += np.ceil(self._sizes / _RECEIVED) * self._costs[0].receive
        self._cuts = Cuts.of(cost, self._billed(self._slowness), self.late, service.slo_s)

    def _billed(self, slowness: float) -> Array:
        run_s = [self._work.run_of(int(size), 1 / slowness) for size in self._sizes]
        return np.array([self._noise.billed_s(each) for each in run_s])

    def late(self, size: int, wait_s: Array) -> Array:
        """The chance to be late of a job that waited so long for its batch's last."""
        left = self._slo_s - RECEIVE_S - wait_s
        return self._noise.over(left / self._work.run_of(size, 1 / self._slowness))

    def _may_be_in_time(self, size: int) -> bool:
        return bool(self.late(size, np.zeros(1))[0] < _SURELY)

    def floor(self) -> float:
        """A cost that is easily found and that no cut is below."""
        runs = self._cuts.cost - self._cuts.run_s * self._ready.most_saved
        each = [float(((runs + c.batch) / self._sizes).min()) for c in self._costs]
        requests = len(self._trace.times)
        whole = [c.whole + requests * one for c, one in zip(self._costs, each, strict=True)]
        return min(whole) + self._ready.held

    def duals(self, penalties: Array, single: Sequence[Single] = ()) -> Duals:
        """Lower bounds on the cost for penalties, which are in costs of a batch of one."""
        requests, unit = len(self._trace.times), self._cuts.cost[0] + self._costs[-1].batch
        tried = np.append(penalties, penalties[len(penalties) // 2]) * unit
        late = np.tile(tried, len(self._costs))
        whole, batch = (
            np.repeat([getattr(c, name) for c in self._costs], len(tried))
            for name in ("whole", "batch")
        )
        lost = self._lost() + late * _SURELY
        mixed = np.arange(len(late)) % len(tried) == len(tried) - 1
        doors = [s.cost + late * s.late - whole / requests for s in single]
        alone = np.where(mixed, np.min([lost, *doors], axis=0), lost)
        rules = Rules(late, batch, alone, self._ready.saved)
        found = cheapest(self._trace.times, self._cuts, rules)
        found += whole + self._ready.held - late * LATE * requests
        by_range = found.reshape(len(self._costs), -1)
        return Duals(by_range[:, :-1], float(by_range[:, -1].min()))

    def _lost(self) -> float:
        """What a request adds to a batch that is so large that all of it is late."""
        each_s = self._work.run_s - self._work.shared_s
        return each_s * (self._second - self._slowness * self._ready.most_saved)


def _ranges(requests: int) -> list[tuple[float, float]]:
    """How many batches there may be, from the largest ones to single requests."""
    ends = np.geomspace(requests / SIZES, requests, 4)
    return [(float(low), float(high)) for low, high in pairwise(ends)]
