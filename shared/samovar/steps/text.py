"""Texts → token tensors, by the tokenizer that lies beside the model."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, ClassVar, Literal

import numpy as np

from samovar.errors import ManifestInvalid, ModelCorrupt
from samovar.steps.params import ParamError
from samovar.steps.wordpiece import read_wordpiece
from samovar.types import DTYPES, Array, Kind, ReadAsset
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class Tokenize:
    """Texts → `datatype` (batch, longest): token ids, attention mask and token types.

    Texts are cut to `max_length` tokens, special tokens counted, and padded on the right to
    the longest of the batch, never further; with `length`, to exactly so many. A tensor whose
    name is "" is left out; the mask has a datatype of its own. `pad_id`
    is the tokenizer's own unless it is given. An empty batch is (0, 0); a text of no tokens
    is one pad with mask 0. Results are those of the tokenizers library on `tokenizer`.
    """

    takes: ClassVar[Kind] = Kind.TEXT
    gives: ClassVar[Kind] = Kind.TENSORS

    tokenizer: str = "tokenizer.json"
    max_length: int = 512
    ids: str = "input_ids"
    mask: str = "attention_mask"
    types: str = ""
    pad_id: int | None = None
    length: int = 0
    datatype: Literal["INT64", "INT32"] = "INT64"
    mask_datatype: Literal["INT64", "INT32", "BOOL", "FP32"] = "INT64"

    def __post_init__(self) -> None:
        if self.max_length < 1:
            raise ParamError("max_length", f"must be 1 or more, not {self.max_length}")
        if self.length < 0 or 0 < self.length < self.max_length:
            said = f"must be 0, or max_length ({self.max_length}) or more, not {self.length}"
            raise ParamError("length", said)
        if not self.ids:
            raise ParamError("ids", "must name a tensor")
        names = [name for name in (self.ids, self.mask, self.types) if name]
        if len(set(names)) < len(names):
            raise ParamError("ids", "names a tensor that `mask` or `types` names too")

    def assets(self) -> tuple[str, ...]:
        """The tokenizer's file."""
        return (self.tokenizer,)

    def padded(self) -> tuple[str, ...]:
        """All its tensors, where one of them is the mask."""
        return tuple(name for name in (self.mask, self.ids, self.types) if name and self.mask)

    def bind(self, read: ReadAsset) -> Callable[[Sequence[str]], dict[str, Array]]:
        """The function over texts; the tokenizer is read here, once."""
        encode, own_pad = _encoder(self.tokenizer, read(self.tokenizer), self.max_length)
        pad = own_pad if self.pad_id is None else self.pad_id

        length, dtype = self.length, DTYPES[self.datatype]
        mask_dtype = DTYPES[self.mask_datatype]

        def tokenize(texts: Sequence[str]) -> dict[str, Array]:
            found = encode(texts)
            ids = [pieces.ids for pieces in found]
            tensors = {self.ids: _pad_right(ids, pad, length, dtype)}
            if self.mask:
                ones = [[1] * len(row) for row in ids]
                tensors[self.mask] = _pad_right(ones, 0, length, mask_dtype)
            if self.types:
                types = [pieces.type_ids for pieces in found]
                tensors[self.types] = _pad_right(types, 0, length, dtype)
            return tensors

        return tokenize


Encode = Callable[[Sequence[str]], Sequence[Any]]
"""Texts → for each what has its `ids` and `type_ids`."""


def _encoder(name: str, body: bytes, max_length: int) -> tuple[Encode, int]:
    """The tokenizer as a function, and the id that it pads with.

    Where a text needs no more than BERT's rules for ASCII, the library is not even imported.
    """
    plain = read_wordpiece(body)
    if plain is None:
        tokenizer = open_tokenizer(name, body)
        pad = _pad_id(tokenizer)
        return _limited(tokenizer, max_length).encode_batch_fast, pad
    _check_limit(max_length, plain.special)
    library = cache(lambda: _limited(open_tokenizer(name, body), max_length))

    def encode(texts: Sequence[str]) -> Sequence[Any]:
        found = [plain.encode(text, max_length) if plain.takes(text) else None for text in texts]
        rest = [text for text, pieces in zip(texts, found, strict=True) if pieces is None]
        others = iter(library().encode_batch_fast(rest) if rest else ())
        return [next(others) if pieces is None else pieces for pieces in found]

    return encode, plain.pad


def open_tokenizer(name: str, body: bytes) -> Any:
    """The tokenizer of a tokenizer.json. Raises ModelCorrupt."""
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_buffer(body)
    except Exception as error:  # noqa: BLE001 - tokenizers raises bare Exception
        raise ModelCorrupt(f"{name} is not a tokenizer that can be read: {error}") from None


def _limited(tokenizer: Any, max_length: int) -> Any:
    _check_limit(max_length, tokenizer.num_special_tokens_to_add(is_pair=False))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length)
    return tokenizer


def _check_limit(max_length: int, special: int) -> None:
    if max_length <= special:
        said = f"max_length {max_length} leaves no room beside {special} special tokens"
        raise ManifestInvalid([f"step 'tokenize': {said}"])


def _pad_id(tokenizer: Any) -> int:
    if tokenizer.padding:
        return int(tokenizer.padding["pad_id"])
    known = (tokenizer.token_to_id(token) for token in ("[PAD]", "<pad>", "<|pad|>"))
    return next((token for token in known if token is not None), 0)


def _pad_right(rows: Sequence[Sequence[int]], pad: int, length: int, dtype: np.dtype[Any]) -> Array:
    width = length or (max(*map(len, rows), 1) if rows else 0)
    padded = np.full((len(rows), width), pad, dtype)
    for target, row in zip(padded, rows, strict=True):
        target[: len(row)] = row
    return padded
