"""The router over both lanes in virtual time: it is the product's, and it pays."""

from dataclasses import replace

import numpy as np
import pytest
from samovar.adapters.memory import MemoryClock
from samovar.adapters.memory_jobs import MemoryBlobs, MemoryJobQueue, MemoryJobTable
from samovar.adapters.memory_loads import MemoryLoadTable
from samovar.ports import JobPorts
from samovar.profile import Profile
from samovar.router import Router
from samovar.routing import Asked, RouteLimits
from samovar.routing import limits_of as limits_of_words
from samovar.types import ModelSpec
from samovar.variables import route as route_words
from samovar_cli.simulate.arrivals import mmpp, poisson
from samovar_cli.simulate.bill import total
from samovar_cli.simulate.calls import Calls, noise
from samovar_cli.simulate.endpoint import answer
from samovar_cli.simulate.outcome import Outcome
from samovar_cli.simulate.prices import read_prices
from samovar_cli.simulate.routed import Routed, auto_bill, by_auto, limits_of, said
from samovar_cli.simulate.routing import Backlog, Routing
from samovar_cli.simulate.scenario import Scenario, endpoint_of, play
from samovar_cli.simulate.waking import Waking

PRICES = read_prices()
HOUR = 3600.0
LARGE = Scenario(20.0, gpu_speed=40.0, instances=2, batch=2)


def calls(rate: float, hours: float, scenario: Scenario = LARGE, seed: int = 0) -> Calls:
    rng = np.random.default_rng(seed)
    arrivals = poisson(rate, hours * HOUR, rng)
    return Calls(arrivals, noise(scenario.noise, len(arrivals), rng), hours * HOUR)


def routed(scenario: Scenario, load: Calls) -> Routed:
    found = by_auto(scenario, load)
    assert isinstance(found, Routed)
    return found


@pytest.mark.parametrize(
    ("rate", "heavy"), [(0.02, 0.0), (0.2, 0.0), (1.2, 0.9)], ids=["idle", "quiet", "busy"]
)
def test_the_cheaper_lane_is_found_within_a_tenth_of_its_price(rate: float, heavy: float) -> None:
    load = calls(rate, 4)
    lanes = {name: play(name, LARGE, load, PRICES) for name in ("queue", "endpoint", "auto")}
    auto = lanes["auto"].outcome
    assert isinstance(auto, Routed)
    assert auto.heavy.requests >= heavy * len(load)
    assert bool(auto.heavy.requests) is bool(heavy)
    best = min(total(lanes[name].bill) for name in ("queue", "endpoint"))
    assert total(lanes["auto"].bill) <= 1.10 * best


def test_a_model_that_never_pays_on_a_gpu_never_goes_there() -> None:
    small = replace(LARGE, run_s=0.012)
    assert routed(small, calls(50, 0.5, small)).heavy.requests == 0


def test_every_job_is_on_one_lane_and_answered() -> None:
    load = calls(1.2, 2)
    found = routed(LARGE, load)
    assert found.light.requests + found.heavy.requests == found.requests == len(load)
    assert not np.isnan(found.latency_s).any()
    assert (found.latency_s > 0).all()


def test_a_queue_that_cannot_keep_up_is_helped_by_an_endpoint_that_is_dearer() -> None:
    dear = replace(LARGE, gpu_speed=8.0, instances=3, most=10)
    load = calls(0.75, 2, dear)  # 15 vCPUs of work a second, and workers for 10
    alone, found = play("queue", dear, load, PRICES).outcome, routed(dear, load)
    assert alone.percentile_s(95) > 2000
    assert found.percentile_s(95) < 1000


def test_more_than_the_instances_hold_stays_on_the_light_lane() -> None:
    one = replace(LARGE, instances=1)
    load = calls(4, 1, one)  # an instance holds 2
    found = routed(one, load)
    assert 0.2 < found.heavy.requests / len(load) < 0.5
    assert (
        found.percentile_s(50) < 60 < play("endpoint", one, load, PRICES).outcome.percentile_s(50)
    )


@pytest.mark.parametrize("seed", range(3))
def test_an_endpoint_told_of_calls_as_they_come_answers_as_one_that_knows_them_all(
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    arrivals = mmpp((0.002, 3.0), 900.0, 4 * HOUR, rng)
    factors, more_s = rng.gamma(25, 1 / 25, (2, len(arrivals)))
    there = endpoint_of(replace(LARGE, instances=3, run_s=40.0, gpu_batch=4))
    ends = arrivals + answer(there, arrivals, factors, 4 * HOUR, more_s).latency_s
    ends -= there.overhead_s
    waking, fed = Waking(there), 0
    for now in np.arange(10.0, 5 * HOUR, 10.0):
        last = int(np.searchsorted(arrivals, now, "right"))
        waking.come(*(each[fed:last].tolist() for each in (arrivals, factors, more_s)))
        fed = last
        waking.until(float(now))
        done = ends[ends <= now]
        assert waking.answered_s(float(now)) == (
            pytest.approx(done.max()) if len(done) else -np.inf
        )


def test_the_simulated_router_decides_as_the_real_one_does() -> None:
    """One process, from light to waking: until the endpoint answers, which only one can."""
    load = calls(1.2, 0.25)
    limits = limits_of(LARGE, PRICES)
    simulated = Routing(LARGE, endpoint_of(LARGE), load, limits)
    heavy = simulated.play()
    clock, loads = MemoryClock(10**15), MemoryLoadTable()
    queue = MemoryJobQueue(clock)
    ports = JobPorts(MemoryJobTable(), queue, MemoryBlobs(), queue, loads=loads)
    router = Router(ports, clock, limits)
    spec = ModelSpec("auto", lane="auto", profile=Profile(20_000.0))
    past, reasons = 0.0, []
    for number, now in enumerate(load.at_s.tolist()):
        clock.move(round((now - past) * 1e9))
        past = now
        reasons.append(router.route(spec, Asked(f"{number}", 10)).reason)
    first = reasons.index("wakes")
    assert abs(first - int(np.flatnonzero(heavy)[0])) <= 16
    assert loads.get("auto").balance_s == pytest.approx(simulated.item.balance_s, rel=0.05)
    assert loads.writes == pytest.approx(simulated.writes, rel=0.1)
    waits = reasons[first : first + 300].count("waits") / 300
    assert np.count_nonzero(heavy[first : first + 300]) / 300 == pytest.approx(waits, abs=0.1)


def test_work_before_too_few_workers_waits_until_there_are_more() -> None:
    backlog = Backlog(10, more_a_second=1.0)
    assert backlog.fill(1.0, 5.0) == 0
    ages = [backlog.fill(float(now), 20.0) for now in range(2, 20)]
    assert ages == sorted(ages)
    assert ages[-1] == pytest.approx(18.3, abs=3)
    assert backlog.fill(10_000.0, 0.0) == 0


def test_the_bill_has_both_lanes_and_the_router_and_takes_a_job_once() -> None:
    load = calls(1.2, 2)
    auto = play("auto", LARGE, load, PRICES)
    assert {"Lambda, running", "instances, running", "SNS notices", "routing"} <= set(auto.bill)
    light = play("queue", LARGE, load, PRICES)
    assert auto.bill["API Gateway"] == pytest.approx(light.bill["API Gateway"])
    assert auto.bill["Lambda, taking jobs"] == pytest.approx(light.bill["Lambda, taking jobs"])
    assert 0 < auto.bill["routing"] < 0.02 * total(auto.bill)
    with pytest.raises(TypeError, match="auto"):
        auto_bill(LARGE.load, Outcome(np.zeros(3), 1.0), PRICES)


def test_what_a_router_is_set_to_is_what_things_cost() -> None:
    limits = limits_of(LARGE, PRICES)
    usual = RouteLimits()
    assert limits.worth == pytest.approx(usual.worth, rel=0.02), "of an ml.g4dn.xlarge"
    assert limits.call == pytest.approx(usual.call, rel=0.1)
    double = replace(LARGE.load, memory_mb=2 * 1769)  # twice the price, and no faster
    assert limits_of(replace(LARGE, load=double), PRICES).worth == pytest.approx(limits.worth / 2)
    assert (limits.speed, limits.instances) == (40.0, 2)


def test_what_a_router_is_set_to_is_said_as_a_parameter_that_settings_read() -> None:
    limits = limits_of(replace(LARGE, wake_s=400.0), PRICES)
    read = limits_of_words(route_words(said(limits)))
    assert read.speed == limits.speed
    assert (read.waste_s, read.wake_s) == (limits.waste_s, limits.wake_s) == (1300.0, 800.0)
    assert read.worth == pytest.approx(limits.worth, rel=1e-3)
    assert read.instances == 1, "that is a parameter of its own"
    assert not said(RouteLimits())
