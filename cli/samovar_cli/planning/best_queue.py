"""The best workers of a queue for a load: window, batch and memory."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import attrgetter, itemgetter

from samovar_cli.planning.arrivals import Arrivals
from samovar_cli.planning.judging import Slo, Tried, play_out, try_out
from samovar_cli.planning.predicting import bill_of
from samovar_cli.planning.recorded import SIZES
from samovar_cli.planning.sizes import WORTH, architectures, memories_mb, ready_price
from samovar_cli.planning.usage import month_of
from samovar_cli.planning.work import QUEUE, Candidate, Work, scenario
from samovar_cli.simulate.bill import total
from samovar_cli.simulate.prices import Prices
from samovar_cli.simulate.scenario import Scenario

_UNWINDOWED = 10  # messages that a worker takes at once where it does not wait for more
_ROOM = 10  # environments, at least
_READY = 0.83  # of a price, what is paid at least where workers are always ready and busy
_NEAR = 1.06  # times the cheapest that may prove too late, others are looked at
_PLAYED = 8  # candidates that are simulated, at most
_SCREENED = 40_000  # requests of a trace that one is tried on


def best_queue(
    work: Work, arrivals: Arrivals, slo: Slo, prices: Prices, so_far: float
) -> Tried | None:
    """Windows and sizes in the order of the least that they could cost."""
    if _least_of_all(work, arrivals, slo, prices) >= so_far:
        return None
    found = sorted(_in_time(work, arrivals, slo, prices, so_far), key=attrgetter("month"))
    best = _first_that_plays(work, arrivals, slo, prices, found)
    return None if best is None else _kept_ready(work, arrivals, slo, prices, best)


def _in_time(
    work: Work, arrivals: Arrivals, slo: Slo, prices: Prices, so_far: float
) -> Iterator[Tried]:
    """Those that keep the SLO by analysis, until all others are dearer than what was found."""
    for least, candidate in sorted(_queues(work, arrivals, slo, prices), key=itemgetter(0)):
        if least >= so_far:
            return
        tried = _smallest(work, arrivals, candidate, prices, slo)
        if tried is not None and tried.month < so_far:
            yield replace(tried, candidate=_with_room(work, arrivals, tried.candidate))
            so_far = min(so_far, tried.month * (1.0 if tried.is_sure else _NEAR))


def _first_that_plays(
    work: Work, arrivals: Arrivals, slo: Slo, prices: Prices, found: Sequence[Tried]
) -> Tried | None:
    """The cheapest, if analysis holds for it or playing confirms it; else the next one."""
    for tried in found[:_PLAYED]:
        if tried.is_sure:
            return tried
        part = play_out(work, arrivals, tried.candidate, prices, slo, _SCREENED)
        if part.keeps(slo):
            seen = play_out(work, arrivals, tried.candidate, prices, slo)
            if seen.keeps(slo):
                return seen
    sure = next((tried for tried in found[_PLAYED:] if tried.is_sure), None)
    return sure or _roomier(work, arrivals, slo, prices, found[:1])


def _roomier(
    work: Work, arrivals: Arrivals, slo: Slo, prices: Prices, found: Sequence[Tried]
) -> Tried | None:
    """The same in full batches and more memory: where pollers are too few, fewer will do."""
    for tried in found:
        size = min(work.most_batch, SIZES[-1])
        for memory in memories_mb(work):
            if memory > tried.candidate.memory_mb:
                one = replace(tried.candidate, memory_mb=memory, batch=size)
                seen = play_out(work, arrivals, one, prices, slo)
                if seen.keeps(slo):
                    return seen
    return None


def _kept_ready(work: Work, arrivals: Arrivals, slo: Slo, prices: Prices, best: Tried) -> Tried:
    """The same with workers that are always ready, where they are busy enough to cost less."""
    there = scenario(work, best.candidate)
    hold_s = _held_s(there, arrivals, best.candidate)
    busy = ready_price(best.candidate.architecture, prices)
    worth = min(arrivals.pattern.levels(hold_s).worth(busy), best.candidate.most)
    ready = replace(best.candidate, provisioned=worth)
    if not ready.provisioned:
        return best
    if try_out(work, arrivals, ready, prices, slo).month > best.month * WORTH:
        return best
    seen = play_out(work, arrivals, ready, prices, slo)
    return seen if seen.keeps(slo) and seen.month < best.month * WORTH else best


def _held_s(there: Scenario, arrivals: Arrivals, candidate: Candidate) -> float:
    """How long a request keeps a worker busy: its own part of its batch's run, seconds."""
    batches = arrivals.pattern.gather(candidate.window_s, candidate.batch).batches_a_second
    each = there.shared_s * batches / arrivals.rate + there.run_s - there.shared_s
    return each * there.slowness


def _with_room(work: Work, arrivals: Arrivals, candidate: Candidate) -> Candidate:
    """The same with environments for the busiest moments, twice as many as are likely then."""
    levels = arrivals.pattern.levels(_held_s(scenario(work, candidate), arrivals, candidate))
    return replace(candidate, most=min(max(2 * levels.reached(1e-4), _ROOM), 1000))


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


def _least_of_all(work: Work, arrivals: Arrivals, slo: Slo, prices: Prices) -> float:
    """What no workers cost less than: those with the longest window and the largest runs."""
    windows = [window for window in arrivals.pattern.windows() if window <= slo.limit_s]
    most, memory = min(work.most_batch, SIZES[-1]), memories_mb(work)[0]
    return _READY * min(
        _least(work, arrivals, Candidate(QUEUE, memory, name, most, windows[-1]), prices)
        for name in architectures(work)
    )


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
    low, high = 0, len(memories) - 1
    best = try_out(work, arrivals, replace(candidate, memory_mb=memories[-1]), prices, slo)
    if not best.keeps(slo):
        return None
    while low < high:
        middle = (low + high) // 2
        one = replace(candidate, memory_mb=memories[middle])
        tried = try_out(work, arrivals, one, prices, slo)
        if tried.keeps(slo):
            best, high = tried, middle
        else:
            low = middle + 1
    return best
