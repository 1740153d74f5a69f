"""What a plan's analysis is made of, against what is known exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar_cli.planning.gathering import poisson_gathering
from samovar_cli.planning.latency import Latency, billed_run_s, noise_points
from samovar_cli.planning.levels import poisson_levels
from samovar_cli.planning.recorded import recorded_gathering, recorded_levels
from samovar_cli.simulate.arrivals import poisson
from samovar_cli.simulate.closed_forms import erlang_c
from samovar_cli.simulate.function import Function, serve
from samovar_cli.simulate.queue import Batches, Queue, work

ALONE = np.ones(1)


@pytest.mark.parametrize("noise", [0.1, 0.3, 1.0])
def test_noise_is_the_simulators_gamma(noise: float) -> None:
    points = noise_points(noise)
    drawn = np.random.default_rng(1).gamma(1 / noise**2, noise**2, 400_000)
    assert points.mean() == pytest.approx(1.0)
    assert points.std() == pytest.approx(noise, rel=0.01)
    for percent in (5, 50, 95, 99):
        assert np.percentile(points, percent) == pytest.approx(
            np.percentile(drawn, percent), rel=0.02
        )


def test_a_run_without_noise_is_billed_to_the_next_millisecond() -> None:
    assert billed_run_s(0.0101, 0.0) == pytest.approx(0.011)
    assert billed_run_s(0.011, 0.0) == pytest.approx(0.011)
    assert billed_run_s(0.5, 0.2) == pytest.approx(0.5005, abs=1e-4)


@given(st.floats(0.001, 3), st.floats(0, 1), st.floats(0.01, 10), st.floats(0, 0.5))
def test_the_share_over_a_limit_falls_as_the_limit_rises(
    run_s: float, cold: float, limit_s: float, noise: float
) -> None:
    two = Latency(np.array([0.0, 0.5]), np.full(2, run_s), np.array([1 - cold, cold]), noise)
    assert 0 <= two.share_over(limit_s + 1) <= two.share_over(limit_s) + 1e-9 <= 1 + 1e-9


def test_a_percentile_and_the_share_over_it_agree() -> None:
    latency = Latency(np.array([0.0, 2.0]), np.full(2, 0.3), np.array([0.97, 0.03]), 0.2)
    p50, p95, p99 = latency.percentiles_s((50, 95, 99))
    assert p50 < p95 < 1 < p99
    for percent, at in ((50, p50), (95, p95), (99, p99)):
        assert latency.share_over(at) == pytest.approx(1 - percent / 100, abs=0.002)


def test_requests_without_room_are_erlangs() -> None:
    levels = poisson_levels(10.0, 0.8)
    for servers in (4, 10, 14):
        blocked = levels.refused(servers)  # C = B / (1 - a / c (1 - B)), for a < c
        if servers > 8:
            waiting = blocked / (1 - 8 / servers * (1 - blocked))
            assert waiting == pytest.approx(erlang_c(servers, 8.0))
        assert levels.carried(servers) == pytest.approx(8 * (1 - blocked))
    assert levels.refused(0) == pytest.approx(1.0)
    assert levels.refused(1000) == 0.0


def test_a_large_load_is_at_work_all_the_time() -> None:
    levels = poisson_levels(5000.0, 1.0)
    assert levels.carried(10_000) == pytest.approx(5000)
    assert levels.refused(2500) == pytest.approx(0.5, abs=0.001)
    assert levels.reached(0.5) == pytest.approx(5000, abs=2)


def test_a_request_every_hour_meets_a_cold_start_nearly_each_time() -> None:
    rate = 1 / 3600
    assert poisson_levels(rate, 0.1).cold.sum() == pytest.approx(
        rate * np.exp(-600 / 3600), rel=1e-3
    )


@pytest.mark.parametrize(("rate", "hold_s"), [(0.005, 0.3), (0.1, 1.0), (2.0, 0.5)])
def test_cold_starts_are_those_of_the_simulator(rate: float, hold_s: float) -> None:
    seconds = 60_000 / rate
    times = poisson(rate, seconds, np.random.default_rng(7))
    played = serve(Function(0.5), times, np.full(len(times), hold_s), seconds).cold_starts
    chance = 3 * np.sqrt(played)
    assert poisson_levels(rate, hold_s).cold.sum() * seconds == pytest.approx(played, abs=chance)
    found = recorded_levels(times, seconds, hold_s, 0.5)
    assert found.cold.sum() * seconds == pytest.approx(played, rel=0.1)
    assert found.busy.sum() == pytest.approx(rate * hold_s, rel=0.01)


@pytest.mark.parametrize(("rate", "window_s", "most"), [(3.0, 2, 32), (40.0, 1, 16), (0.2, 5, 8)])
def test_batches_are_those_of_the_simulator(rate: float, window_s: float, most: int) -> None:
    times = poisson(rate, 30_000 / rate, np.random.default_rng(8))
    queue = Queue(Batches(most, window_s), pollers=10**6, receive_s=0.0)
    played = work(queue, times, np.ones(len(times)), 30_000 / rate)
    closed = poisson_gathering(rate, window_s, most)
    seen = recorded_gathering(times, window_s, most, rate)
    assert closed.batches_a_second == pytest.approx(played.batches / 30_000 * rate, rel=0.02)
    assert seen.batches_a_second == pytest.approx(played.batches / 30_000 * rate, rel=0.02)
    for gathered in (closed, seen):
        wait = float(gathered.weight @ gathered.wait_s)
        assert wait == pytest.approx(played.latency_s.mean(), rel=0.02)
        assert gathered.shares.sum() == pytest.approx(1.0)
        assert gathered.weight.sum() == pytest.approx(1.0)


@given(st.floats(0.01, 500), st.integers(1, 20), st.sampled_from([2, 8, 32, 256]))
def test_no_batch_is_larger_than_it_may_be_and_all_requests_are_in_one(
    rate: float, window_s: int, most: int
) -> None:
    found = poisson_gathering(rate, window_s, most)
    assert found.sizes.max() <= most
    assert found.wait_s.max() <= window_s
    a_second = found.batches_a_second * float(found.shares @ found.sizes)
    assert a_second == pytest.approx(rate, rel=1e-6)
