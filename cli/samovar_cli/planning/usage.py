"""A month of a lane, as far as it is billed; expected, not played. Pure."""

from dataclasses import dataclass

from samovar_cli.simulate.bill import MONTH_S


@dataclass(frozen=True, slots=True)
class Month:
    """What `samovar_cli.simulate.outcome.Usage` asks for, of an average month."""

    requests: float
    batches: float = 0.0  # invocations, or runs of an endpoint
    run_s: float = 0.0
    init_s: float = 0.0
    ready_run_s: float = 0.0
    ready_s: float = 0.0
    receives: float = 0.0
    instance_s: float = 0.0
    busy_s: float = 0.0
    cold_starts: float = 0.0
    seconds: float = MONTH_S


def month_of(rate: float, **a_second: float) -> Month:
    """The month of `rate` requests a second; the others are given by the second too."""
    return Month(rate * MONTH_S, **{name: each * MONTH_S for name, each in a_second.items()})
