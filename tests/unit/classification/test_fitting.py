"""A label set's head: right where rows tell, calm where they do not, and honest of both."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samovar.classification.fitting import (
    Known,
    familiarity,
    fit_head,
    probabilities,
    temperature,
)

from tests.unit.classification.test_heads import drawn, unit

NOTHING = np.zeros((0, 8), np.float32), np.zeros(0, np.int64)


def test_without_examples_the_names_decide() -> None:
    names = unit(np.eye(4, 8))
    head = fit_head(*NOTHING, names)
    assert probabilities(head, names).argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert head.fit.examples == (0, 0, 0, 0)
    assert (head.fit.left_out, head.fit.accuracy, head.fit.log_loss) == (0, None, None)


def test_examples_outvote_names_that_mislead() -> None:
    rows = unit(np.concatenate([np.eye(2, 8) + 0.1 * np.eye(2, 8, 2 + k) for k in range(6)]))
    truth = np.array([0, 1] * 6)
    head = fit_head(rows, truth, unit(np.eye(2, 8))[::-1])
    assert probabilities(head, rows).argmax(axis=1).tolist() == truth.tolist()
    assert head.fit.accuracy == 1.0


@settings(max_examples=12)
@given(st.integers(0, 10**6), st.integers(0, 12), st.integers(1, 5))
def test_whatever_the_rows_are_probabilities_add_up(seed: int, count: int, labels: int) -> None:
    rows, truth, names = drawn(seed, count, labels, 6)
    found = probabilities(fit_head(rows, truth, names), unit(np.eye(6)))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found.sum(axis=1), 1)


@settings(max_examples=12)
@given(st.integers(0, 10**6))
def test_the_order_of_labels_changes_nothing(seed: int) -> None:
    rows, truth, names = drawn(seed, 9, 3, 6)
    order = np.random.default_rng(seed).permutation(3)
    plain = probabilities(fit_head(rows, truth, names), rows)
    moved = probabilities(fit_head(rows, np.argsort(order)[truth], names[order]), rows)
    np.testing.assert_allclose(moved, plain[:, order], atol=1e-5)


def test_all_the_same_rows_do_not_break_it() -> None:
    rows = unit(np.ones((6, 4)))
    head = fit_head(rows, np.array([0, 1] * 3), np.zeros((2, 4), np.float32))
    np.testing.assert_allclose(probabilities(head, rows), 0.5, atol=1e-6)


def test_labels_that_examples_contradict_are_said_with_little_confidence() -> None:
    random = np.random.default_rng(1)
    rows = unit(random.normal(size=(60, 8)))
    head = fit_head(rows, random.integers(0, 2, 60), np.zeros((2, 8), np.float32))
    others = probabilities(head, unit(random.normal(size=(200, 8)))).max(axis=1)
    assert others.mean() < 0.75
    assert head.fit.accuracy < 0.75
    assert head.fit.log_loss > 0.6


def test_a_temperature_is_the_usual_one_where_nothing_was_left_out() -> None:
    assert temperature(np.zeros((0, 2)), np.zeros(0, np.int64), 0.07) == 0.07


def test_a_temperature_finds_what_made_the_labels() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(size=(4000, 2))
    chance = 1 / (1 + np.exp((scores[:, 1] - scores[:, 0]) / 0.5))
    truth = (random.random(4000) > chance).astype(int)
    assert temperature(scores, truth, 0.1) == pytest.approx(0.5, rel=0.12)


def test_half_of_the_texts_at_the_usual_distance_are_farther_off() -> None:
    known = Known(unit(np.eye(2)), 0.6, 0.1)
    rows = np.array([[0.6, 0.8 * 0], [0.7, 0], [0.4, 0], [-1, 0]], np.float32)
    found = familiarity(known, rows)
    assert found[0] == pytest.approx(0.5)
    assert found[1] == pytest.approx(0.841, abs=1e-3)
    assert found[2] == pytest.approx(0.0228, abs=1e-3)
    assert found[3] < 1e-6


def test_as_many_known_texts_are_unfamiliar_as_are_said() -> None:
    rows, truth, names = drawn(3, 400, 3, 24)
    head = fit_head(rows[:200], truth[:200], names)
    found = familiarity(head.known, rows[200:])
    assert (found < 0.1).mean() == pytest.approx(0.1, abs=0.06)
    assert (familiarity(head.known, -rows[200:]) < 0.1).mean() > 0.9
