"""task-priority's rows: varied, reproducible, and nothing held out among those trained on."""

import re
from collections import Counter

import pytest

from recipes.task_rows import LABELS, normal, read_rows, read_templates, training_rows, words

SLOT = re.compile(r"\{([^{}|]+)\}")
# Words that carry no topic: two rows that share only these share nothing.
PLAIN = set(
    words("""a about an and as asap at be before by can do for from get go have i if in is it its
    make more my need next no not now of on or our out please pls so that the their them they
    this to today tomorrow tonight up us was we week when with you your""")
)


@pytest.fixture(scope="module")
def trained():
    return training_rows()


@pytest.fixture(scope="module")
def held_out():
    return read_rows("heldout")


def four_grams(text):
    found = words(text)
    return {tuple(found[at : at + 4]) for at in range(len(found) - 3)}


def topic(text):
    return {word for word in words(text) if word not in PLAIN}


def test_rows_are_the_same_each_time(trained):
    assert training_rows() == trained


def test_no_text_is_made_twice_and_no_text_has_two_labels(trained):
    assert len({normal(row.text) for row in trained}) == len(trained)


def test_labels_are_balanced_and_come_from_many_templates(trained):
    counts = Counter(row.label for row in trained)
    assert set(counts) == set(LABELS)
    assert min(counts.values()) >= 0.7 * max(counts.values())
    assert len({row.group for row in trained}) >= 400
    assert max(Counter(row.group for row in trained).values()) <= len(trained) / 100


def test_every_slot_that_a_template_names_is_there_and_every_slot_is_used():
    templates = read_templates()
    texts = [
        text for part in (templates.tasks, templates.shifts) for t in part.values() for text in t
    ]
    named = {name for text in texts for name in SLOT.findall(text)} - {"task"}
    assert named == set(templates.slots)


def test_no_row_has_an_open_brace_or_a_doubled_space(trained):
    assert not [row.text for row in trained if re.search(r"[{}|]|  ", row.text)]


def test_sixty_rows_a_label_and_more_are_held_out(held_out):
    assert min(Counter(row.label for row in held_out).values()) >= 60
    assert len({normal(row.text) for row in held_out}) == len(held_out)


def test_no_held_out_row_is_a_training_or_development_row(trained, held_out):
    seen = {normal(row.text) for row in [*trained, *read_rows("dev")]}
    assert not [row.text for row in held_out if normal(row.text) in seen]


def test_held_out_and_training_rows_share_no_four_words_in_a_row(trained, held_out):
    seen = {gram for row in trained for gram in four_grams(row.text)}
    assert not [(row.text, gram) for row in held_out for gram in four_grams(row.text) & seen]


def test_no_training_row_has_most_of_a_held_out_rows_words(trained, held_out):
    topics = [topic(row.text) for row in trained]
    for row in held_out:
        mine = topic(row.text)
        shared = max(topics, key=lambda each: len(mine & each)) & mine
        assert len(shared) < max(3, 0.75 * len(mine)), (row.text, shared)


def test_the_opening_example_is_in_no_set_of_rows(trained, held_out):
    rows = [*trained, *held_out, *read_rows("dev")]
    assert not [row for row in rows if {"prepare", "quarterly", "report"} <= set(words(row.text))]
