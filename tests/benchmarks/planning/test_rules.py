"""The rules of the papers do what the papers say."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar_cli.planning.work import Work
from samovar_cli.simulate.arrivals import mmpp, poisson
from samovar_cli.simulate.prices import read_prices

from benchmarks.planning.buffers import buffered
from benchmarks.planning.loads import Trace
from benchmarks.planning.mmpp import fitted
from benchmarks.planning.rules import RULES, Choice
from benchmarks.planning.services import SIZES, Service

PRICES = read_prices()
SERVICE = Service("document", 5.0, Work(0.8, 0.7, noise=0.1, memory_mb=1000))


def by_hand(times: list[float], most: int, timeout_s: float) -> list[tuple[int, float]]:
    """Each batch's size, and when it closes."""
    found, open_ = [], list(times)
    while open_:
        batch = [time for time in open_ if time <= open_[0] + timeout_s][:most]
        closes = batch[-1] if len(batch) == most else batch[0] + timeout_s
        found.append((len(batch), closes))
        open_ = open_[len(batch) :]
    return found


@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=25).map(sorted),
    st.integers(1, 6),
    st.integers(0, 20),
)
def test_a_buffer_closes_when_it_is_full_or_its_first_has_waited(
    times: list[int], most: int, timeout_s: int
) -> None:
    seconds = [float(time) for time in times]
    found = buffered(np.array(seconds), most, float(timeout_s))
    expected = by_hand(seconds, most, float(timeout_s))
    assert found.sizes.tolist() == [size for size, _ in expected]
    closes = [when for size, when in expected for _ in range(size)]
    assert (found.wait_s + np.array(seconds)).tolist() == pytest.approx(closes)


def test_two_rates_are_found_again_and_one_is_one() -> None:
    rng = np.random.default_rng(1)
    two = fitted(Trace(mmpp((2, 50), 60, 7200, rng), 7200))
    assert two.rates[0] == pytest.approx(2, abs=1.5)
    assert two.rates[1] == pytest.approx(50, rel=0.1)
    assert two.hold_s[1] == pytest.approx(60, rel=0.4)
    one = fitted(Trace(poisson(20, 600, rng), 600))
    assert one.rates[0] == one.rates[1] == pytest.approx(20, rel=0.05)
    gaps = np.diff(two.sample(20_000, rng))
    assert gaps.var() / gaps.mean() ** 2 > 2


@pytest.mark.parametrize("name", RULES)
def test_rules_choose_what_is_in_time_and_fits(name: str) -> None:
    trace = Trace(poisson(10, 300, np.random.default_rng(2)), 300)
    choice = RULES[name](SERVICE, trace, PRICES)
    assert choice.memory_mb >= SERVICE.work.memory_mb
    assert 1 <= choice.batch <= SIZES
    assert choice.timeout_s + SERVICE.work.run_of(choice.batch) < SERVICE.slo_s


def test_harmony_gathers_for_as_long_as_a_batch_takes_to_come() -> None:
    trace = Trace(poisson(10, 300, np.random.default_rng(2)), 300)
    choice = RULES["HarmonyBatch"](SERVICE, trace, PRICES)
    assert choice.batch > 1
    assert choice.timeout_s == pytest.approx((choice.batch - 1) / (len(trace.times) / 300))


def test_who_is_told_of_the_door_does_not_queue_what_is_cheap_to_answer() -> None:
    cheap = Service("label", 0.5, Work(0.02, 0.01, memory_mb=1000))
    trace = Trace(poisson(50, 60, np.random.default_rng(2)), 60)
    assert RULES["BATCH"](cheap, trace, PRICES).batch > 1
    assert RULES["BATCH, told all"](cheap, trace, PRICES).batch == 1


def test_batches_of_one_have_no_window() -> None:
    assert Choice(1024) == Choice(1024, 1, 0.0)
    trace = Trace(np.array([0.0, 10.0]), 20.0)
    assert [b - a for a, b in pairwise(buffered(trace.times, 1, 0.0).wait_s)] == [0.0]
