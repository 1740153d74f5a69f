"""The tokens of a speech recogniser: words, and marks for language, task and time."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from samovar.errors import InvalidInput, ModelCorrupt
from samovar.types import Array
from samovar.values import dataclass

TICK_S = 0.02
"""Seconds between one mark of time and the next."""

_LANGUAGE = re.compile(r"<\|([a-z]{2,3})\|>")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Ids of marks. Words have ids below `end`; marks of time are `first_time` and up."""

    end: int
    start: int
    tasks: Mapping[str, int]
    no_speech: int
    first_time: int
    size: int
    languages: Mapping[str, int]
    """Code (`en`) → id."""
    never: Array
    """bool (size,): tokens that are never said."""
    never_first: Array
    """bool (size,): tokens that no text begins with."""

    def is_time(self, tokens: Array) -> Array:
        """Bool of the tokens' shape: which of them are marks of time."""
        return tokens >= self.first_time

    def check_language(self, code: str) -> str:
        """The model's own code for a language tag: `en` for `en-GB`. Raises InvalidInput."""
        language = code.partition("-")[0].lower()
        if language not in self.languages:
            known = ", ".join(sorted(self.languages))
            raise InvalidInput(f"language '{code[:20]}' is not one of this model's: {known}")
        return language


def read_vocabulary(tokenizer: Any, decoding: bytes, size: int) -> Vocabulary:
    """The marks of a tokenizer (of the tokenizers library) for a model of `size` scores.

    `decoding` is JSON: `suppress` and `suppress_first`, lists of ids. Raises ModelCorrupt.
    """
    end, start, last = (_id(tokenizer, name) for name in _FRAME)
    if not end < start < last < size:
        raise ModelCorrupt(f"the tokenizer's marks end at {last}, but the model scores {size}")
    lists = _read_lists(decoding, size)
    never = _mask(lists["suppress"], size)
    # Between the end and the times are marks, of which none is said.
    never[end + 1 : last + 1] = True
    return Vocabulary(
        end=end,
        start=start,
        tasks={task: _id(tokenizer, f"<|{task}|>") for task in ("transcribe", "translate")},
        no_speech=_id(tokenizer, "<|nospeech|>", "<|nocaptions|>"),
        first_time=last + 1,
        size=size,
        languages=_languages(tokenizer),
        never=never,
        never_first=_mask(lists["suppress_first"], size),
    )


_FRAME = ("<|endoftext|>", "<|startoftranscript|>", "<|notimestamps|>")


def _id(tokenizer: Any, *names: str) -> int:
    """The id of the first of some marks that there is."""
    for name in names:
        found = tokenizer.token_to_id(name)
        if found is not None:
            return int(found)
    raise ModelCorrupt(f"the tokenizer has no mark {names[0]}: it is no multilingual Whisper's")


def _languages(tokenizer: Any) -> dict[str, int]:
    marks = tokenizer.get_added_tokens_decoder().items()
    named = [(number, _LANGUAGE.fullmatch(token.content)) for number, token in marks]
    found = {match[1]: number for number, match in named if match}
    if not found:
        raise ModelCorrupt("the tokenizer has no marks of languages")
    return found


def _read_lists(decoding: bytes, size: int) -> dict[str, list[int]]:
    try:
        held = json.loads(decoding)
        lists = {key: list(held[key]) for key in ("suppress", "suppress_first")}
    except (ValueError, TypeError, KeyError) as error:
        raise ModelCorrupt(f"the tokens to suppress cannot be read: {error!r}") from None
    for key, ids in lists.items():
        if any(type(one) is not int or not 0 <= one < size for one in ids):
            raise ModelCorrupt(f"'{key}' must be a list of ids from 0 to {size - 1}")
    return lists


def _mask(ids: Sequence[int], size: int) -> Array:
    mask = np.zeros(size, np.bool_)
    mask[list(ids)] = True
    return mask
