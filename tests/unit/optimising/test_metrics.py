"""Scores of predictions agree with the field's own definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar_cli.optimising.metrics import (
    accuracy,
    character_accuracy,
    cosine,
    macro_f1,
    paired_bound,
    r2,
    set_f1,
)

LABELS = st.lists(st.tuples(*[st.sampled_from("abcd")] * 3), min_size=1, max_size=30)
TEXTS = st.text("abc", max_size=12)


@given(LABELS)
def test_f1_is_the_mean_over_classes_of_precision_and_recall(rows):
    truth, said, _ = zip(*rows, strict=True)
    scores = []
    for one in set(truth):
        right = sum(t == s == one for t, s in zip(truth, said, strict=True))
        precision = right / said.count(one) if one in said else 0.0
        recall = right / truth.count(one)
        scores.append(2 * precision * recall / (precision + recall) if right else 0.0)
    assert macro_f1(truth, said) == pytest.approx(np.mean(scores))


@given(LABELS)
def test_of_single_labels_the_f1_of_sets_is_accuracy(rows):
    truth, said, _ = zip(*rows, strict=True)
    sets = [[frozenset(one) for one in side] for side in (truth, said)]
    assert set_f1(*sets) == pytest.approx(accuracy(truth, said))


@given(LABELS)
def test_the_bound_of_a_loss_is_above_the_loss_that_was_seen(rows):
    truth, one, other = zip(*rows, strict=True)
    seen = accuracy(truth, one) - accuracy(truth, other)
    shrunk = seen * len(rows) / (len(rows) + 2)
    assert paired_bound(truth, one, other) > shrunk - 1e-12


def test_more_rows_without_a_difference_leave_less_doubt():
    few, many = (paired_bound("a" * n, "a" * n, "a" * n) for n in (30, 3000))
    assert 0 < many < few < 0.1


def test_r2_is_one_of_the_truth_and_none_of_its_mean():
    truth = np.array([1.0, 2.0, 4.0])
    assert r2(truth, truth) == 1.0
    assert r2(truth, np.full(3, truth.mean())) == pytest.approx(0.0)
    assert r2(np.full(3, 5.0), np.full(3, 5.0)) == 1.0
    assert r2(np.full(3, 5.0), np.full(3, 6.0)) == 0.0
    assert r2(truth, np.array([1.0, np.nan, 4.0])) == float("-inf")


def test_vectors_that_cannot_be_compared_point_away_from_each_other():
    one = np.array([3.0, 4.0])
    assert cosine(one, one * 2) == pytest.approx(1.0)
    assert cosine(one, np.array([np.nan, 4.0])) == -1.0
    assert cosine(one, np.zeros(3)) == -1.0
    assert (cosine(one, np.zeros(2)), cosine(np.zeros(2), np.zeros(2))) == (0.0, 1.0)


@given(TEXTS, TEXTS)
def test_characters_are_counted_by_the_fewest_edits(truth, said):
    table = [list(range(len(said) + 1))]
    for at, char in enumerate(truth, 1):
        row = [at]
        for column, other in enumerate(said, 1):
            above, beside = table[-1][column] + 1, row[-1] + 1
            row.append(min(above, beside, table[-1][column - 1] + (char != other)))
        table.append(row)
    expected = max(1 - table[-1][-1] / len(truth), 0.0) if truth else float(not said)
    assert character_accuracy(truth, said) == pytest.approx(expected)
