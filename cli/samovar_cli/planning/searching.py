"""The best candidate of each lane, found without trying what cannot win."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from samovar_cli.planning.arrivals import Arrivals
from samovar_cli.planning.judging import Slo, Tried, better, try_out
from samovar_cli.planning.playing import played
from samovar_cli.planning.predicting import bill_of
from samovar_cli.planning.recorded import SIZES
from samovar_cli.planning.usage import month_of
from samovar_cli.planning.work import ENDPOINT, FUNCTION, QUEUE, Candidate, Work, scenario
from samovar_cli.simulate.bill import total
from samovar_cli.simulate.prices import Prices

MEMORIES_MB = (
    *(256, 384, 512, 768, 1024, 1280, 1536, 1769),
    *(2304, 2654, 3538, 5307, 7076, 8845, 10_240),
)
_UNWINDOWED = 10  # messages that a worker takes at once where it does not wait for more
_PLAYED = 10  # candidates of a lane that are simulated, at most
_INSTANCES = (1, 2, 4, 8, 16)

Search = Callable[[Work, Arrivals, Slo, Prices, float], Tried | None]
"""A lane's best candidate; None where all of them cost more than the last argument."""


def memories_mb(work: Work) -> Sequence[int]:
    """What the model fits into; the largest there is where it fits into none."""
    return [mb for mb in MEMORIES_MB if mb >= work.memory_mb] or MEMORIES_MB[-1:]


def architectures(work: Work) -> Sequence[str]:
    """Those whose speed is known: arm64 is not planned by faith."""
    return ("x86_64", "arm64") if work.arm_speed else ("x86_64",)


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
                found.append(try_out(work, arrivals, more, prices, slo))
            if plain.keeps(slo):
                break
    return better(found, slo)


def _ready(work: Work, arrivals: Arrivals, plain: Tried, prices: Prices, slo: Slo) -> Iterator[int]:
    """How many environments may be worth keeping ready: for the bill, and for the SLO.

    One is cheaper than one on demand where it is at work for a larger share of the time than
    its price is of what it saves: the newsvendor's rule.
    """
    there = scenario(work, plain.candidate)
    run_s = there.run_s * there.slowness
    levels = arrivals.pattern.levels(run_s)
    kind = f"gb_second_{plain.candidate.architecture}"
    saved = prices[f"lambda.{kind}"] - prices[f"lambda.provisioned_run_{kind}"]
    cheaper = levels.reached(prices[f"lambda.provisioned_{kind}"] / saved) if saved > 0 else 0
    if cheaper:
        yield cheaper
    warm, cold = plain.over_if(slo, cold=False), plain.over_if(slo, cold=True)
    if not plain.keeps(slo):
        # Where runs alone are too slow already, at least no more are: it is as quick as can be.
        allowed = (slo.late * 0.8 - warm) / (cold - warm) if warm < slo.late * 0.8 < cold else 0.0
        needed = levels.ready_for(max(allowed, slo.late * 0.05) * arrivals.rate)
        if needed > cheaper:
            yield needed


def best_queue(
    work: Work, arrivals: Arrivals, slo: Slo, prices: Prices, so_far: float
) -> Tried | None:
    """Windows and sizes in the order of the least that they could cost."""
    found: list[Tried] = []
    plays = 0
    for least, candidate in sorted(_queues(work, arrivals, slo, prices), key=lambda pair: pair[0]):
        if least >= so_far or plays >= _PLAYED:
            break
        tried = _smallest(work, arrivals, candidate, prices, slo)
        if tried is None or tried.month >= so_far:
            continue
        if not tried.is_sure:
            tried = _played(work, arrivals, tried.candidate, prices, slo)
            plays += 1
        found.append(tried)
        if tried.keeps(slo):
            so_far = min(so_far, tried.month)
    return better(found, slo)


def _queues(
    work: Work, arrivals: Arrivals, slo: Slo, prices: Prices
) -> Iterator[tuple[float, Candidate]]:
    """Each window and size with the least that it could cost, US dollars a month."""
    for architecture in architectures(work):
        memory = memories_mb(work)[0]
        for window in arrivals.pattern.windows():
            if window + work.run_s / 8 > slo.limit_s:
                break
            for most in _sizes(work, window):
                one = Candidate(QUEUE, memory, architecture, most, window)
                yield _least(work, arrivals, one, prices), one


def _sizes(work: Work, window: int) -> Sequence[int]:
    if not window:
        return (min(_UNWINDOWED, work.most_batch),)
    return [size for size in SIZES[1:] if size <= work.most_batch] or (1,)


def _least(work: Work, arrivals: Arrivals, candidate: Candidate, prices: Prices) -> float:
    there = scenario(work, candidate)
    batches = arrivals.pattern.least_batches(candidate.window_s, candidate.batch)
    each = (there.run_s - there.shared_s) * arrivals.rate
    run_s = (there.shared_s * batches + each) * there.slowness
    outcome = month_of(arrivals.rate, batches=batches, run_s=run_s)
    return total(bill_of(work, candidate, outcome, prices))


def _smallest(
    work: Work, arrivals: Arrivals, candidate: Candidate, prices: Prices, slo: Slo
) -> Tried | None:
    """The least memory with which it is in time, by halving; None where none is."""
    memories = memories_mb(work)
    low, high = 0, len(memories)
    best = None
    while low < high:
        middle = (low + high) // 2
        one = replace(candidate, memory_mb=memories[middle])
        tried = try_out(work, arrivals, one, prices, slo)
        if tried.keeps(slo):
            best, high = tried, middle
        else:
            low = middle + 1
    return best


def best_endpoint(
    work: Work, arrivals: Arrivals, slo: Slo, prices: Prices, so_far: float
) -> Tried | None:
    """Instances that sleep at zero, where somebody measured how fast they are."""
    found: list[Tried] = []
    for least, candidate in sorted(_endpoints(work, arrivals, prices), key=lambda pair: pair[0]):
        if least >= so_far or len(found) >= _PLAYED:
            break
        tried = _played(work, arrivals, candidate, prices, slo)
        found.append(tried)
        if tried.keeps(slo):
            so_far = min(so_far, tried.month)
    return better(found, slo)


def _endpoints(work: Work, arrivals: Arrivals, prices: Prices) -> Iterator[tuple[float, Candidate]]:
    if not work.gpu_speed:
        return
    batch = min(work.most_batch, 8)
    run_s = work.run_of(batch, work.gpu_speed) / batch * arrivals.rate
    for instances in _INSTANCES:
        if instances >= run_s:
            one = Candidate(ENDPOINT, batch=batch, instances=instances)
            outcome = month_of(arrivals.rate, instance_s=run_s, busy_s=run_s)
            yield total(bill_of(work, one, outcome, prices)), one


def _played(
    work: Work, arrivals: Arrivals, candidate: Candidate, prices: Prices, slo: Slo
) -> Tried:
    said = played(work, arrivals, candidate, prices, slo.limit_s)
    return Tried(candidate, said.month, said.over, said)


SEARCHES: Mapping[str, Search] = {
    FUNCTION: best_function,
    QUEUE: best_queue,
    ENDPOINT: best_endpoint,
}
"""Lane → how its best candidate is found."""
