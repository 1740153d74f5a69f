"""A label set made ready: its words as vectors, its head, and what it answers."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from samovar.classification.fitting import Head, familiarity, fit_head, probabilities
from samovar.classification.label_sets import LabelSet, words_of
from samovar.embedding import unit
from samovar.errors import InvalidInput
from samovar.steps.answers import ranked
from samovar.types import Array
from samovar.values import dataclass

Embed = Callable[[Sequence[str]], Array]
"""Texts → float32 (texts, width), rows of length 1."""
USUAL_SHARE = 0.05
"""Of texts of the labels that may be turned away as unknown, where nobody says how many."""
_NAME = 0.5
"""What a label's name weighs beside its description."""
_HELD_HEADS = 16


@dataclass(frozen=True, slots=True)
class LabelHead:
    """A head with its labels' names; `share` of texts of its labels may be called unknown."""

    labels: tuple[str, ...]
    head: Head
    share: float | None = None


class Heads:
    """Heads of label sets that were asked of late, by what they are of. Threads may share it."""

    def __init__(self, most: int = _HELD_HEADS) -> None:
        self._most = most
        self._held: OrderedDict[bytes, Head] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: bytes, make: Callable[[], Head]) -> Head:
        """The head of a key, made where it is not known."""
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
                return found
        made = make()
        with self._lock:
            self._held[key] = made
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return made


def make_head(label_set: LabelSet, embed: Embed) -> Head:
    """The head of a label set: by its examples, and by what its labels say of themselves."""
    vectors = embed(words_of(label_set))
    count = len(label_set.labels)
    names = directions_of(vectors, count)
    truth = np.array([label for _, label in label_set.examples], np.int64)
    return fit_head(vectors[2 * count :], truth, names)


def directions_of(vectors: Array, labels: int) -> Array:
    """float32 (labels, width): where labels point whose names and then meanings come first."""
    return unit(_NAME * vectors[:labels] + vectors[labels : 2 * labels])


def key_of(label_set: LabelSet, encoder: bytes) -> bytes:
    """32 bytes that stand for a label set over an encoder."""
    return hashlib.sha256(encoder + repr(label_set).encode()).digest()


def read_share(said: Any, labels: int) -> float | None:
    """The share of known texts that may be called unknown: `true`, `false`, or a number below 1.

    Raises InvalidInput; also for a single label, where nothing else can be told.
    """
    if said is None or said is False:
        if labels == 1:
            raise InvalidInput(
                "one label is always the best one: give another, or set 'unknown' to be told"
                " which texts are not of it"
            )
        return None
    if said is True:
        return USUAL_SHARE
    if not isinstance(said, int | float) or not 0 < said < 1:
        raise InvalidInput(
            "'unknown' must be true, false, or the share of texts of your labels that may be"
            " called unknown, such as 0.05"
        )
    return float(said)


def answer(label_head: LabelHead, scores: Array, known: Array) -> list[dict[str, Any]]:
    """`{"label", "score", "probabilities"}` a row, best first; with a share also `known`.

    `scores` are (rows, labels) probabilities, `known` (rows,) familiarities. A text whose
    familiarity is under the share has the label null.
    """
    answers = []
    for row, familiar in zip(ranked(scores), known.tolist(), strict=True):
        best, score = row[0] if row else (0, None)
        found: dict[str, Any] = {
            "label": label_head.labels[best] if row else None,
            "score": score,
            "probabilities": [{"label": label_head.labels[at], "score": p} for at, p in row],
        }
        if label_head.share is not None:
            found["label"] = found["label"] if familiar >= label_head.share else None
            found["known"] = familiar
        answers.append(found)
    return answers


def classify(label_head: LabelHead, vectors: Array) -> list[dict[str, Any]]:
    """The answers of texts by their vectors."""
    head = label_head.head
    return answer(label_head, probabilities(head, vectors), familiarity(head.known, vectors))
