"""The best endpoint that sleeps at zero for a load: how many instances."""

from collections.abc import Iterator
from operator import itemgetter

from samovar_cli.planning.arrivals import Arrivals
from samovar_cli.planning.cycles import cycle
from samovar_cli.planning.judging import Slo, Tried, better, play_out, try_out
from samovar_cli.planning.predicting import bill_of
from samovar_cli.planning.usage import month_of
from samovar_cli.planning.work import ENDPOINT, Candidate, Work, scenario
from samovar_cli.simulate.bill import total
from samovar_cli.simulate.fleet import TICK_S
from samovar_cli.simulate.prices import Prices

_INSTANCES = (1, 2, 3, 4, 6, 8, 12, 16)
_AWAKE_S = 840.0  # of an instance, at least
_TOGETHER = 8  # calls that an instance answers at once
_PLAYED = 4  # candidates that are simulated, at most
_SCREENED = 40_000  # requests of a trace that one is tried on


def best_endpoint(
    work: Work, arrivals: Arrivals, slo: Slo, prices: Prices, so_far: float
) -> Tried | None:
    """Instances that sleep at zero, where somebody measured how fast they are."""
    found: list[Tried] = []
    for least, candidate in sorted(_endpoints(work, arrivals, slo, prices), key=itemgetter(0)):
        if least >= so_far or len(found) >= _PLAYED:
            break
        tried = try_out(work, arrivals, candidate, prices, slo)
        if not tried.is_sure:
            tried = play_out(work, arrivals, candidate, prices, slo, _SCREENED)
        found.append(tried)
        if tried.keeps(slo):
            so_far = min(so_far, tried.month)
    return better(found, slo)


def _sleeps_too_often(work: Work, arrivals: Arrivals, slo: Slo) -> bool:
    """Whether too many requests would wait until an instance is awake.

    It falls asleep in a minute in which nothing is to be done, some 15 minutes after it woke.
    """
    if slo.limit_s > work.wake_s:
        return False
    one = cycle(scenario(work, Candidate(ENDPOINT, batch=_batch(work))), arrivals.rate)
    # A trace has more minutes without calls than a steady load.
    awake_s = min(one.awake_s, _AWAKE_S + TICK_S / max(arrivals.idle, 1e-12))
    return work.wake_s / (work.wake_s + awake_s) > slo.late


def _batch(work: Work) -> int:
    return min(work.most_batch, _TOGETHER)


def _endpoints(
    work: Work, arrivals: Arrivals, slo: Slo, prices: Prices
) -> Iterator[tuple[float, Candidate]]:
    """Numbers of instances that are enough, each with the least that they could cost."""
    batch = _batch(work)
    if not work.gpu_speed or _sleeps_too_often(work, arrivals, slo):
        return
    run_s = work.run_of(batch, work.gpu_speed) / batch * arrivals.rate
    for instances in _INSTANCES:
        if instances >= run_s:
            one = Candidate(ENDPOINT, batch=batch, instances=instances)
            outcome = month_of(arrivals.rate, instance_s=run_s, busy_s=run_s)
            yield total(bill_of(work, one, outcome, prices)), one
