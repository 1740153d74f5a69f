"""Nothing that the simulator plays in time costs less than the bound."""

from dataclasses import replace

import numpy as np
import pytest
from samovar_cli.planning.work import Candidate, Work, scenario
from samovar_cli.simulate.arrivals import mmpp, poisson
from samovar_cli.simulate.prices import read_prices

from benchmarks.planning.alone import least, singles
from benchmarks.planning.bound import lower_bound
from benchmarks.planning.loads import Trace
from benchmarks.planning.playing import played
from benchmarks.planning.services import LATE, Service

PRICES = read_prices()
SERVICE = Service("document", 8.0, Work(1.2, 1.0, noise=0.0, init_s=0.8, memory_mb=1000))


def loads() -> dict[str, Trace]:
    rng = np.random.default_rng(3)
    return {
        "steady": Trace(poisson(8, 120, rng), 120),
        "bursts": Trace(mmpp((0.5, 20), 10, 120, rng), 120),
        "quiet": Trace(poisson(0.1, 1800, rng), 1800),
    }


@pytest.mark.parametrize("load", loads())
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_no_play_in_time_costs_less_than_the_bound(load: str, noise: float) -> None:
    service, trace = SERVICE.noisy(noise), loads()[load]
    bound, in_time = lower_bound(service, trace, PRICES), 0
    rng = np.random.default_rng(5)
    for number in range(40):
        candidate = Candidate(
            "queue" if number % 4 else "function",
            int(rng.choice([1024, 1536, 1769, 3538])),
            batch=int(rng.integers(2, 33)),
            window_s=int(rng.integers(1, 7)),
            provisioned=int(rng.choice([0, 1, 2, 4])),
        )
        there = replace(scenario(service.work, candidate), init_s=0.0)
        found = played(candidate.lane, "", there, service, trace, PRICES)
        if found.late <= LATE:
            in_time += 1
            door = bound.queue if candidate.lane == "queue" else bound.function
            assert found.cost >= door * (1 - 0.02 * bool(noise)), candidate
            assert found.cost >= bound.any_door * (1 - 0.02 * bool(noise)), candidate
    assert in_time > 5


def test_the_door_is_no_dearer_where_it_is_chosen_for_each_request() -> None:
    bound = lower_bound(SERVICE, loads()["bursts"], PRICES)
    assert bound.any_door <= bound.least


def test_a_door_that_is_always_too_slow_is_infinitely_dear() -> None:
    bound = lower_bound(replace(SERVICE, slo_s=0.2), loads()["quiet"], PRICES)
    assert bound.least == float("inf")


def test_one_request_at_a_time_pays_what_the_simulator_says() -> None:
    trace, there = loads()["quiet"], replace(SERVICE, slo_s=30.0)
    scene = replace(scenario(there.work, Candidate(memory_mb=1024)), init_s=0.0)
    cost = played("function", "", scene, there, trace, PRICES).cost
    assert least(list(singles(there, trace, PRICES))) * len(trace.times) == pytest.approx(
        cost, rel=1e-3
    )
