"""Provisioned concurrency, speed by memory, and what there is beside this project's lanes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.errors import CommandFailed
from samovar_cli.simulate.arrivals import poisson
from samovar_cli.simulate.bill import Load, total
from samovar_cli.simulate.calls import Calls, noise
from samovar_cli.simulate.environments import Scaling
from samovar_cli.simulate.function import Function, serve
from samovar_cli.simulate.prices import read_prices
from samovar_cli.simulate.queue import Batches, Queue, work
from samovar_cli.simulate.scenario import LANES, Scenario, play
from samovar_cli.simulate.speed import instance_vcpus, is_accelerated, times_faster

TIMES = st.lists(st.floats(0, 2000), min_size=1, max_size=60).map(sorted).map(np.array)
HOUR = 3600.0
PRICES = read_prices()
MEASURED = ((2.0, 1.8), (4.0, 2.8))


def calls(rate: float, scenario: Scenario, seconds: float = HOUR) -> Calls:
    rng = np.random.default_rng(0)
    times = poisson(rate, seconds, rng)
    return Calls(times, noise(scenario.noise, len(times), rng), seconds)


@given(TIMES, st.floats(0.001, 100), st.integers(1, 4), st.integers(0, 6))
def test_provisioned_environments_are_of_those_that_there_may_be(
    arrivals: np.ndarray, run_s: float, most: int, ready: int
) -> None:
    ones = np.ones(len(arrivals))
    function = Function(0.5, timeout_s=1e9, scaling=Scaling(most=most, ready=ready))
    found = serve(function, arrivals, ones * run_s, HOUR)
    ends = arrivals + found.latency_s
    for now in arrivals:
        assert np.count_nonzero((arrivals <= now) & (ends > now)) <= most
    assert found.ready_run_s + found.run_s == pytest.approx(
        run_s * found.batches, abs=0.001 * found.batches
    )
    if ready >= most:
        assert (found.cold_starts, found.run_s) == (0, 0.0)


@given(TIMES, st.integers(1, 4), st.integers(0, 4), st.floats(0.01, 30))
def test_more_provisioned_environments_never_mean_more_cold_starts(
    arrivals: np.ndarray, size: int, ready: int, each_s: float
) -> None:
    ones = np.ones(len(arrivals))

    def cold(ready: int) -> int:
        queue = Queue(Batches(size, 0, 0, each_s), 0.0, scaling=Scaling(ready=ready))
        return work(queue, arrivals, ones, HOUR).cold_starts

    assert cold(ready + 1) <= cold(ready)


def test_a_provisioned_environment_is_there_for_the_first_request() -> None:
    scaling = Scaling(ready=1)
    found = serve(Function(5.0, scaling=scaling), np.array([0.0, 0.1]), np.ones(2), HOUR)
    assert found.latency_s.tolist() == [1.0, 6.0], "the second one finds it busy"
    assert (found.ready_run_s, found.run_s, found.ready_s) == (1.0, 1.0, HOUR)


def test_more_vcpus_are_as_fast_as_was_measured_and_no_faster() -> None:
    assert times_faster(0.5, MEASURED) == 0.5
    assert times_faster(1.0, MEASURED) == 1.0
    assert times_faster(3.0, MEASURED) == pytest.approx(2.3)
    assert times_faster(6.0, MEASURED) == 2.8, "beyond the last point nothing is known"
    assert times_faster(6.0) == 1.0, "nobody measured anything"


def test_memory_makes_a_function_as_much_faster_as_its_vcpus_do() -> None:
    slow = Scenario(0.1, noise=0.0, load=Load(memory_mb=885))
    fast = replace(slow, load=Load(memory_mb=2 * 1769), speedup=MEASURED)
    runs = [
        play("function", s, calls(2.0, s), PRICES).outcome.percentile_s(50) for s in (slow, fast)
    ]
    assert runs == pytest.approx([0.21, 0.01 + 0.1 / 1.8], rel=0.01)


@pytest.mark.parametrize(
    ("instance", "vcpus", "accelerated"),
    [
        ("ml.m5.large", 2, False),
        ("ml.c6i.xlarge", 4, False),
        ("ml.g4dn.xlarge", 4, True),
        ("ml.g5.12xlarge", 48, True),
        ("ml.p4d.24xlarge", 96, True),
        ("ml.inf2.xlarge", 4, True),
    ],
)
def test_an_instances_vcpus_are_those_of_its_size(
    instance: str, vcpus: int, accelerated: bool
) -> None:
    assert instance_vcpus(instance) == vcpus
    assert is_accelerated(instance) == accelerated


def test_what_is_no_instance_type_is_refused() -> None:
    with pytest.raises(CommandFailed, match="no instance type"):
        instance_vcpus("g4dn")


def test_an_instance_without_a_gpu_runs_one_request_on_each_vcpu() -> None:
    scenario = Scenario(0.1, noise=0.0, gpu_speed=50, load=Load(instance="ml.m5.xlarge"))
    gpu = replace(scenario, load=Load())
    assert (scenario.instance_speed, scenario.instance_workers) == (1.0, 4)
    assert (gpu.instance_speed, gpu.instance_workers) == (50, 1)
    arrivals = Calls(np.zeros(8), np.ones(8), HOUR)
    found = play("instance", replace(scenario, gpu_batch=1), arrivals, PRICES)
    assert found.outcome.latency_s.tolist() == pytest.approx([0.11] * 4 + [0.21] * 4)
    assert found.bill["instances, running"] == pytest.approx(0.2 / 3600 * 0.269)


def test_instances_that_never_sleep_are_paid_to_the_second_busy_or_not() -> None:
    scenario = Scenario(0.1, instances=3, gpu_batch=1)
    lane = play("instance", scenario, calls(1.0, scenario), PRICES)
    assert lane.outcome.instance_s == 3 * HOUR
    paid = lane.bill["instances, running"] + lane.bill["instances, idle"]
    assert paid == pytest.approx(3 * 0.736)
    assert lane.outcome.busy_s == pytest.approx(0.01 * lane.outcome.requests, rel=0.02)
    assert lane.outcome.cold_starts == 0


def test_a_call_that_an_instance_does_not_come_to_within_a_minute_fails() -> None:
    scenario = Scenario(1.0, noise=0.0, gpu_speed=1.0, gpu_batch=1)
    found = play("instance", scenario, calls(2.0, scenario), PRICES).outcome
    assert found.timed_out > found.requests / 3
    assert found.answered.max() <= 60 + 1 + scenario.overhead_s


def test_a_serverless_endpoint_takes_no_more_than_two_hundred_at_once() -> None:
    scenario = Scenario(10.0, noise=0.0, init_s=0.0, image_s=0.0)
    found = play("serverless", scenario, calls(40.0, scenario, 100.0), PRICES).outcome
    there = found.latency_s[~np.isnan(found.latency_s)]
    assert found.throttled > 0
    assert found.cold_starts == 200
    assert len(there) + found.throttled == found.requests


def test_a_containers_cold_start_has_its_image_too() -> None:
    scenario = Scenario(0.1, noise=0.0, image_s=7.0)
    found = play("serverless", scenario, calls(0.01, scenario), PRICES).outcome
    assert found.latency_s[0] == pytest.approx(0.01 + 0.5 + 7.0 + 0.1 * 1769 / 2048, rel=0.2)
    assert found.latency_s[0] > 7.5


def test_a_serverless_endpoint_is_slower_with_less_memory_and_has_six_gigabytes_at_most() -> None:
    lanes = {}
    for memory in (512, 1769, 10_240):
        scenario = Scenario(0.1, noise=0.0, speedup=((3.0, 2.0),), load=Load(memory_mb=memory))
        lanes[memory] = play("serverless", scenario, calls(5.0, scenario), PRICES)
    p50 = [lane.outcome.percentile_s(50) - 0.01 for lane in lanes.values()]
    assert p50 == pytest.approx(
        [0.1 * 1769 / 1024, 1 / (1 + 0.5 * (2048 / 1769 - 1)) / 10, 0.05], rel=0.01
    )


@pytest.mark.parametrize("lane", LANES)
def test_larger_bodies_take_longer_and_no_body_differs_from_its_mean_for_nothing(lane: str) -> None:
    scenario = Scenario(0.1, noise=0.0, provisioned=2)
    plain = calls(0.5, scenario)
    same = replace(plain, more_s=np.zeros(len(plain)))
    larger = replace(plain, more_s=np.full(len(plain), 0.4))
    lanes = [play(lane, scenario, found, PRICES) for found in (plain, same, larger)]
    assert np.array_equal(lanes[0].outcome.latency_s, lanes[1].outcome.latency_s)
    assert lanes[0].bill == lanes[1].bill
    assert np.nanmean(lanes[2].outcome.latency_s) > np.nanmean(lanes[0].outcome.latency_s)
    assert total(lanes[2].bill) > total(lanes[0].bill) * (1 - 1e-9)


def test_some_of_the_calls_are_calls_too() -> None:
    scenario = Scenario(0.1)
    whole = replace(calls(5.0, scenario), more_s=np.arange(len(calls(5.0, scenario))) * 1.0)
    some = whole.where(whole.at_s > 1800)
    assert len(some) < len(whole)
    assert some.at_s[0] > 1800
    assert some.more_s is not None
    assert len(some.more_s) == len(some.factors) == len(some)


def test_a_start_that_lambda_does_not_wait_for_is_begun_again() -> None:
    assert Scenario(0.1, init_s=10.0).start_s == 10.0
    slow = Scenario(0.1, noise=0.0, init_s=12.0)
    found = play("function", slow, calls(0.001, slow, 10 * HOUR), PRICES).outcome
    assert found.latency_s[0] == pytest.approx(0.01 + 22.0 + 0.1)
    assert found.init_s == pytest.approx(22.0 * found.cold_starts)


def test_what_runs_on_after_the_trace_is_not_paid_by_it() -> None:
    scenario = Scenario(30.0, noise=0.0, gpu_speed=1.0)
    lane = play("instance", scenario, Calls(np.zeros(1), np.ones(1), 10.0), PRICES)
    assert lane.outcome.busy_s == 30.0
    assert lane.bill["instances, running"] == pytest.approx(10 / 3600 * 0.736)
    assert "instances, idle" not in lane.bill
