"""The synchronous door: a request is an invocation, and an environment answers one at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from samovar_cli.simulate.environments import (
    COLD,
    READY,
    THROTTLED,
    WARM,
    Environments,
    Scaling,
)
from samovar_cli.simulate.outcome import Outcome, billed_s

_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Function:
    """A function behind an HTTP API. Times in seconds."""

    init_s: float  # of a cold start, before its first request is read
    overhead_s: float = 0.0  # of gateway and network, not billed
    timeout_s: float = 29.0
    scaling: Scaling = field(default_factory=Scaling)


def serve(
    function: Function, arrivals: NDArray[np.float64], run_s: NDArray[np.float64], seconds: float
) -> Outcome:
    """The requests of a trace, each of which runs for `run_s` where it is let in.

    `arrivals` ascend; both float64 (n,). A throttled request is turned away, as callers of
    the synchronous door are; one over the timeout is cut off there.
    """
    held = np.minimum(run_s, function.timeout_s)
    found = _let_in(function, arrivals, held)
    cold, refused, late = found == COLD, found == THROTTLED, run_s > function.timeout_s
    latency = held + function.overhead_s + function.init_s * cold
    latency[refused | late] = np.nan
    served = int(len(found) - np.count_nonzero(refused))
    ready = found == READY
    return Outcome(
        latency,
        seconds,
        batches=served,
        cold_starts=int(np.count_nonzero(cold)),
        throttled=int(np.count_nonzero(refused)),
        timed_out=int(np.count_nonzero(late & ~refused)),
        run_s=billed_s(held[~(refused | ready)]),
        ready_run_s=billed_s(held[ready]),
        ready_s=function.scaling.ready * seconds,
        init_s=billed_s(np.full(int(np.count_nonzero(cold)), function.init_s)),
        events=len(found) + served,  # an arrival each, and an end of those let in
    )


def _let_in(
    function: Function, arrivals: NDArray[np.float64], held: NDArray[np.float64]
) -> NDArray[np.int8]:
    """What becomes of each request, those aside that are too many in their second."""
    scaling = function.scaling
    found = np.full(len(arrivals), THROTTLED, np.int8)
    in_time = within_rate(arrivals, scaling.most * scaling.calls_a_second)
    found[in_time] = np.concatenate(
        [np.empty(0, np.int8), *_kinds(function, arrivals[in_time], held[in_time])]
    )
    return found


def within_rate(arrivals: NDArray[np.float64], a_second: float) -> NDArray[np.bool_]:
    """Which requests are not too many in their second, bool (n,); Lambda's quota of requests."""
    second = np.floor(arrivals)
    _, first, counts = np.unique(second, return_index=True, return_counts=True)
    if not len(counts) or counts.max() <= a_second:
        return np.ones(len(arrivals), bool)
    return np.asarray(np.arange(len(arrivals)) - np.repeat(first, counts) < a_second)


def _kinds(
    function: Function, arrivals: NDArray[np.float64], held: NDArray[np.float64]
) -> Iterator[NDArray[np.int8]]:
    """WARM, COLD, THROTTLED or READY for each request, in pieces that fit the cache."""
    environments = Environments(function.scaling)
    for start in range(0, len(arrivals), _CHUNK):
        part = slice(start, start + _CHUNK)
        yield _piece(environments, function.init_s, arrivals[part], held[part])


def _piece(
    environments: Environments,
    init_s: float,
    arrivals: NDArray[np.float64],
    held: NDArray[np.float64],
) -> NDArray[np.int8]:
    take, hold, hold_ready = environments.take, environments.hold, environments.hold_ready
    kinds = bytearray(len(arrivals))
    for number, (now, ends) in enumerate(
        zip(arrivals.tolist(), (arrivals + held).tolist(), strict=True)
    ):
        kind = take(now)
        if kind == WARM:
            hold(ends)
        else:
            kinds[number] = kind
            if kind == COLD:
                hold(ends + init_s)
            elif kind == READY:
                hold_ready(ends)
    return np.frombuffer(kinds, np.int8)
