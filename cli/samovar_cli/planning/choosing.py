"""The cheapest candidate that keeps an SLO. Pure, but for the simulations it falls back to."""

from dataclasses import dataclass
from math import inf

from samovar_cli.planning.arrivals import Arrivals
from samovar_cli.planning.judging import Slo, Tried, better
from samovar_cli.planning.predicting import Prediction
from samovar_cli.planning.searching import SEARCHES
from samovar_cli.planning.work import Work
from samovar_cli.simulate.prices import Prices


@dataclass(frozen=True, slots=True)
class Plan:
    """What was chosen, and the best of each lane that was not too dear from the start."""

    chosen: Prediction
    keeps_slo: bool
    possible_s: float  # that the SLO's share of requests stays within, by what was chosen
    best: tuple[Prediction, ...]


def choose(work: Work, arrivals: Arrivals, slo: Slo, prices: Prices) -> Plan:
    """The cheapest candidate of which no more than the SLO's share is late.

    Where there is none: the one with the fewest late requests.
    """
    found: list[Tried] = []
    so_far = inf
    for search in SEARCHES.values():
        best = search(work, arrivals, slo, prices, so_far)
        if best is not None:
            found.append(best)
            so_far = min(so_far, best.month) if best.keeps(slo) else so_far
    chosen = better(found, slo)
    assert chosen is not None, "there is always a function"  # noqa: S101 - for the type checker
    said = tuple(tried.prediction(work, prices, slo) for tried in found)
    return Plan(
        said[found.index(chosen)], chosen.keeps(slo, margin=1.0), chosen.at_percentile_s(slo), said
    )


__all__ = ["Plan", "Slo", "choose"]
