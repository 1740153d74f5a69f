"""What counts as the same answer, and what does not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from samovar_cli.adding.fitted.parity import Expected, Parity, compare
from samovar_cli.adding.fitted.sample import Rows

NAMES = {"no": "no", "yes": "yes"}


def rows(count: int, first_line: int = 2) -> Rows:
    return Rows(("a",), (np.zeros(count),), tuple(range(first_line, first_line + count)))


def classes(wanted: list[str], scores: list[float], named: list[str], got: list[float]) -> Parity:
    """Two classes: each row's score of "yes", by scikit-learn and by the graph."""
    expected, found = (np.stack([1 - np.array(s), np.array(s)], axis=1) for s in (scores, got))
    outputs = {"label": np.array(named, object), "probabilities": found.astype(np.float32)}
    given_rows = Expected(np.array(wanted, object), expected, None, NAMES)
    return compare(given_rows, outputs, rows(len(wanted)))


@given(arrays.arrays(np.float64, (7, 2), elements=st.floats(-1e6, 1e6)), st.sets(st.integers(0, 6)))
def test_exactly_the_rows_that_were_changed_differ(values, changed):
    got = values.copy()
    for row in changed:
        got[row, 0] += 1 + abs(got[row, 0]) + 2 * np.std(values[:, 0])
    found = compare(Expected(values), {"variable": got}, rows(7))
    assert found.differing == len(changed)
    assert [one["row"] for one in found.shown] == [row + 1 for row in sorted(changed)][:5]
    assert all(one["line"] == one["row"] + 1 for one in found.shown)


def test_a_class_that_is_another_and_a_score_that_is_far_off_are_told_apart_from_noise():
    found = classes(["yes", "no", "yes"], [0.9, 0.2, 0.8], ["yes", "yes", "yes"], [0.9, 0.2, 0.7])
    assert found.differing == 2
    assert found.largest == pytest.approx(0.1)
    assert classes(["yes"], [0.9], ["yes"], [0.9004]).differing == 0


def test_of_two_classes_that_are_as_likely_either_will_do():
    found = classes(["no"], [0.4999], ["yes"], [0.5001])
    assert (found.differing, found.ties) == (0, 1)
    assert classes(["no"], [0.49], ["yes"], [0.4901]).differing == 1


def test_where_there_are_no_scores_the_decision_function_tells_a_tie():
    named = {"label": np.array(["yes", "yes"], object)}
    wanted = Expected(np.array(["no", "no"], object), None, np.array([1e-6, 0.5]), NAMES)
    found = compare(wanted, named, rows(2))
    assert (found.differing, found.ties) == (1, 1)


def test_a_value_that_is_missing_on_both_sides_is_the_same():
    wanted = Expected(np.array([1.0, np.nan]))
    assert compare(wanted, {"v": np.array([[1.0], [np.nan]])}, rows(2)).differing == 0
    assert compare(wanted, {"v": np.array([[1.0], [0.0]])}, rows(2)).differing == 1


def test_answers_of_another_shape_all_differ():
    assert compare(Expected(np.zeros((3, 2))), {"v": np.zeros((3, 1))}, rows(3)).differing == 3
    whole = Expected(np.zeros((3, 2), np.int64))
    assert compare(whole, {"v": np.zeros(3, np.int64)}, rows(3)).differing == 3
