"""The rules of times, over a batch, are those of a plain loop over rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.programs.token_rules import admit, log_sum

from tests import tiny_whisper as tiny

WORDS = tiny.vocabulary()
END, TIME, SIZE = tiny.END, tiny.TIME, tiny.SIZE
LATEST = 10


def by_hand(logits, said):
    """The rules row by row, as Whisper's `ApplyTimestampRules` is written."""
    scores = logits.copy()
    scores[WORDS.never] = -np.inf
    if not said:
        scores[WORDS.never_first] = -np.inf
        scores[:TIME] = -np.inf
        scores[TIME + LATEST + 1 :] = -np.inf
    last_was_time = len(said) >= 1 and said[-1] >= TIME
    one_before_was_time = len(said) < 2 or said[-2] >= TIME
    if last_was_time and one_before_was_time:
        scores[TIME:] = -np.inf
    elif last_was_time:
        scores[:END] = -np.inf
    times = [token for token in said if token >= TIME]
    if times:
        ends = last_was_time and not one_before_was_time
        scores[TIME : times[-1] + (0 if ends else 1)] = -np.inf
    with np.errstate(divide="ignore"):
        together = np.log(np.exp(scores[TIME:].astype(np.float64)).sum())
    if together > scores[:TIME].max():
        scores[:TIME] = -np.inf
    return scores


@st.composite
def talks(draw):
    """Batches of what was said, obeying the rules, with scores for what comes next."""
    rows, steps = draw(st.integers(1, 4)), draw(st.integers(0, 9))
    seed = np.random.default_rng(draw(st.integers(0, 10_000)))
    said = np.zeros((rows, 0), np.int64)
    for _ in range(steps):
        logits = seed.normal(0, 4, (rows, SIZE)).astype(np.float32)
        chosen = admit(logits, said, WORDS, LATEST).argmax(axis=1)
        said = np.column_stack([said, chosen])
    return said, seed.normal(0, draw(st.sampled_from([0.1, 4.0])), (rows, SIZE))


@given(talks())
def test_a_batch_may_go_on_as_each_of_its_rows_may(talk):
    said, logits = talk[0], talk[1].astype(np.float32)
    found = admit(logits, said, WORDS, LATEST)
    wanted = np.array([by_hand(row, list(past)) for row, past in zip(logits, said, strict=True)])
    np.testing.assert_array_equal(found, wanted)


@given(talks())
def test_something_may_always_come_next(talk):
    said, logits = talk
    assert np.isfinite(admit(logits, said, WORDS, LATEST)).any(axis=1).all()


def test_scores_are_not_changed_in_place():
    logits = np.zeros((1, SIZE), np.float32)
    admit(logits, np.zeros((1, 0), np.int64), WORDS, LATEST)
    assert not logits.any()


@pytest.mark.parametrize("level", [-1e4, 0.0, 1e4])
def test_a_sum_of_logarithms_does_not_overflow(level):
    found = log_sum(np.full((1, 8), level, np.float32))
    assert found.item() == pytest.approx(level + np.log(8), rel=1e-6)


def test_a_sum_of_nothing_is_nothing():
    assert log_sum(np.full((1, 3), -np.inf, np.float32)).item() == -np.inf
