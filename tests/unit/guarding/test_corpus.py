"""What is promised of personal data, on the committed corpus: found, and not found wrongly."""

from samovar.guarding.screen import Screen

from benchmarks.guards import hidden, is_found, shares
from benchmarks.guards_corpus import positives
from benchmarks.guards_lookalikes import negatives
from tests.unit.guarding.house import pii

SEED, EACH = 7, 40


def test_of_every_kind_at_least_98_in_100_are_hidden_whole() -> None:
    found = shares(positives(SEED, EACH), lambda row: is_found(row, pii()))
    assert {kind: share for kind, share in found.items() if share < 0.98} == {}
    assert len(found) == 7


def test_of_what_only_looks_personal_at_most_1_in_100_is_taken_for_it() -> None:
    found = shares(negatives(SEED, EACH), lambda row: bool(hidden(row, pii())))
    assert found["all"] <= 0.01


def test_the_corpus_is_the_same_for_a_seed_and_knows_where_things_are() -> None:
    assert positives(SEED, 3) == positives(SEED, 3)
    assert positives(SEED, 3) != positives(SEED + 1, 3)
    for row in positives(SEED, 20):
        screen = Screen(pii(row.kind), "the text")
        screen.whole(row.text)
        assert [edit.kind for edit in screen.edits] == [row.kind], row
