"""The simulator against queues whose answers are known exactly."""

import numpy as np
import pytest
from samovar_cli.simulate.arrivals import poisson
from samovar_cli.simulate.closed_forms import (
    cold_start_rate,
    erlang_b,
    erlang_c,
    full_wait_s,
    md1_wait_s,
    mmc_wait_percentile_s,
    mmc_wait_s,
    window_wait_s,
)
from samovar_cli.simulate.endpoint import Endpoint, answer
from samovar_cli.simulate.environments import Scaling
from samovar_cli.simulate.fleet import Rules
from samovar_cli.simulate.function import Function, serve
from samovar_cli.simulate.outcome import Outcome
from samovar_cli.simulate.queue import Batches, Queue, work

SERVICE_S = 0.01
ALWAYS = Scaling(most=10**9, burst=10**9, keep_s=1e9)


def waits(servers: int, load: float, count: int, *, exponential: bool, seed: int) -> np.ndarray:
    """Waits in a queue of `servers` pollers that take one message each, free of start and end."""
    rng = np.random.default_rng(seed)
    rate = servers * load / SERVICE_S
    arrivals = poisson(rate, count / rate, rng)
    noise = rng.exponential(1.0, len(arrivals)) if exponential else np.ones(len(arrivals))
    queue = Queue(
        Batches(1, 0.0, SERVICE_S), receive_s=0.0, pollers=servers, more_a_minute=0, scaling=ALWAYS
    )
    found: Outcome = work(queue, arrivals, noise, count / rate)
    return found.latency_s - SERVICE_S * noise


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (4, 0.7), (16, 0.8)])
def test_waits_are_those_of_an_mmc_queue(servers: int, load: float) -> None:
    found = waits(servers, load, 200_000, exponential=True, seed=3)
    rate = servers * load / SERVICE_S
    assert found.mean() == pytest.approx(mmc_wait_s(rate, SERVICE_S, servers), rel=0.05)
    p99 = mmc_wait_percentile_s(rate, SERVICE_S, servers, 99)
    assert np.percentile(found, 99) == pytest.approx(p99, rel=0.08)
    assert np.mean(found > 1e-9) == pytest.approx(erlang_c(servers, load * servers), rel=0.03)


def test_waits_are_those_of_an_md1_queue() -> None:
    found = waits(1, 0.6, 200_000, exponential=False, seed=4)
    assert found.mean() == pytest.approx(md1_wait_s(0.6 / SERVICE_S, SERVICE_S), rel=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(("servers", "load"), [(1, 0.6), (4, 0.7), (16, 0.7)])
def test_waits_are_within_a_hundredth_of_an_mmc_queue(servers: int, load: float) -> None:
    runs = [waits(servers, load, 1_000_000, exponential=True, seed=s).mean() for s in range(4)]
    wanted = mmc_wait_s(servers * load / SERVICE_S, SERVICE_S, servers)
    assert np.mean(runs) == pytest.approx(wanted, rel=0.01)


@pytest.mark.slow
def test_waits_are_within_a_hundredth_of_an_md1_queue() -> None:
    runs = [waits(1, 0.6, 1_000_000, exponential=False, seed=s).mean() for s in range(4)]
    assert np.mean(runs) == pytest.approx(md1_wait_s(0.6 / SERVICE_S, SERVICE_S), rel=0.01)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (4, 0.7)])
def test_instances_that_never_sleep_are_an_mmc_queue_too(servers: int, load: float) -> None:
    rng = np.random.default_rng(6)
    rate = servers * load / SERVICE_S
    arrivals = poisson(rate, 200_000 / rate, rng)
    factors = rng.exponential(1.0, len(arrivals))
    endpoint = Endpoint(
        Batches(1, 0.0, 0.0, SERVICE_S), Rules(servers, servers, 1.0, 0.0), 0.0, 1e9, 1e9
    )
    found = answer(endpoint, arrivals, factors, 200_000 / rate).latency_s - SERVICE_S * factors
    assert found.mean() == pytest.approx(mmc_wait_s(rate, SERVICE_S, servers), rel=0.05)


def served(
    rate: float, service_s: float, count: int, scaling: Scaling, seed: int, *, fixed: bool = False
) -> Outcome:
    """Poisson requests in a function whose cold starts take no time."""
    rng = np.random.default_rng(seed)
    arrivals = poisson(rate, count / rate, rng)
    run_s = service_s * (np.ones(len(arrivals)) if fixed else rng.exponential(1.0, len(arrivals)))
    return serve(Function(0.0, timeout_s=1e9, scaling=scaling), arrivals, run_s, count / rate)


@pytest.mark.parametrize("fixed", [True, False])
@pytest.mark.parametrize(("servers", "load"), [(5, 4.0), (50, 45.0)])
def test_what_is_turned_away_is_erlangs_loss_whatever_the_times(
    servers: int, load: float, fixed: bool
) -> None:
    scaling = Scaling(servers, burst=10**9, calls_a_second=np.inf)
    found = served(100.0, load / 100.0, 200_000, scaling, 7, fixed=fixed)
    lost = found.throttled / found.requests
    assert lost == pytest.approx(erlang_b(servers, load), rel=0.05)


def test_what_overflows_provisioned_environments_is_erlangs_loss() -> None:
    scaling = Scaling(10**9, burst=10**9, ready=5)
    found = served(100.0, 0.04, 200_000, scaling, 8, fixed=True)
    whole = found.ready_run_s + found.run_s
    assert found.run_s / whole == pytest.approx(erlang_b(5, 4.0), rel=0.05)


@pytest.mark.parametrize(
    ("rate", "service_s", "keep_s"), [(1.0, 2.0, 5.0), (0.01, 0.1, 60.0), (2.0, 3.0, 1.0)]
)
@pytest.mark.parametrize(
    ("count", "seed", "within"),
    [(100_000, 9, 0.03), pytest.param(2_000_000, 10, 0.01, marks=pytest.mark.slow)],
)
def test_cold_starts_come_as_often_as_the_chain_says(
    rate: float, service_s: float, keep_s: float, count: int, seed: int, within: float
) -> None:
    scaling = Scaling(10**9, burst=10**9, keep_s=keep_s)
    found = served(rate, service_s, count, scaling, seed)
    wanted = cold_start_rate(rate, service_s, keep_s)
    assert found.cold_starts / found.seconds == pytest.approx(wanted, rel=within)


@pytest.mark.slow
@pytest.mark.parametrize(("servers", "load"), [(5, 4.0), (50, 45.0)])
def test_losses_are_within_a_hundredth_of_erlangs(servers: int, load: float) -> None:
    scaling = Scaling(servers, burst=10**9, calls_a_second=np.inf)
    runs = [served(100.0, load / 100.0, 1_000_000, scaling, seed) for seed in range(4)]
    lost = np.mean([run.throttled / run.requests for run in runs])
    assert lost == pytest.approx(erlang_b(servers, load), rel=0.01)


def gathered(rate: float, size: int, window_s: float) -> float:
    """The mean wait for a batch of workers that are always there."""
    rng = np.random.default_rng(11)
    arrivals = poisson(rate, 200_000 / rate, rng)
    queue = Queue(
        Batches(size, window_s), receive_s=0.0, pollers=10**6, more_a_minute=0, scaling=ALWAYS
    )
    return float(work(queue, arrivals, np.ones(len(arrivals)), 200_000 / rate).latency_s.mean())


@pytest.mark.parametrize(("rate", "window_s"), [(0.2, 1.0), (3.0, 1.0), (0.5, 20.0)])
def test_batches_of_a_window_are_a_renewal(rate: float, window_s: float) -> None:
    found = gathered(rate, 10**5, window_s)
    assert found == pytest.approx(window_wait_s(rate, window_s), rel=0.01)


def test_batches_that_fill_wait_for_their_last() -> None:
    assert gathered(10.0, 8, 10.0) == pytest.approx(full_wait_s(10.0, 8), rel=0.01)


def test_the_forms_are_those_of_the_books() -> None:
    assert erlang_c(1, 0.5) == pytest.approx(0.5)  # one server: the load itself
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert mmc_wait_s(50, 0.01, 1) == pytest.approx(0.01)
    assert md1_wait_s(50, 0.01) == pytest.approx(0.005)  # half of the exponential one's
    assert mmc_wait_percentile_s(50, 0.01, 1, 40) == 0.0
    assert erlang_b(1, 1.0) == pytest.approx(1 / 2)
    assert erlang_b(2, 1.0) == pytest.approx(1 / 5)
    # Each start after an idle time that outlasts the keeping, where two never meet.
    assert cold_start_rate(0.001, 1e-6, 600) == pytest.approx(0.001 * np.exp(-0.6), rel=1e-4)
    assert cold_start_rate(1.0, 1.0, 0.0) == pytest.approx(1.0), "nothing is kept"


def test_a_load_that_no_queue_would_hold_is_refused() -> None:
    for refused in (lambda: erlang_c(2, 2.0), lambda: md1_wait_s(100, 0.01)):
        with pytest.raises(ValueError, match="Erlang"):
            refused()
