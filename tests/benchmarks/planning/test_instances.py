"""The least time that an instance is awake is the least of all ways to be awake."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.planning.instances import awake_s

WAKE_S = 3.0


def cost(times: list[float], awake: tuple[bool, ...], penalty: float, share: float) -> float:
    """Awake at each request, or not; between two that are, the cheaper of staying and waking."""
    found, since = 0.0, None
    for time, there in zip(times, awake, strict=True):
        if not there:
            found += penalty
            continue
        waking = WAKE_S * share
        found += waking if since is None else min(waking, (time - since) * share)
        since = time
    return found


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.floats(0, 20), min_size=1, max_size=7).map(sorted),
    st.floats(0, 10),
    st.sampled_from([0.25, 0.5, 1.0]),
)
def test_no_way_to_be_awake_is_cheaper(times: list[float], penalty: float, share: float) -> None:
    found = awake_s(np.array(times), WAKE_S, np.array([penalty]), np.array([share]))
    ways = product([False, True], repeat=len(times))
    assert found[0, 0] == pytest.approx(min(cost(times, way, penalty, share) for way in ways))
