"""The made-up sentences with which toxicity is measured."""

from collections import Counter

from benchmarks.guards_tone import CIVIL, RUDE, sentences


def test_every_form_can_be_filled_and_a_seed_gives_the_same_sentences():
    for forms in (RUDE, CIVIL):
        made = sentences(forms, 200)
        assert made == sentences(forms, 200)
        assert Counter(sort for sort, _ in made) == dict.fromkeys(forms, 200)
        assert not any("{" in said for _, said in made)
