"""The noise of the yardstick is the noise of the simulator."""

import numpy as np
import pytest

from benchmarks.planning.noise import Noise


@pytest.mark.parametrize("cv", [0.1, 0.3])
def test_as_many_runs_are_long_as_the_simulator_draws(cv: float) -> None:
    drawn = np.random.default_rng(0).gamma(1 / cv**2, cv**2, 400_000)
    noise, factors = Noise(cv), np.array([0.5, 0.9, 1.0, 1.2, 1.8])
    for factor, share in zip(factors, noise.over(factors), strict=True):
        assert share == pytest.approx((drawn > factor).mean(), abs=0.003)
    assert noise.quantile(0.99) == pytest.approx(np.quantile(drawn, 0.99), rel=0.01)
    assert noise.billed_s(0.0123) == pytest.approx(np.ceil(drawn * 12.3).mean() / 1000, rel=0.002)


def test_without_noise_a_run_takes_its_time_and_is_billed_the_next_millisecond() -> None:
    still = Noise(0.0)
    assert still.over(np.array([0.99, 1.01])).tolist() == [1.0, 0.0]
    assert still.quantile(0.99) == 1.0
    assert still.billed_s(0.0123) == pytest.approx(0.013)
    assert still.billed_s(0.012) == pytest.approx(0.012)


def test_what_is_cut_off_is_not_billed_further() -> None:
    assert Noise(0.2).billed_s(60.0, 29.0) == pytest.approx(29.0, rel=1e-3)
