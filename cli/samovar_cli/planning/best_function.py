"""The best function for a load: memory, architecture, environments kept ready."""

from collections.abc import Iterator
from dataclasses import replace

from samovar_cli.planning.arrivals import Arrivals
from samovar_cli.planning.judging import Slo, Tried, confirmed, try_out
from samovar_cli.planning.sizes import WORTH, architectures, fastest_mb, memories_mb, ready_price
from samovar_cli.planning.work import FUNCTION, Candidate, Work, scenario
from samovar_cli.simulate.prices import Prices


def best_function(
    work: Work, arrivals: Arrivals, slo: Slo, prices: Prices, _so_far: float
) -> Tried | None:
    """Less memory is never dearer, so the first that is in time ends the search."""
    found: list[Tried] = []
    for architecture in architectures(work):
        for memory in memories_mb(work):
            plain = try_out(work, arrivals, Candidate(FUNCTION, memory, architecture), prices, slo)
            found.append(plain)
            for ready in _ready(work, arrivals, plain, prices, slo):
                more = replace(plain.candidate, provisioned=ready)
                tried = try_out(work, arrivals, more, prices, slo)
                if not plain.keeps(slo) or tried.month < plain.month * WORTH:
                    found.append(tried)
            if plain.keeps(slo):
                break
    return confirmed(work, arrivals, slo, prices, found)


def _ready(work: Work, arrivals: Arrivals, plain: Tried, prices: Prices, slo: Slo) -> Iterator[int]:
    """How many environments may be worth keeping ready: for the bill, and for the SLO."""
    warm, cold = plain.over_if(slo, cold=False), plain.over_if(slo, cold=True)
    if warm > slo.late and plain.candidate.memory_mb != fastest_mb(work):
        return  # more memory is what it needs
    there = scenario(work, plain.candidate)
    levels = arrivals.pattern.levels(there.run_s * there.slowness)
    most = plain.candidate.most
    cheaper = min(levels.worth(ready_price(plain.candidate.architecture, prices)), most)
    if cheaper:
        yield cheaper
    if not plain.keeps(slo):
        # Where runs alone are too slow already, at least no more are: it is as quick as can be.
        allowed = (slo.late * 0.8 - warm) / (cold - warm) if warm < slo.late * 0.8 < cold else 0.0
        needed = min(levels.ready_for(max(allowed, slo.late * 0.05) * arrivals.rate), most)
        if needed > cheaper:
            yield needed
