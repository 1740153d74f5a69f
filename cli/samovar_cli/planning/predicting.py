"""What a candidate would do: latencies, cold starts and the bill."""

from dataclasses import dataclass, field

from samovar_cli.planning.arrivals import Arrivals
from samovar_cli.planning.expecting import EXPECTED, Expected, expect
from samovar_cli.planning.latency import Latency
from samovar_cli.planning.work import Candidate, Work, scenario
from samovar_cli.simulate.bill import MONTH_S, Bill, total
from samovar_cli.simulate.outcome import Usage
from samovar_cli.simulate.prices import Prices
from samovar_cli.simulate.scenario import LANES

ANALYSED, SIMULATED = "analysed", "simulated"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one candidate would do. A month's bill, in US dollars."""

    candidate: Candidate
    p50_s: float
    p95_s: float
    p99_s: float
    over: float  # the share of requests over the SLO, or never answered
    cold_a_second: float
    bill: Bill = field(repr=False)
    how: str = ANALYSED
    latency: Latency | None = field(default=None, repr=False)

    @property
    def month(self) -> float:
        """All parts of the bill, US dollars."""
        return total(self.bill)


def predict(
    work: Work, arrivals: Arrivals, candidate: Candidate, prices: Prices, slo_s: float = 1.0
) -> Prediction:
    """What a candidate would do: latencies, the share over `slo_s` and a month's bill.

    By analysis where that holds, else by a simulation, which `how` says.
    """
    if candidate.lane in EXPECTED:
        found = expect(work, arrivals, candidate)
        if found.is_sure:
            return predicted(work, candidate, found, prices, slo_s)
    from samovar_cli.planning.playing import played

    return played(work, arrivals, candidate, prices, slo_s)


def predicted(
    work: Work, candidate: Candidate, found: Expected, prices: Prices, slo_s: float
) -> Prediction:
    """What was expected, as a prediction."""
    bill = bill_of(work, candidate, found.month, prices)
    p50_s, p95_s, p99_s = found.latency.percentiles_s((50, 95, 99))
    return Prediction(
        candidate,
        p50_s,
        p95_s,
        p99_s,
        found.latency.share_over(slo_s),
        found.month.cold_starts / MONTH_S,
        bill,
        latency=found.latency,
    )


def bill_of(work: Work, candidate: Candidate, usage: Usage, prices: Prices) -> Bill:
    """What a month costs in a candidate's lane, part by part."""
    return LANES[candidate.lane][1](scenario(work, candidate).load, usage, prices)
