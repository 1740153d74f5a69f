"""The least time that an instance is awake is the least of all ways to be awake."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.planning.instances import awake_s

WAKE_S, SLO_S = 3.0, 2.0
LATE = -1


def cost(times: list[float], stretch: tuple[int, ...], penalty: float, share: float) -> float:
    """Requests of one stretch are answered by one waking; those of `LATE` are late."""
    found = penalty * stretch.count(LATE)
    for one in set(stretch) - {LATE}:
        there = [time for time, which in zip(times, stretch, strict=True) if which == one]
        found += WAKE_S + share * max(there[-1] - there[0] - SLO_S, 0.0)
    return found


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.floats(0, 20), min_size=1, max_size=4).map(sorted),
    st.floats(0, 10),
    st.sampled_from([0.25, 0.5, 1.0]),
)
def test_no_way_to_be_awake_is_cheaper(times: list[float], penalty: float, share: float) -> None:
    found = awake_s(np.array(times), (WAKE_S, SLO_S), np.array([penalty]), np.array([share]))
    ways = product([LATE, 0, 1, 2, 3], repeat=len(times))
    least = min(cost(times, way, penalty, share) for way in ways)
    assert found[0, 0] == pytest.approx(least)
