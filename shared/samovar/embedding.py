"""Texts → unit vectors, by an embedding model over the seam; those asked before are remembered.

What is remembered belongs to this process, and is found by what the model is (its files and its
steps) and by what the text is: a model whose folder lists no digests is asked every time.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import orjson

from samovar.errors import InvalidInput, ModelRunFailed
from samovar.types import Array, ModelSpec, Payload
from samovar.values import dataclass

TASK = "text-embedding"
_CHUNK = 128
"""Texts of one request to a model: four of its usual batches, seconds of work at the most."""
_BESIDE = 200
"""Bytes that a vector's entry takes beside its numbers."""
_JSON = "application/json"

Predict = Callable[[str, str, Payload], Payload]
"""A predictor's `predict`: model, version, request → answer."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """float32 (texts, width) rows of length 1, and the tokens that the model reads of each."""

    vectors: Array
    tokens: tuple[int, ...]


class Vectors:
    """What was embedded of late: the least recently asked go first. Safe to share by threads."""

    def __init__(self, max_bytes: int = 32 * 1024 * 1024) -> None:
        self._max_bytes = max_bytes
        self._held: OrderedDict[bytes, tuple[Array, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def held_bytes(self) -> int:
        """What is held now, about."""
        return self._bytes

    def find(self, keys: Iterable[bytes]) -> dict[bytes, tuple[Array, int]]:
        """The vectors and tokens that are known, by key."""
        found = {}
        with self._lock:
            for key in keys:
                one = self._held.get(key)
                if one is not None:
                    self._held.move_to_end(key)
                    found[key] = one
        return found

    def keep(self, new: Mapping[bytes, tuple[Array, int]]) -> None:
        """Remember vectors, as far as they fit."""
        with self._lock:
            for key, one in new.items():
                if key not in self._held:
                    self._held[key] = one
                    self._bytes += one[0].nbytes + _BESIDE
            while self._bytes > self._max_bytes:
                _, (vector, _) = self._held.popitem(last=False)
                self._bytes -= vector.nbytes + _BESIDE


_SHARED = Vectors()
"""One for the process: whoever asks for a text again is whoever asked first."""


def embed(texts: Sequence[str], predict: Predict, model: ModelSpec, version: str = "") -> Array:
    """float32 (texts, width), rows of length 1 (zeros where a model gives zeros).

    Raises InvalidInput for a model that embeds no texts, and what `predict` raises.
    """
    return embed_counted(texts, predict, model, version).vectors


def embed_counted(
    texts: Sequence[str],
    predict: Predict,
    model: ModelSpec,
    version: str = "",
    vectors: Vectors = _SHARED,
) -> Embedded:
    """As `embed`, with each text's tokens: those of a text that is remembered count as well."""
    if model.task != TASK:
        raise InvalidInput(f"model '{model.name}' embeds no texts: its task is {model.task}")
    own = model_digest(model, version)
    keys = [_key(own, text) for text in texts]
    found = vectors.find(dict.fromkeys(keys)) if own else {}
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
    for some in _together(missing):
        new = _asked(some, predict, model.name, version)
        if own:
            vectors.keep(new)  # at once: what comes next may be given up
        found |= new
    rows = [found[key] for key in keys]
    width = len(rows[0][0]) if rows else 0
    whole = np.stack([row for row, _ in rows]) if rows else np.zeros((0, width), np.float32)
    return Embedded(whole, tuple(count for _, count in rows))


def unit(rows: Array) -> Array:
    """float32 (rows, width) of length 1 along the last axis; a row of zeros stays zeros."""
    wide = rows.astype(np.float64)
    length = np.linalg.norm(wide, axis=-1, keepdims=True)
    made: Array = (wide / np.maximum(length, 1e-12)).astype(np.float32)
    return made


def model_digest(model: ModelSpec, version: str = "") -> bytes:
    """32 bytes that stand for what a model makes of a text; none where its files are not listed.

    Its files and its steps are all that an answer depends on, so a changed model has another.
    """
    if not model.files:
        return b""
    said = (sorted(model.files.items()), model.pre, model.post, model.program, version)
    return hashlib.sha256(repr(said).encode()).digest()


def _key(own: bytes, text: str) -> bytes:
    try:
        return hashlib.sha256(own + text.encode()).digest()
    except UnicodeEncodeError as error:
        raise InvalidInput(f"a text is no UTF-8: half of a pair at {error.start}") from None


def _together(texts: Mapping[bytes, str]) -> Iterator[dict[bytes, str]]:
    """The texts, some at a time."""
    rest = iter(texts.items())
    while some := dict(islice(rest, _CHUNK)):
        yield some


def _asked(
    texts: Mapping[bytes, str], predict: Predict, name: str, version: str
) -> dict[bytes, tuple[Array, int]]:
    """What the model says of texts, in one request."""
    asked = orjson.dumps({"rows": [{"text": text} for text in texts.values()]})
    said = orjson.loads(predict(name, version, Payload(asked, _JSON)).body)
    answers: list[dict[str, Any]] = said["predictions"]
    if len(answers) != len(texts):
        raise ModelRunFailed(f"model '{name}' gave {len(answers)} answers for {len(texts)}")
    rows = unit(np.array([answer["embedding"] for answer in answers], np.float32))
    return {
        key: (row.copy(), int(answer.get("tokens", 0)))
        for key, row, answer in zip(texts, rows, answers, strict=True)
    }
