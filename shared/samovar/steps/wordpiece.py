"""BERT's tokens of plain English, without the tokenizers library: a function starts sooner.

The library takes as long to import and to read a vocabulary as a whole model takes to open. Of
ASCII text BERT's rules are few: control characters fall away, words end at white space, each
punctuation mark is a word, and a word is cut into the longest pieces of the vocabulary. What
is more than that (another kind of tokenizer, a character beyond ASCII, a special token written
out) is left to the library, whose results these are, id by id.

Source: Devlin et al., BERT (2018), and huggingface/tokenizers 0.23, BertNormalizer,
BertPreTokenizer and WordPiece.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from samovar.values import dataclass, field

_CONTROL = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))
_CLEAN = _CONTROL | dict.fromkeys((9, 10, 13), " ")
_SPACE_AND_MARKS = r"[!-/:-@\[-`{-~]"  # each mark of ASCII is a word
_PADS = ("[PAD]", "<pad>", "<|pad|>")
_SETTINGS = {"normalizer": "BertNormalizer", "pre_tokenizer": "BertPreTokenizer"}


@dataclass(frozen=True, slots=True)
class Pieces:
    """The tokens of one text: their ids, and the type of each."""

    ids: list[int]
    type_ids: list[int]


@dataclass(frozen=True, slots=True)
class WordPiece:
    """A vocabulary, and the tokens that stand around every text."""

    vocabulary: Mapping[str, int]
    unknown: int
    prefix: str  # of a piece that goes on within a word
    longest: int  # characters of a word; a longer one is unknown
    lowercase: bool
    written: tuple[str, ...]  # special tokens, which a text may spell out
    before: Pieces
    after: Pieces
    text_type: int
    pad: int
    _words: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        letters = "a-z0-9" if self.lowercase else "A-Za-z0-9"
        object.__setattr__(self, "_words", re.compile(rf"[{letters}]+|{_SPACE_AND_MARKS}"))

    @property
    def special(self) -> int:
        """How many tokens stand around a text."""
        return len(self.before.ids) + len(self.after.ids)

    def takes(self, text: str) -> bool:
        """Whether these few rules are all that a text needs."""
        return text.isascii() and not any(token in text for token in self.written)

    def encode(self, text: str, max_length: int) -> Pieces:
        """The tokens of a text that it `takes`, cut to `max_length`, special tokens counted."""
        room = max_length - self.special
        clean = text.translate(_CLEAN)
        ids: list[int] = []
        for found in self._words.finditer(clean.lower() if self.lowercase else clean):
            word = found[0]
            whole = self.vocabulary.get(word) if len(word) <= self.longest else self.unknown
            ids += self._pieces(word) if whole is None else (whole,)
            if len(ids) >= room:
                break
        del ids[room:]
        types = [self.text_type] * len(ids)
        return Pieces(
            [*self.before.ids, *ids, *self.after.ids],
            [*self.before.type_ids, *types, *self.after.type_ids],
        )

    def _pieces(self, word: str) -> Sequence[int]:
        """The longest piece from the left, again and again; unknown where there is none."""
        known, ids, start, prefix = self.vocabulary, [], 0, ""
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = known.get(prefix + word[start:end])
                if piece is not None:
                    break
            else:
                return (self.unknown,)
            ids.append(piece)
            start, prefix = end, self.prefix
        return ids


def read_wordpiece(body: bytes) -> WordPiece | None:
    """The tokenizer in a tokenizer.json; None where it is of another kind, or none at all."""
    try:
        said = orjson.loads(body)
        if any(said[key]["type"] != kind for key, kind in _SETTINGS.items()):
            return None
        return _wordpiece(said, said["model"], said["normalizer"])
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None


def _wordpiece(
    said: Mapping[str, Any], model: Mapping[str, Any], normal: Mapping[str, Any]
) -> WordPiece | None:
    vocabulary = model["vocab"]
    added = {token["content"]: token for token in said["added_tokens"]}
    plain = model["type"] == "WordPiece" and normal["clean_text"] is True
    kinds = set(map(type, vocabulary.values()))
    if not plain or kinds != {int} or not all(_is_special(one) for one in added.values()):
        return None
    ids = {name: token["id"] for name, token in added.items()}
    if any(vocabulary.get(name, number) != number for name, number in ids.items()):
        return None
    around = _around(said["post_processor"])
    if around is None:
        return None
    return WordPiece(
        vocabulary,
        vocabulary[model["unk_token"]],
        str(model["continuing_subword_prefix"]),
        int(model["max_input_chars_per_word"]),
        bool(normal["lowercase"]),
        tuple(added),
        *around,
        _pad(said, vocabulary if ids.keys() <= vocabulary.keys() else vocabulary | ids),
    )


def _is_special(token: Mapping[str, Any]) -> bool:
    """Whether an added token is found in a text as it was written, and nowhere else."""
    return bool(token["content"]) and token["normalized"] is False


def _around(said: Mapping[str, Any] | None) -> tuple[Pieces, Pieces, int] | None:
    """The tokens before and after a text, and the text's type."""
    if said is None:
        return Pieces([], []), Pieces([], []), 0
    if said["type"] == "BertProcessing":
        return Pieces([int(said["cls"][1])], [0]), Pieces([int(said["sep"][1])], [0]), 0
    if said["type"] != "TemplateProcessing":
        return None
    sides = Pieces([], []), Pieces([], [])
    text_types = []
    for part in said["single"]:
        if "Sequence" in part:
            text_types.append(int(part["Sequence"]["type_id"]))
            continue
        token = part["SpecialToken"]
        ids = said["special_tokens"][token["id"]]["ids"]
        side = sides[bool(text_types)]
        side.ids.extend(ids)
        side.type_ids.extend([int(token["type_id"])] * len(ids))
    return (*sides, text_types[0]) if len(text_types) == 1 else None


def _pad(said: Mapping[str, Any], ids: Mapping[str, int]) -> int:
    """The id of padding: what the file says, else that of a token of a usual name."""
    if said["padding"] is not None:
        return int(said["padding"]["pad_id"])
    return next((ids[name] for name in _PADS if name in ids), 0)
