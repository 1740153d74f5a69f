"""Heads in closed form: a row that is left out is really left out, and labels weigh the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samovar.classification.heads import LinearHead, means, ridges


def drawn(seed: int, count: int, labels: int, width: int) -> tuple[np.ndarray, ...]:
    """Rows about their labels' directions, the labels, and the names' directions."""
    random = np.random.default_rng(seed)
    names = random.normal(size=(labels, width))
    truth = random.integers(0, labels, count)
    rows = names[truth] + random.normal(size=(count, width))
    return unit(rows), truth, unit(names)


def unit(rows: np.ndarray) -> np.ndarray:
    made = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return made.astype(np.float32)


def scores(head: LinearHead, rows: np.ndarray) -> np.ndarray:
    return rows @ head.weight.T + head.bias


@settings(max_examples=12)
@given(st.integers(0, 10**6), st.integers(2, 12), st.sampled_from([0.0, 0.5, 4.0]))
def test_a_row_left_out_of_its_mean_is_scored_by_the_mean_of_the_others(
    seed: int, count: int, weight: float
) -> None:
    rows, truth, names = drawn(seed, count, 3, 5)
    head = means(rows, truth, names, weight)
    for at in range(count):
        others = np.arange(count) != at
        again = means(rows[others], truth[others], names, weight)
        np.testing.assert_allclose(head.left_out[at], scores(again, rows[at]), atol=1e-6)


@settings(max_examples=12)
@given(st.integers(0, 10**6), st.sampled_from([(6, 40), (40, 6)]))
def test_few_rows_and_many_have_the_ridge_of_the_normal_equations(
    seed: int, size: tuple[int, int]
) -> None:
    rows, truth, names = drawn(seed, size[0], 3, size[1])
    every = np.concatenate([rows, names]).astype(np.float64)
    targets = np.eye(3)[np.concatenate([truth, np.arange(3)])]
    weights = targets @ (len(targets) / (3 * targets.sum(axis=0)))
    middle, level = np.average(every, axis=0, weights=weights), weights @ targets / weights.sum()
    centred = every - middle
    left = centred.T @ (weights[:, None] * centred) + 0.7 * np.eye(size[1])
    expected = np.linalg.solve(left, centred.T @ (weights[:, None] * (targets - level)))
    (head,) = ridges(rows, truth, names, [0.7])
    np.testing.assert_allclose(head.weight, expected.T, atol=1e-8)
    np.testing.assert_allclose(head.bias, level - middle @ expected, atol=1e-8)


@settings(max_examples=12)
@given(st.integers(0, 10**6), st.sampled_from([(7, 20), (30, 5)]))
def test_a_row_left_out_of_a_ridge_is_scored_by_the_ridge_of_the_others(
    seed: int, size: tuple[int, int]
) -> None:
    rows, _, names = drawn(seed, size[0], 2, size[1])
    truth = np.arange(size[0]) % 2
    (head,) = ridges(rows, truth, np.zeros_like(names), [0.5])
    weights = 1 / np.where(truth, truth.mean(), 1 - truth.mean()) / 2
    for at in range(size[0]):
        others = np.arange(size[0]) != at
        again = weighted(rows[others], np.eye(2)[truth[others]], weights[others], 0.5)
        np.testing.assert_allclose(head.left_out[at], again(rows[at]), atol=1e-6)


def weighted(rows: np.ndarray, targets: np.ndarray, weights: np.ndarray, strength: float):
    """A ridge with a free intercept, solved at once."""
    wide = np.hstack([rows, np.ones((len(rows), 1))]).astype(np.float64)
    penalty = strength * np.diag([*np.ones(rows.shape[1]), 0])
    left = wide.T @ (weights[:, None] * wide) + penalty
    solution = np.linalg.solve(left, wide.T @ (weights[:, None] * targets))
    return lambda row: np.append(row, 1) @ solution


def test_a_label_with_many_rows_does_not_outweigh_one_with_few() -> None:
    rows = unit(np.array([[1, 0.1 * i] for i in range(-5, 6)] + [[-1, 0.2]]))
    truth = np.array([0] * 11 + [1])
    (head,) = ridges(rows, truth, np.zeros((2, 2), np.float32), [0.3])
    middle = scores(head, np.array([[0.0, 1.0]]))[0]
    assert middle == pytest.approx([0.5, 0.5], abs=0.05)


def test_a_label_without_rows_or_a_name_takes_no_part() -> None:
    rows, truth, names = drawn(0, 8, 3, 6)
    truth %= 2
    names[2] = 0
    for head in (means(rows, truth, names, 1.0), *ridges(rows, truth, names, [1.0])):
        assert np.isfinite(head.left_out).all()
        np.testing.assert_allclose(head.weight[2], 0, atol=1e-12)
