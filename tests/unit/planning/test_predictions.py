"""Predictions against the simulator, which plays exactly what is planned."""

from itertools import product

import numpy as np
import pytest
from samovar_cli.planning.arrivals import Arrivals, at_rate, of_trace
from samovar_cli.planning.predicting import ANALYSED, SIMULATED, predict
from samovar_cli.planning.work import (
    ENDPOINT,
    FUNCTION,
    QUEUE,
    SERVERLESS,
    Candidate,
    Work,
    scenario,
)
from samovar_cli.simulate.arrivals import diurnal, mmpp, poisson
from samovar_cli.simulate.bill import MONTH_S, total
from samovar_cli.simulate.prices import read_prices
from samovar_cli.simulate.scenario import Lane, run_lane

PRICES = read_prices()
SPEEDUP = ((2.0, 1.8), (4.0, 3.1))
FUNCTIONS = tuple(
    (rate, Work(run_s, 0.4 * run_s, noise, speedup=SPEEDUP), Candidate(FUNCTION, memory))
    for rate, run_s, (noise, memory) in product(
        (0.002, 0.05, 1.0, 30.0), (0.02, 0.4, 3.0), ((0.1, 512), (0.3, 3538))
    )
)
READY = tuple(
    (rate, Work(0.3, 0.1), Candidate(FUNCTION, 1769, provisioned=ready))
    for rate, ready in product((0.01, 1.0, 20.0), (1, 4))
)
QUEUES = tuple(
    (rate, Work(run_s, 0.6 * run_s), Candidate(QUEUE, 1769, batch=batch, window_s=window_s))
    for rate, (run_s, window_s, batch) in product(
        (0.02, 0.5, 10.0, 50.0), ((0.05, 1, 32), (0.3, 2, 16), (0.02, 0, 10), (1.0, 10, 32))
    )
)
ENDPOINTS = tuple(
    (rate, Work(run_s, 0.3 * run_s, gpu_speed=15.0), Candidate(ENDPOINT, batch=8))
    for rate, run_s in product((0.001, 0.01, 0.1, 0.3), (0.3, 3.0))
)
OTHERS = ((0.5, Work(0.2), Candidate(SERVERLESS, 3000)), (20.0, Work(0.2), Candidate(SERVERLESS)))


def played(
    work: Work, candidate: Candidate, times: np.ndarray, seconds: float
) -> tuple[Lane, float]:
    lane = run_lane(
        candidate.lane, scenario(work, candidate), times, seconds, PRICES, np.random.default_rng(4)
    )
    return lane, total(lane.bill) * MONTH_S / seconds


def check(
    work: Work, arrivals: Arrivals, candidate: Candidate, times: np.ndarray, s: float
) -> None:
    """A prediction by analysis, held to what was promised."""
    said = predict(work, arrivals, candidate, PRICES, 1.0)
    assert said.how == ANALYSED
    lane, month = played(work, candidate, times, s)
    assert said.p95_s == pytest.approx(lane.outcome.percentile_s(95), rel=0.05)
    assert said.month == pytest.approx(month, rel=0.02)
    assert sum(said.bill.values()) == pytest.approx(said.month)
    assert said.over == pytest.approx(lane.outcome.share_over(1.0), abs=0.02)


def check_at_a_rate(rate: float, work: Work, candidate: Candidate, count: int) -> None:
    longest = 1e7 if candidate.lane == ENDPOINT else 1e8  # its minutes are played even if empty
    seconds = min(max(count / rate, 4 * 3600), longest)
    times = poisson(rate, seconds, np.random.default_rng(3))
    check(work, at_rate(len(times) / seconds), candidate, times, seconds)


@pytest.mark.parametrize(
    ("rate", "work", "candidate"), [FUNCTIONS[8], READY[3], QUEUES[5], ENDPOINTS[2]]
)
def test_a_prediction_is_what_the_simulator_finds(
    rate: float, work: Work, candidate: Candidate
) -> None:
    check_at_a_rate(rate, work, candidate, 20_000)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "work", "candidate"), [*FUNCTIONS, *READY, *QUEUES, *ENDPOINTS, *OTHERS]
)
def test_p95_is_within_a_twentieth_and_cost_within_a_fiftieth(
    rate: float, work: Work, candidate: Candidate
) -> None:
    check_at_a_rate(rate, work, candidate, 60_000)


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["bursts", "day"])
@pytest.mark.parametrize(
    ("work", "candidate"),
    [
        (Work(0.03, 0.006, init_s=0.6), Candidate(FUNCTION, 512)),
        (Work(0.6, 0.5, init_s=0.6), Candidate(FUNCTION, 1769)),
        (Work(0.02, 0.01, init_s=0.6), Candidate(QUEUE, 1769, batch=32, window_s=2)),
    ],
)
def test_a_trace_is_predicted_as_closely(shape: str, work: Work, candidate: Candidate) -> None:
    rng = np.random.default_rng(2)
    times = mmpp((1, 20), 30, 7200, rng) if shape == "bursts" else diurnal(1, 86_400, rng)
    seconds = 7200.0 if shape == "bursts" else 86_400.0
    check(work, of_trace(times, seconds, slo_s=2, init_s=0.6), candidate, times, seconds)


def test_what_analysis_does_not_hold_for_is_simulated_and_says_so() -> None:
    crowded = Candidate(QUEUE, 1769, batch=10, window_s=0)
    said = predict(Work(0.4), at_rate(30), crowded, PRICES, 1.0)
    assert said.how == SIMULATED
    assert said.p95_s > 0.4


def test_arm64_runs_as_fast_as_it_was_said_to_and_costs_less() -> None:
    work = Work(0.4, arm_speed=0.9)
    intel, arm = (
        predict(work, at_rate(1), Candidate(FUNCTION, 1769, architecture=name), PRICES)
        for name in ("x86_64", "arm64")
    )
    assert arm.p50_s == pytest.approx(intel.p50_s / 0.9, rel=0.01)
    assert arm.month < intel.month


def test_requests_over_the_most_environments_are_turned_away() -> None:
    few = Candidate(FUNCTION, 1769, most=5)
    said = predict(Work(1.0), at_rate(10), few, PRICES, 60.0)
    assert said.over == pytest.approx(0.564, abs=0.01)  # Erlang's B of 10 Erlang and 5 servers
