"""Which lane a job of an `auto` model runs on, by what is offered and what it costs. Pure.

Work is counted in light seconds: what a job takes a worker of one vCPU. An instance of the
endpoint costs as much as `worth` of them a second, whatever it does; waking it wastes
`waste_s` of it. So a model has a balance: it rises by what its jobs would save on the
endpoint, falls by what the instances would cost meanwhile, and lies between 0 and one such
waste. At the top the model moves to the endpoint, at the bottom back to the light lane. Loads
on either side of the crossover end up where they are cheaper, a load that is on it stays where
it is, and no order of bursts makes this rule pay more than three times what one would that
knew them all (Borodin, Linial, Saks: An optimal on-line algorithm for metrical task systems,
1992; for two states, with this balance as the difference of their work functions).
"""

import zlib
from collections.abc import Iterable
from enum import StrEnum
from math import ceil, exp

from samovar.frozen import replace
from samovar.lanes import HEAVY, LIGHT
from samovar.profile import Profile
from samovar.values import dataclass

_FULL = 0.8  # of an instance, that it is planned to be busy


class Reason(StrEnum):
    """Why a job of an `auto` model is on its lane."""

    SIZE = "size"  # heavy: its input is large, or of unknown size
    TIME = "time"  # heavy: it will run for longer than anybody waits
    LOAD = "load"  # heavy: at this load instances are cheaper
    AGE = "age"  # heavy: jobs have waited long on the light lane
    WAKES = "wakes"  # heavy: the one call that is to wake the endpoint
    WAITS = "waits"  # heavy: the endpoint wakes, and this much is too dear for the light lane
    WAKING = "waking"  # light, until the endpoint is awake
    FULL = "full"  # light: the instances have no room for more
    COST = "cost"  # light: at this load it is cheaper
    UNMEASURED = "unmeasured"  # light: the model has no profile
    PARTS = "parts"  # light: a file of rows; each part of it has a lane of its own


@dataclass(frozen=True, slots=True)
class RouteLimits:
    """What an endpoint is worth here, and what it can do. `plan --apply` sets them."""

    worth: float = 7.1  # light seconds that cost what a second of an instance does
    call: float = 0.35  # light seconds that a job costs more on the endpoint, idle or not
    speed: float = 10.0  # light seconds that an instance works off in a second
    instances: int = 1  # at most
    waste_s: float = 1200.0  # of an instance, paid for nothing each time it wakes
    decay_s: float = 300.0  # over which the load is averaged
    awake_s: float = 600.0  # an endpoint that has answered is there for so long
    wake_s: float = 600.0  # it may take to wake, before it is called again
    haste: float = 1.0  # meanwhile spent on light runs, in prices of the instances to come
    age_s: float = 60.0  # that jobs may wait on the light lane where there is another
    most_age_s: float = 900.0  # … and where it has to be woken, though it is dearer


@dataclass(frozen=True, slots=True)
class Load:
    """What is known of a model's jobs, or of the endpoint: one small item. Times are ms."""

    name: str  # of the model
    at_ms: int = 0  # of the sums
    work_s: float = 0.0  # light seconds offered, each fading with its age
    jobs: float = 0.0  # the same of their number
    balance_s: float = 0.0  # light seconds that the endpoint would have saved
    heavy: bool = False  # whether the model has moved to the endpoint
    woken_ms: int = 0  # when a call was last sent to wake it …
    asleep_ms: int = 0  # … and when the first was, since it last answered
    age_s: float = 0.0  # that a job had waited on the light lane …
    aged_ms: int = 0  # … when somebody saw it
    answered_ms: int = 0  # of the endpoint: when it was last known to answer
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of a job before it has a lane."""

    job_id: str
    size: int | None = None  # of its input in bytes; None: nobody knows
    ms: float = 0.0  # that a request of it runs on the light lane; 0: as the profile says
    rows: int = 1  # requests that it stands for; 0: a file of rows, whose parts are asked for


@dataclass(frozen=True, slots=True)
class Route:
    """A lane and why."""

    lane: str
    reason: Reason | str = ""


_LIMITS = RouteLimits()


def limits_of(said: Iterable[tuple[str, float]]) -> RouteLimits:
    """The usual limits, but for those that are said by name."""
    return replace(_LIMITS, **dict(said))


def light_s(profile: Profile, ms: float, load: Load, limits: RouteLimits = _LIMITS) -> float:
    """Light seconds of a job that takes `ms` by itself.

    A worker gathers jobs for a second, 32 at most, which share a part of their run.
    """
    together = min(max(1.0, load.jobs / limits.decay_s), 32.0)
    return (ms - profile.shared_ms * (1 - 1 / together)) / 1000


def grown(load: Load, work_s: float, jobs: int, now_ms: int, limits: RouteLimits = _LIMITS) -> Load:
    """The load after `jobs` more, with `work_s` light seconds in all; the next revision."""
    past_s = max(now_ms - load.at_ms, 0) / 1000 if load.at_ms else 0.0
    fade = exp(-past_s / limits.decay_s)
    faded = replace(
        load,
        at_ms=max(now_ms, load.at_ms),
        work_s=load.work_s * fade + work_s,
        jobs=load.jobs * fade + jobs,
        revision=load.revision + 1,
    )
    cost_s = needed(faded, limits) * limits.worth
    saved_s = (work_s - jobs * limits.call) * share(faded, limits) - cost_s * past_s
    most_s = cost_s * limits.waste_s
    balance_s = min(max(load.balance_s + saved_s, 0.0), most_s)
    heavy = balance_s >= most_s or (load.heavy and balance_s > 0)
    return replace(faded, balance_s=balance_s, heavy=heavy)


def offered(load: Load, limits: RouteLimits = _LIMITS) -> float:
    """Light seconds of work a second, on average."""
    return load.work_s / limits.decay_s


def needed(load: Load, limits: RouteLimits = _LIMITS) -> int:
    """Instances that the load needs, of those that there may be: one at least."""
    return min(max(1, ceil(offered(load, limits) / (limits.speed * _FULL))), limits.instances)


def share(load: Load, limits: RouteLimits = _LIMITS) -> float:
    """The share of the load that all instances together hold, (0, 1]."""
    room = limits.instances * limits.speed * _FULL
    return min(1.0, room / max(offered(load, limits), 1e-9))


def is_awake(endpoint: Load, now_ms: int, limits: RouteLimits = _LIMITS) -> bool:
    """Whether the endpoint has answered a short while ago."""
    return now_ms - endpoint.answered_ms <= limits.awake_s * 1000


def is_woken(load: Load, now_ms: int, limits: RouteLimits = _LIMITS) -> bool:
    """Whether a call was sent to wake the endpoint a short while ago."""
    return now_ms - load.woken_ms <= limits.wake_s * 1000


def woken(load: Load, endpoint: Load, now_ms: int) -> Load:
    """The load after a call was sent to wake the endpoint; the next revision."""
    first = load.asleep_ms <= endpoint.answered_ms
    asleep_ms = now_ms if first else load.asleep_ms
    return replace(load, woken_ms=now_ms, asleep_ms=asleep_ms, revision=load.revision + 1)


def wanted(load: Load, now_ms: int, *, awake: bool, limits: RouteLimits = _LIMITS) -> Reason | None:
    """Why the endpoint is wanted for the model's jobs; None where the light lane is cheaper."""
    if load.heavy:
        return Reason.LOAD
    # An endpoint that is woken for this is paid for a while in any case.
    age_s = load.age_s if now_ms - load.aged_ms <= limits.waste_s * 1000 else 0.0
    close = awake or load.balance_s > 0
    return Reason.AGE if age_s > (limits.age_s if close else limits.most_age_s) else None


def route(
    load: Load, job_id: str, now_ms: int, *, awake: bool, limits: RouteLimits = _LIMITS
) -> Route:
    """The lane of a job that size and time leave to either, and why.

    Where a lane is for some of the jobs only, their ids decide which: the same each time.
    """
    why = wanted(load, now_ms, awake=awake, limits=limits)
    if why is None:
        return Route(LIGHT, Reason.COST)
    part = share(load, limits) if awake else waiting(load, now_ms, limits)
    if zlib.crc32(job_id.encode()) < part * 2**32:
        return Route(HEAVY, why if awake else Reason.WAITS)
    return Route(LIGHT, Reason.FULL if awake else Reason.WAKING)


def waiting(load: Load, now_ms: int, limits: RouteLimits = _LIMITS) -> float:
    """The share of jobs that wait for an endpoint that wakes, [0, 1): what the light lane would
    cost more than the instances that are to come. None wait for one that should be awake.
    """
    if now_ms - load.asleep_ms > limits.wake_s * 1000:
        return 0.0
    spent = limits.haste * needed(load, limits) * limits.worth
    return share(load, limits) * (1 - min(1.0, spent / max(offered(load, limits), 1e-9)))
