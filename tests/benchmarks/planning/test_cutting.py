"""The cheapest cut is the cheapest of all cuts."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.planning.cutting import Array, Cuts, Rules, cheapest, late_counts

SLO_S, RUN_S = 1.0, 0.2
RUNS = np.arange(1.0, 9.0)


def late_after(size: int, wait_s: Array) -> Array:
    """Surely late after the SLO, likelier from half a second on."""
    return np.clip((wait_s + RUN_S * size - 0.5) / (SLO_S - 0.5), 0.0, 1.0)


def cuts(sizes: int) -> Cuts:
    return Cuts.of(3.0 + RUNS[:sizes], RUNS[:sizes], late_after, SLO_S)


def compositions(count: int, most: int) -> Iterator[list[int]]:
    """Every way to cut so many requests into batches of at most `most`."""
    if not count:
        yield []
    for size in range(1, min(count, most) + 1):
        for rest in compositions(count - size, most):
            yield [size, *rest]


def stepped(cut: Cuts, size: int, wait_s: float) -> float:
    step = min(int(wait_s / cut.step_s), cut.late.shape[1] - 1)
    return float(cut.late[size - 1, step])


def cost_of(sizes: list[int], times: list[float], cut: Cuts, rule: "Rule") -> float:
    penalty, batch, alone = rule
    cost, first = 0.0, 0
    for size in sizes:
        members = times[first : first + size]
        late = sum(stepped(cut, size, members[-1] - time) for time in members)
        here = float(cut.cost[size - 1]) + batch + penalty * late
        cost, first = cost + (min(here, alone) if size == 1 else here), first + size
    return cost


Rule = tuple[float, float, float]
TIMES = st.lists(st.floats(0, 4), min_size=1, max_size=9).map(sorted)
RULE = st.tuples(st.floats(0, 20), st.floats(0, 5), st.one_of(st.floats(0, 9), st.just(np.inf)))


@settings(deadline=None, max_examples=60)
@given(TIMES, st.integers(1, 5), st.lists(RULE, min_size=1, max_size=3))
def test_no_cut_is_cheaper_than_the_one_found(
    times: list[float], most: int, rules: list[Rule]
) -> None:
    found = cheapest(np.array(times), cuts(most), Rules(*np.array(rules).T))
    for rule, cost in zip(rules, found, strict=True):
        every = compositions(len(times), most)
        least = min(cost_of(sizes, times, cuts(most), rule) for sizes in every)
        assert cost == pytest.approx(least)


def test_lates_are_counted_alike_in_every_piece_of_a_long_trace() -> None:
    rng = np.random.default_rng(1)
    times = np.sort(rng.uniform(0, 900, 5000))
    cut = cuts(6)
    found = np.concatenate([piece.T for piece in late_counts(times, cut)])
    assert found.shape == (5000, 6)
    for last in rng.integers(6, 5000, 50):
        for size in range(1, 7):
            members = times[last + 1 - size : last + 1]
            expected = sum(stepped(cut, size, members[-1] - time) for time in members)
            assert found[last, size - 1] == pytest.approx(expected)


def test_a_trace_of_nothing_costs_nothing() -> None:
    nothing = np.zeros(2)
    assert cheapest(np.empty(0), cuts(3), Rules(nothing, nothing, nothing)).tolist() == [0.0, 0.0]
