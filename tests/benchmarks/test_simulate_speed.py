"""The benchmark of the simulator: every lane is in it, and its table says what was measured."""

import pytest
from samovar_cli.simulate.scenario import LANES

from benchmarks import simulate


def test_every_lane_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulate, "SECONDS", 0.5)
    variants = simulate.variants()
    assert {name.partition(",")[0] for name in variants} == set(LANES)
    for play in variants.values():
        assert play().events > 0


def test_the_table_tells_the_median_and_the_spread() -> None:
    rows = simulate.table({"queue": ([1.0, 3.0, 2.0], [4.0, 6.0, 5.0])})
    assert rows[-1] == "| queue | 5.00 | 2.00 | 1.00 – 3.00 |"
