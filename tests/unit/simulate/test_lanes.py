"""What holds in every run of every lane, whatever the load."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar_cli.simulate.arrivals import SHAPES
from samovar_cli.simulate.endpoint import Endpoint, answer
from samovar_cli.simulate.environments import Scaling
from samovar_cli.simulate.fleet import Rules
from samovar_cli.simulate.function import Function, serve
from samovar_cli.simulate.queue import Batches, Queue, work

TIMES = st.lists(st.floats(0, 2000), min_size=1, max_size=60).map(sorted).map(np.array)
HOUR = 3600.0


def ones(arrivals: np.ndarray) -> np.ndarray:
    return np.ones(len(arrivals))


@given(TIMES, st.floats(0.001, 100), st.integers(1, 5))
def test_no_more_requests_are_at_work_than_there_may_be(
    arrivals: np.ndarray, run_s: float, most: int
) -> None:
    function = Function(0.5, timeout_s=1e9, scaling=Scaling(most=most))
    found = serve(function, arrivals, ones(arrivals) * run_s, HOUR)
    ends = arrivals + found.latency_s
    for now in arrivals:
        at_work = np.count_nonzero((arrivals <= now) & (ends > now))
        assert at_work <= most
    assert found.throttled == np.count_nonzero(np.isnan(found.latency_s))
    assert found.batches + found.throttled == len(arrivals)


def test_an_environment_that_is_kept_is_used_again_and_one_that_is_not_is_made_anew() -> None:
    arrivals = np.array([0.0, 10.0, 700.0])
    found = serve(Function(0.5, scaling=Scaling(keep_s=600)), arrivals, ones(arrivals), HOUR)
    assert found.latency_s.tolist() == pytest.approx([1.5, 1.0, 1.5])
    assert found.cold_starts == 2
    assert found.init_s == pytest.approx(1.0)


def test_environments_come_no_faster_than_aws_makes_them() -> None:
    arrivals = np.sort(np.random.default_rng(0).uniform(0, 20, 5000))
    scaling = Scaling(most=10**6, burst=100, each_s=10.0)
    found = serve(Function(0.0, timeout_s=1e9, scaling=scaling), arrivals, ones(arrivals) * 100, 20)
    assert 290 <= found.cold_starts <= 300


def test_a_request_over_the_timeout_is_cut_off_and_billed_until_then() -> None:
    arrivals = np.array([0.0, 100.0])
    found = serve(Function(0.0, timeout_s=29), arrivals, np.array([40.0, 1.0]), HOUR)
    assert (found.timed_out, found.run_s) == (1, 30.0)
    assert np.isnan(found.latency_s[0])


def test_each_invocation_is_billed_to_the_next_millisecond() -> None:
    arrivals = np.arange(10) * 1.0
    found = serve(Function(0.0), arrivals, ones(arrivals) * 0.0101, HOUR)
    assert found.run_s == pytest.approx(0.11)


@given(TIMES, st.integers(1, 8), st.floats(0, 20), st.floats(0.01, 60))
def test_every_message_is_answered_after_it_came_and_no_batch_is_too_large(
    arrivals: np.ndarray, size: int, window_s: float, each_s: float
) -> None:
    queue = Queue(Batches(size, window_s, 0.0, each_s), init_s=0.5)
    found = work(queue, arrivals, ones(arrivals), HOUR)
    assert (found.latency_s >= each_s * 0.999).all()
    assert found.batches * size >= len(arrivals)
    assert found.run_s == pytest.approx(each_s * len(arrivals), abs=0.001 * found.batches)


def test_a_window_gathers_what_comes_within_it() -> None:
    arrivals = np.array([0.0, 0.5, 0.9, 1.5])
    queue = Queue(Batches(10, 1.0, 0.0, 0.1), receive_s=0.0)
    found = work(queue, arrivals, ones(arrivals), HOUR)
    assert found.batches == 2
    assert found.latency_s.tolist() == pytest.approx([1.3, 0.8, 0.4, 1.1])


def test_a_full_batch_does_not_wait_for_its_window() -> None:
    arrivals = np.array([0.0, 0.1, 5.0])
    queue = Queue(Batches(2, 1.0, 0.0, 0.1), receive_s=0.0)
    found = work(queue, arrivals, ones(arrivals), HOUR)
    assert found.latency_s.tolist() == pytest.approx([0.3, 0.2, 1.1])


def test_pollers_grow_while_messages_wait() -> None:
    arrivals = np.zeros(100)
    queue = Queue(Batches(1, 0.0, 1000.0), timeout_s=1e9, receive_s=0.0)
    found = work(queue, arrivals, ones(arrivals), HOUR)
    starts = np.sort(found.latency_s - 1000.0)
    assert starts[:5].tolist() == [0.0] * 5
    gaps = [late - early for early, late in pairwise(starts[5:])]
    assert gaps == pytest.approx([0.2] * len(gaps))


@given(TIMES, st.integers(1, 4), st.integers(1, 8))
def test_every_call_is_answered_and_every_instance_is_given_back(
    arrivals: np.ndarray, most: int, size: int
) -> None:
    endpoint = Endpoint(Batches(size, 0.0, 1.0, 0.5), Rules(most=most), overhead_s=0.0)
    found = answer(endpoint, arrivals, ones(arrivals), HOUR)
    assert (found.latency_s >= 1.5 * 0.999).all()
    assert found.instance_s > 0
    assert found.instance_s <= most * 6 * HOUR


def test_the_first_call_wakes_an_instance_after_two_minutes_of_waiting() -> None:
    endpoint = Endpoint(Batches(4, 0.0, 0.0, 1.0), Rules(start_s=300), overhead_s=0.0)
    found = answer(endpoint, np.array([10.0]), np.ones(1), HOUR)
    assert found.latency_s.tolist() == pytest.approx([120 + 300 + 1 - 10])
    # 300 s to start, and fifteen minutes with too little to do.
    assert 300 + 840 <= found.instance_s <= 300 + 960


def test_a_backlog_brings_more_instances_and_no_more_than_may_be() -> None:
    arrivals = np.sort(np.random.default_rng(0).uniform(0, HOUR, 4000))
    runs = [
        answer(Endpoint(Batches(1, 0, 0, 2.0), Rules(most=n)), arrivals, ones(arrivals), HOUR)
        for n in (1, 4)
    ]
    assert runs[1].percentile_s(99) < runs[0].percentile_s(99) / 2
    assert runs[1].instance_s <= 4 * (HOUR + 1800)


def test_instances_that_never_sleep_are_counted_to_the_end() -> None:
    found = answer(
        Endpoint(Batches(4, 0, 0, 0.1), Rules(least=2, most=2)), np.array([5.0]), np.ones(1), HOUR
    )
    assert found.instance_s == pytest.approx(2 * HOUR, rel=0.02)


def test_a_call_that_waited_too_long_is_not_run() -> None:
    endpoint = Endpoint(Batches(1, 0, 0, 100.0), Rules(), expire_s=500)
    found = answer(endpoint, np.arange(10) * 1.0, np.ones(10), HOUR)
    assert found.timed_out == np.count_nonzero(np.isnan(found.latency_s)) > 0


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_has_its_rate_and_its_order(shape: str) -> None:
    seconds = 8 * HOUR
    times = SHAPES[shape](20.0, seconds, np.random.default_rng(1))
    assert (np.diff(times) >= 0).all()
    assert 0 <= times[0] <= times[-1] < seconds
    extra = 49 * 20 * (5 + 60 / np.log(2)) if shape == "crowd" else 0.0
    assert len(times) == pytest.approx(20 * seconds + extra, rel=0.1)


def test_a_day_is_three_times_as_busy_at_its_height_as_on_average() -> None:
    times = SHAPES["day"](50.0, HOUR, np.random.default_rng(1))
    counts, _ = np.histogram(times, 60, (0, HOUR))
    assert counts.max() == pytest.approx(3 * counts.mean(), rel=0.1)


def test_a_batch_is_cut_to_what_ends_in_a_workers_time() -> None:
    arrivals = np.zeros(10)
    queue = Queue(Batches(10, 1.0, 0.0, 20.0), receive_s=0.0, pollers=1, more_a_minute=0)
    found = work(queue, arrivals, ones(arrivals), HOUR)
    assert found.batches == 4, "three of 20 s each fit into a minute"
    assert found.timed_out == 0
    assert found.run_s == 200.0


def test_a_message_that_no_worker_outlives_is_paid_five_times_and_lost() -> None:
    arrivals = np.array([0.0, 10.0])
    queue = Queue(Batches(2, 0.0, 0.0, 1.0), receive_s=0.0)
    found = work(queue, arrivals, ones(arrivals), HOUR, np.array([99.0, 0.0]))
    assert (found.timed_out, found.run_s) == (1, 301.0)
    assert np.isnan(found.latency_s).tolist() == [True, False]


def test_callers_may_make_ten_requests_a_second_for_each_environment() -> None:
    arrivals = np.sort(np.random.default_rng(0).uniform(0, 10, 500))
    function = Function(0.0, scaling=Scaling(most=2))
    found = serve(function, arrivals, ones(arrivals) * 1e-6, 10)
    assert found.requests - found.throttled == pytest.approx(200, abs=2)
    alone = serve(function, arrivals[::5], ones(arrivals[::5]) * 1e-6, 10)
    assert alone.throttled < 5


def test_a_run_that_an_endpoint_ends_is_paid_and_has_no_answer() -> None:
    endpoint = Endpoint(Batches(1, 0, 0, 1000.0), Rules(least=1))
    found = answer(endpoint, np.array([5.0]), np.ones(1), HOUR)
    assert (found.timed_out, found.batches, found.busy_s) == (1, 1, 900.0)
