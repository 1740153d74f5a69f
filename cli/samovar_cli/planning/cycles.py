"""An endpoint that sleeps at zero, as cycles of sleep, waking and work. Pure.

For requests that know nothing of each other, and as few that one instance has time for all: it
is asked for at the end of the second minute in which calls wait, takes calls `wake_s` later, and
is given back in the first minute without any, a quarter of an hour later or more.
"""

from dataclasses import dataclass
from math import exp

import numpy as np

from samovar_cli.planning.latency import Floats, Latency
from samovar_cli.planning.usage import Month, month_of
from samovar_cli.simulate.fleet import TICK_S
from samovar_cli.simulate.scenario import Scenario

OVERHEAD_S = 0.5  # queue, dispatch and notice, as the simulator takes it
_UNDER_S = 14 * TICK_S  # from the first look at an instance to giving it back, at least
_SLACK = 0.9
_BUSY = 0.25  # of an instance's time, up to which calls hardly wait for each other
_DRAINED_S = 30.0  # in which what waited has to be done
_BETWEEN = (0.03, 0.13)
_SLICES = 8


@dataclass(frozen=True, slots=True)
class Cycle:
    """From one falling asleep to the next. Times in seconds, on average."""

    rate: float
    asked_s: float  # from the first call to asking for an instance
    run_s: float  # of a call alone
    each_s: float  # of a call in a full run
    wake_s: float
    awake_s: float  # from the first call taken to falling asleep

    @property
    def late(self) -> float:
        """Calls that come before the instance is awake."""
        return 1 + self.rate * (self.asked_s + self.wake_s)

    @property
    def calls(self) -> float:
        """All of one cycle."""
        return self.late + self.rate * self.awake_s

    @property
    def seconds(self) -> float:
        """Its length: until the first call comes, and then."""
        return self.calls / self.rate

    @property
    def busy(self) -> float:
        """The share of an awake instance's time in which it runs."""
        return self.rate * self.run_s


def cycle(there: Scenario, rate: float) -> Cycle:
    """The cycle of an endpoint under `rate` requests a second."""
    speed, size = there.instance_speed, there.gpu_batch
    run_s = there.run_s / speed
    each_s = (there.shared_s / size + there.run_s - there.shared_s) / speed
    nothing = exp(-rate * (TICK_S + run_s))  # the chance of a minute without calls
    waiting = 1 + rate * (there.wake_s + TICK_S / 2)  # in the minute before it takes calls
    first = TICK_S if waiting >= _SLACK * size else 0.0  # too many to be counted as idle
    awake_s = first + _UNDER_S + TICK_S * (1 - nothing) / max(nothing, 1e-300)
    return Cycle(rate, float(_asked_s(rate).mean()), run_s, each_s, there.wake_s, awake_s)


def _asked_s(rate: float) -> Floats:
    """Times from the first call to asking for an instance, of equal chance; float64 (n,).

    The rest of the minute in which it came, and one more. It came the earlier in its minute the
    more there are.
    """
    slices = (np.arange(_SLICES) + 0.5) / _SLICES
    came = -np.log1p(slices * np.expm1(-rate * TICK_S)) / rate
    return np.asarray(2 * TICK_S - came)


def is_light(one: Cycle) -> bool:
    """Whether one instance has time for all calls, and those that waited are soon done.

    And whether the 95th percentile is clearly of those that waited for it, or of the others.
    """
    late = one.late / one.calls
    early = one.busy < _BUSY and one.late * one.each_s < _DRAINED_S
    return early and not _BETWEEN[0] < late < _BETWEEN[1]


def cycle_month(one: Cycle) -> Month:
    """What is billed."""
    late = one.late / one.calls
    return month_of(
        one.rate,
        instance_s=(one.wake_s + one.awake_s) / one.seconds,
        busy_s=one.rate * (one.each_s * late + one.run_s * (1 - late)),
    )


def cycle_latency(one: Cycle, noise: float) -> Latency:
    """Calls that meet an awake instance, the one that wakes it, and those that wait with it."""
    slices = (np.arange(_SLICES) + 0.5) / _SLICES
    asked = _asked_s(one.rate) + one.wake_s  # from the first call to the first run
    among = 1 / one.calls
    waited, part = np.meshgrid(asked, slices)
    before = 1 + one.rate * waited * (1 - part)  # calls that came before one that waits
    others = (waited * part + before * one.each_s).ravel()
    rest = one.rate * one.awake_s * among
    fixed = [np.zeros(1), one.run_s * slices, asked, others]
    weight = [
        np.array([rest * (1 - one.busy)]),
        np.full(_SLICES, rest * one.busy / _SLICES),
        np.full(_SLICES, among / _SLICES),
        (one.rate * waited.ravel() * among) / _SLICES**2,
    ]
    return _mixed(fixed, weight, one.run_s, noise)


def _mixed(fixed: list[Floats], weight: list[Floats], run_s: float, noise: float) -> Latency:
    fixed_s, share = np.concatenate(fixed) + OVERHEAD_S, np.concatenate(weight)
    return Latency(fixed_s, np.full(len(fixed_s), run_s), share / share.sum(), noise)
