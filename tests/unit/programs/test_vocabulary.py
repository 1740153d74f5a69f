"""The marks of a speech recogniser are read from its tokenizer, or it is refused."""

import json

import numpy as np
import pytest
from samovar.errors import InvalidInput, ModelCorrupt
from samovar.programs.vocabulary import read_vocabulary

from tests import tiny_whisper as tiny


def test_the_marks_are_found_by_their_names():
    words = tiny.vocabulary()
    assert list(words.languages) == ["en", "de", "haw"]
    assert words.first_time == tiny.TIME
    assert words.tasks == {name: tiny.NUMBERS[f"<|{name}|>"] for name in words.tasks}


def test_no_mark_but_the_end_is_ever_said():
    words = tiny.vocabulary()
    assert np.flatnonzero(words.never).tolist() == [5, *range(tiny.START, tiny.TIME)]


def test_an_older_name_of_silence_is_known():
    marks = [mark.replace("nospeech", "nocaptions") for mark in tiny.MARKS]
    words = read_vocabulary(tiny.tokenizer(marks), tiny.DECODING, tiny.SIZE)
    assert words.no_speech == tiny.NUMBERS["<|nospeech|>"]


@pytest.mark.parametrize("tag", ["de", "DE", "de-AT", "de-Latn-DE"])
def test_a_languages_tag_may_say_more_than_the_language(tag):
    assert tiny.vocabulary().check_language(tag) == "de"


def test_a_language_that_is_not_known_is_refused_with_those_that_are():
    with pytest.raises(InvalidInput, match="'klingon' is not one of this model's: de, en, haw"):
        tiny.vocabulary().check_language("klingon")


@pytest.mark.parametrize("mark", ["<|startoftranscript|>", "<|translate|>", "<|nospeech|>"])
def test_a_tokenizer_without_a_mark_is_refused(mark):
    marks = [one for one in tiny.MARKS if one != mark]
    with pytest.raises(ModelCorrupt, match="no mark"):
        read_vocabulary(tiny.tokenizer(marks), tiny.DECODING, tiny.SIZE)


def test_a_tokenizer_without_languages_is_refused():
    marks = [one for one in tiny.MARKS if one not in ("<|en|>", "<|de|>", "<|haw|>")]
    with pytest.raises(ModelCorrupt, match="no marks of languages"):
        read_vocabulary(tiny.tokenizer(marks), tiny.DECODING, tiny.SIZE)


@pytest.mark.parametrize(
    "decoding",
    [b"", b"[]", b"{}", b'{"suppress": 7, "suppress_first": []}'],
)
def test_lists_that_cannot_be_read_are_refused(decoding):
    with pytest.raises(ModelCorrupt, match="cannot be read"):
        read_vocabulary(tiny.tokenizer(), decoding, tiny.SIZE)


@pytest.mark.parametrize("wrong", [-1, tiny.SIZE, True, "tea"])
def test_a_token_that_is_not_scored_cannot_be_suppressed(wrong):
    decoding = json.dumps({"suppress": [wrong], "suppress_first": []}).encode()
    with pytest.raises(ModelCorrupt, match="must be a list of ids"):
        read_vocabulary(tiny.tokenizer(), decoding, tiny.SIZE)


def test_a_model_that_scores_no_times_is_refused():
    with pytest.raises(ModelCorrupt, match="the model scores"):
        read_vocabulary(tiny.tokenizer(), tiny.DECODING, tiny.TIME - 1)
