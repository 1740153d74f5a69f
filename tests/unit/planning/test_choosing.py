"""A plan is the cheapest of what keeps the SLO, and says so where nothing does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samovar_cli.planning.arrivals import at_rate, of_trace
from samovar_cli.planning.choosing import Slo, choose
from samovar_cli.planning.predicting import predict
from samovar_cli.planning.recorded import WINDOWS_S
from samovar_cli.planning.sizes import MEMORIES_MB
from samovar_cli.planning.work import ENDPOINT, FUNCTION, QUEUE, Candidate, Work
from samovar_cli.simulate.arrivals import mmpp
from samovar_cli.simulate.prices import read_prices

PRICES = read_prices()


@settings(deadline=None, max_examples=30)
@given(st.floats(0.001, 1.0), st.floats(0.01, 5.0), st.floats(0, 0.9), st.floats(0.05, 20))
def test_below_a_request_a_second_nothing_dearer_than_a_call_each_is_planned(
    rate: float, run_s: float, shared: float, slo_s: float
) -> None:
    work, slo = Work(run_s, run_s * shared), Slo(slo_s)
    plan = choose(work, at_rate(rate), slo, PRICES)
    alone = [
        predict(work, at_rate(rate), Candidate(FUNCTION, memory), PRICES, slo_s)
        for memory in MEMORIES_MB
    ]
    in_time = [said.month for said in alone if said.over <= slo.late * 0.85]
    if in_time:
        assert plan.keeps_slo
        assert plan.chosen.month <= min(in_time) * 1.0001
    if plan.keeps_slo:
        assert plan.chosen.over <= slo.late


def test_an_exhaustive_search_finds_nothing_cheaper() -> None:
    work, slo, arrivals = Work(2.0, 1.6, memory_mb=1024), Slo(10.0), at_rate(4.0)
    plan = choose(work, arrivals, slo, PRICES)
    every = [
        predict(work, arrivals, Candidate(QUEUE, memory, batch=size, window_s=window), PRICES, 10.0)
        for memory in (1024, 1769)
        for window in WINDOWS_S
        if 0 < window < 10
        for size in (2, 4, 8, 16, 32)
    ]
    best = min(said.month for said in every if said.over <= slo.late * 0.85)
    assert plan.chosen.candidate.lane == QUEUE
    assert plan.chosen.month <= best * 1.0001


def test_a_tighter_slo_is_never_cheaper() -> None:
    months = [
        choose(Work(0.4, 0.3), at_rate(3), Slo(slo_s), PRICES).chosen.month
        for slo_s in (20.0, 5.0, 1.5, 0.7)
    ]
    assert months == sorted(months)


def test_an_impossible_slo_is_answered_by_what_is_possible_and_what_it_costs() -> None:
    work = Work(0.3, 0.1, speedup=((2.0, 1.9), (4.0, 3.5)))
    plan = choose(work, at_rate(2), Slo(0.01), PRICES)
    assert not plan.keeps_slo
    assert 0.3 / 3.5 < plan.possible_s < 0.3
    assert plan.chosen.month > 0
    kept = choose(work, at_rate(2), Slo(plan.possible_s * 1.05), PRICES)
    assert kept.keeps_slo


def test_environments_are_kept_ready_where_too_many_would_be_cold() -> None:
    rare = at_rate(1 / 1800)
    plan = choose(Work(0.2, init_s=4.0), rare, Slo(1.0), PRICES)
    assert plan.keeps_slo
    assert plan.chosen.candidate.provisioned >= 1
    lazy = choose(Work(0.2, init_s=4.0), rare, Slo(10.0), PRICES)
    assert lazy.chosen.candidate.provisioned == 0
    assert lazy.chosen.month < plan.chosen.month


def test_what_nobody_measured_is_not_planned() -> None:
    for rate in (0.01, 1, 50):
        chosen = choose(Work(1.0), at_rate(rate), Slo(3600.0), PRICES).chosen.candidate
        assert chosen.architecture == "x86_64"
        assert chosen.lane != ENDPOINT
    fast = choose(Work(1.0, arm_speed=1.0), at_rate(1), Slo(10.0), PRICES).chosen.candidate
    slow = choose(Work(1.0, arm_speed=0.7), at_rate(1), Slo(10.0), PRICES).chosen.candidate
    assert (fast.architecture, slow.architecture) == ("arm64", "x86_64")


@pytest.mark.slow
def test_much_work_that_nobody_waits_for_goes_to_a_gpu_that_was_measured() -> None:
    work = Work(8.0, 1.0, gpu_speed=60.0, memory_mb=3000, most_batch=8)
    plan = choose(work, at_rate(3.0), Slo(1200.0), PRICES)
    assert plan.chosen.candidate.lane == ENDPOINT
    assert plan.chosen.how == "simulated"
    assert plan.keeps_slo


def test_a_model_gets_the_memory_that_it_needs() -> None:
    plan = choose(Work(0.05, memory_mb=900), at_rate(1), Slo(60.0), PRICES)
    assert plan.chosen.candidate.memory_mb == 1024


def test_a_trace_is_planned_from_its_own_bursts() -> None:
    times = mmpp((0.2, 30), 30, 3600, np.random.default_rng(5))
    bursts = of_trace(times, 3600, slo_s=0.4, init_s=0.8)
    assert bursts.scv > 3
    assert bursts.peaks is not None
    assert bursts.peaks[0.1] > bursts.peaks[60.0] > bursts.rate
    plan = choose(Work(0.03, init_s=0.8), bursts, Slo(0.4), PRICES)
    assert plan.keeps_slo
    assert plan.chosen.candidate.lane == FUNCTION
