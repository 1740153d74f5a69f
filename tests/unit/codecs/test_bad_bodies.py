"""A corpus of wrong bodies: each is refused with its code, in words, in little memory."""

import tracemalloc
import warnings

import pytest
from samovar.codecs.items import read_items
from samovar.errors import SamovarError
from samovar.types import Limits

from tests.data.bad_bodies import BadBody, bad_bodies

CORPUS = list(bad_bodies())


def test_the_corpus_is_large_and_its_names_are_all_different():
    assert len(CORPUS) >= 150
    assert len({case.name for case in CORPUS}) == len(CORPUS)
    assert max(len(case.body) for case in CORPUS) < 2_000_000


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_a_wrong_body_is_refused_with_its_code_in_words(case: BadBody):
    with warnings.catch_warnings(record=True) as escaped, pytest.raises(SamovarError) as caught:
        read_items(case.kind, case.content_type, case.body, Limits(), ("x",))
    assert caught.value.code == case.code
    assert 10 < len(caught.value.message) < 400
    assert not {"Traceback", " object at ", "/samovar/"} & set(caught.value.message.split())
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert escaped == []


def test_no_wrong_body_takes_more_memory_than_a_few_times_its_size():
    heaviest = 0.0
    for case in CORPUS:
        tracemalloc.start()
        with pytest.raises(SamovarError):
            read_items(case.kind, case.content_type, case.body, Limits(), ("x",))
        heaviest = max(heaviest, tracemalloc.get_traced_memory()[1] - 8 * len(case.body))
        tracemalloc.stop()
    assert heaviest < 8_000_000
