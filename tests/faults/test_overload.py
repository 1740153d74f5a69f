"""Three times more than the endpoint can do: it does nearly all that it can, and nothing late."""

import pytest
from samovar.jobs import State

from tests.faults.overload import Load, Overload

GOODPUT = 0.95


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("ttl_s", "drain_s"), [(60, 60), (600, 300), (120, 1_800), (0, 120)])
def test_overload_costs_little_of_the_capacity_and_runs_nothing_late(
    seed: int, ttl_s: int, drain_s: int
) -> None:
    load = Load(lasts_s=300, ttl_s=ttl_s, drain_s=drain_s, seed=seed)
    seen = Overload(load).live()
    capacity = load.slots * load.lasts_s * 1000 / load.run_ms
    running = load.slots + 2  # not over yet when the clock was stopped
    assert seen.ends[State.SUCCEEDED] + running >= GOODPUT * capacity
    assert seen.run_late == 0
    assert not seen.ends[State.FAILED]
    assert sum(seen.ends.values()) == seen.submitted


def test_what_an_endpoint_can_do_is_all_done() -> None:
    load = Load(times_capacity=0.8, lasts_s=300)
    seen = Overload(load).live()
    assert seen.refused == 0
    assert set(seen.ends) <= {State.SUCCEEDED, State.RUNNING, State.QUEUED}
    assert seen.submitted - seen.ends[State.SUCCEEDED] <= 12
