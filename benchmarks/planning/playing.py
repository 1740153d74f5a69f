"""What the simulator makes of a plan: its bill, and how many of its requests are late."""

from dataclasses import dataclass, replace

import numpy as np
from samovar_cli.planning.arrivals import of_trace
from samovar_cli.planning.choosing import Slo, choose
from samovar_cli.planning.work import ENDPOINT, FUNCTION, QUEUE, Candidate, scenario
from samovar_cli.simulate.bill import total
from samovar_cli.simulate.prices import Prices
from samovar_cli.simulate.scenario import Scenario, run_lane

from benchmarks.planning.loads import Trace
from benchmarks.planning.rules import Choice
from benchmarks.planning.services import LATE, Service

_SEED = 11  # of the noise; the planner's own simulations have another


@dataclass(frozen=True, slots=True)
class Played:
    """A way to serve a trace, and what became of it."""

    how: str
    cost: float  # US dollars
    late: float  # the share of requests

    @property
    def in_time(self) -> bool:
        """Whether no more are late than may be."""
        return self.late <= LATE


def planned(service: Service, trace: Trace, prices: Prices) -> Played:
    """The plan of `samovar plan`, made from the trace that is then played."""
    slo = Slo(service.slo_s, 100 * (1 - LATE))
    arrivals = of_trace(trace.times, trace.seconds, slo_s=service.slo_s, init_s=service.work.init_s)
    candidate = choose(service.work, arrivals, slo, prices).chosen.candidate
    said = _said(candidate)
    return played(candidate.lane, said, scenario(service.work, candidate), service, trace, prices)


def by_rule(choice: Choice, service: Service, trace: Trace, prices: Prices) -> Played:
    """The choice of a rule: jobs where it batches, calls where it does not."""
    there = replace(service.there(choice.memory_mb), batch=choice.batch, window_s=choice.timeout_s)
    lane = QUEUE if choice.batch > 1 else FUNCTION
    window = f", {choice.batch} in {choice.timeout_s:.2g} s" if choice.batch > 1 else ""
    return played(lane, f"{lane} {choice.memory_mb} MB{window}", there, service, trace, prices)


def played(
    lane: str, how: str, there: Scenario, service: Service, trace: Trace, prices: Prices
) -> Played:
    """A lane of the simulator over a trace."""
    rng = np.random.default_rng(_SEED)
    found = run_lane(lane, there, trace.times, trace.seconds, prices, rng)
    return Played(how, total(found.bill), found.outcome.share_over(service.slo_s))


def _said(candidate: Candidate) -> str:
    if candidate.lane == ENDPOINT:
        return f"endpoint, up to {candidate.instances}"
    ready = f", {candidate.provisioned} ready" if candidate.provisioned else ""
    batches = f", {candidate.batch} in {candidate.window_s} s" if candidate.lane == QUEUE else ""
    return f"{candidate.lane} {candidate.memory_mb} MB{batches}{ready}"
