"""What is drawn without sorting everything is what sorting everything gives."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samovar.generation.likeliest import best, draw
from samovar.generation.sampling import Sampling

from tests.unit.generation.considered import considered

MANY = 5000
seeds = st.integers(0, 2**32 - 1)


def rows(seed, spread, alike):
    """Scores like a model's: some high, most low; `alike` of them are equal to another."""
    rng = np.random.default_rng(seed)
    row = (rng.standard_normal(MANY) * spread).astype(np.float32)
    row[rng.integers(0, MANY, alike)] = row[rng.integers(0, MANY, alike)]
    return row


@given(seeds, st.sampled_from([0.0, 0.1, 3.0, 40.0]), st.integers(0, 2000), st.integers(0, MANY))
@settings(max_examples=60, deadline=None)
def test_the_best_are_those_of_a_sort_of_all(seed, spread, alike, count):
    row = rows(seed, spread, alike)
    assert best(row, count).tolist() == np.argsort(-row, kind="stable")[:count].tolist()


samplings = st.builds(
    Sampling,
    temperature=st.floats(0.1, 3),
    top_k=st.sampled_from([0, 1, 40, 4000, 9000]),
    top_p=st.sampled_from([0.0, 0.3, 0.95, 1.0]),
    min_p=st.sampled_from([0.0, 0.05, 1.0]),
)


@given(seeds, st.sampled_from([0.1, 3.0, 8.0]), samplings, st.floats(0, 1, exclude_max=True))
@settings(max_examples=60, deadline=None)
def test_the_token_at_a_chance_is_that_of_a_sort_of_all(seed, spread, asked, chance):
    row = rows(seed, spread, alike=10)
    found = draw(row, asked, chance)
    assert any(is_drawn(row, replace(asked, top_p=p), chance, found) for p in edges(asked.top_p))


def edges(top_p):
    """Seven digits are kept of a chance: at an edge, one token more or less is considered."""
    return (top_p, max(top_p - 1e-5, 0.0), min(top_p + 1e-5, 1.0))


def is_drawn(row, asked, chance, found):
    if asked.top_k in (0, 9000) and asked.top_p == 1 and asked.min_p == 0:
        wide = row.astype(np.float64) / asked.temperature
        tokens, chances = np.arange(MANY), np.exp(wide - wide.max())  # nothing is left out
        chances /= chances.sum()
    else:
        tokens, chances = considered(row, asked)
    if found not in tokens:
        return False
    at, after = tokens.tolist().index(found), np.cumsum(chances)
    is_after = after[at] - chances[at] - 1e-5 <= chance
    return is_after and (at == len(tokens) - 1 or chance - 1e-5 <= after[at])


@pytest.mark.parametrize("size", [1, 255, 256, 257, MANY])
def test_a_chance_at_either_end_draws_a_token_that_may_be_said(size):
    row = np.full(size, -np.inf, np.float32)
    row[size // 2 :: 300] = 0.0
    for chance in (0.0, 0.5, np.nextafter(1.0, 0.0)):
        assert row[draw(row, Sampling(temperature=1.0), chance)] == 0.0


@pytest.mark.parametrize("top_p", [0.5, 1.0])
def test_what_may_not_be_said_is_not_drawn(top_p):
    row = np.full(MANY, -np.inf, np.float32)
    row[[7, 4000]] = [1.0, 0.0]
    asked = Sampling(temperature=1.0, top_p=top_p)
    drawn = {draw(row, asked, chance) for chance in np.linspace(0, 0.9999, 50)}
    assert drawn == ({7} if top_p < 1 else {7, 4000})
