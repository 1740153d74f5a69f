"""The simulator against queues whose answers are known exactly."""

import numpy as np
import pytest
from samovar_cli.simulate.arrivals import poisson
from samovar_cli.simulate.closed_forms import (
    erlang_c,
    md1_wait_s,
    mmc_wait_percentile_s,
    mmc_wait_s,
)
from samovar_cli.simulate.environments import Scaling
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
@pytest.mark.parametrize("exponential", [True, False])
def test_waits_are_within_a_hundredth_of_the_closed_forms(exponential: bool) -> None:
    runs = [waits(1, 0.6, 2_000_000, exponential=exponential, seed=s).mean() for s in range(4)]
    rate = 0.6 / SERVICE_S
    wanted = mmc_wait_s(rate, SERVICE_S, 1) if exponential else md1_wait_s(rate, SERVICE_S)
    assert np.mean(runs) == pytest.approx(wanted, rel=0.01)


def test_the_forms_are_those_of_the_books() -> None:
    assert erlang_c(1, 0.5) == pytest.approx(0.5)  # one server: the load itself
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert mmc_wait_s(50, 0.01, 1) == pytest.approx(0.01)
    assert md1_wait_s(50, 0.01) == pytest.approx(0.005)  # half of the exponential one's
    assert mmc_wait_percentile_s(50, 0.01, 1, 40) == 0.0


def test_a_load_that_no_queue_would_hold_is_refused() -> None:
    for refused in (lambda: erlang_c(2, 2.0), lambda: md1_wait_s(100, 0.01)):
        with pytest.raises(ValueError, match="Erlang"):
            refused()
