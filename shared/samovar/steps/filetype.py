"""Scores of file types → a file's type, by magika's rules."""

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from samovar.errors import ModelCorrupt
from samovar.steps.answers import Answer, check_columns, check_threshold, ranked
from samovar.steps.labels import read_labels
from samovar.steps.params import ParamError
from samovar.steps.selection import matrix, pick
from samovar.types import Array, Kind, ReadAsset, Tensors
from samovar.values import dataclass, field

EMPTY, TEXT, UNKNOWN = "empty", "txt", "unknown"


@dataclass(frozen=True, slots=True)
class FileType:
    """One type a file: `{"label", "score", "mime_type", "group", "description", "is_text",
    "probabilities": [{"label", "score"}, …]}`.

    `tensor` is (rows, labels) of probabilities, `head` is (rows, tokens): the file's first
    bytes after leading whitespace, filled with `padding`. A file that does not fill the head
    is too small to judge: it is `empty`, `txt` (valid UTF-8) or `unknown`, with score 1 and no
    probabilities. A best label under its threshold (`thresholds`, else `threshold`) becomes
    `txt` or `unknown`, after `overwrite` has renamed it. Source: magika 1.0, high confidence.
    """

    takes: ClassVar[Kind] = Kind.TENSORS
    gives: ClassVar[Kind] = Kind.ANSWERS

    tensor: str
    head: str
    labels: str = "labels.txt"
    types: str = "types.json"
    """The file that has each label's mime_type, group, description and is_text, as JSON."""
    padding: int = 256
    threshold: float = 0.5
    thresholds: Mapping[str, float] = field(default_factory=dict)
    overwrite: Mapping[str, str] = field(default_factory=dict)
    top_k: int = 5

    def __post_init__(self) -> None:
        check_threshold(self.threshold)
        for label, threshold in self.thresholds.items():
            if not 0 <= threshold <= 1:
                raise ParamError("thresholds", f"of {label!r} must lie in [0, 1], not {threshold}")
        if self.top_k < 1:
            raise ParamError("top_k", f"must be 1 or more, not {self.top_k}")

    def assets(self) -> tuple[str, ...]:
        """The labels, and what is known of each."""
        return self.labels, self.types

    def bind(self, read: ReadAsset) -> Callable[[Tensors], list[Answer]]:
        """The function over tensors. Raises ModelCorrupt for a label that `types` lacks."""
        labels = read_labels(self.labels, read)
        types = _read_types(self.types, read)
        said = {self.overwrite.get(label, label) for label in labels} | {EMPTY, TEXT, UNKNOWN}
        if lacking := said - types.keys():
            raise ModelCorrupt(f"{self.types} says nothing of the label '{min(lacking)}'")

        def file_type(tensors: Tensors) -> list[Answer]:
            scores = matrix(pick(tensors, self.tensor, "file_type"), "file_type")
            heads = matrix(pick(tensors, self.head, "file_type"), "file_type")
            check_columns(scores, len(labels), "file_type")
            best = ranked(scores, self.top_k)
            return [
                self._few_bytes(head, types)
                if head[-1] == self.padding
                else self._judged([(labels[index], score) for index, score in row], types)
                for row, head in zip(best, heads, strict=True)
            ]

        return file_type

    def _few_bytes(self, head: Array, types: Mapping[str, Answer]) -> Answer:
        content = bytes(head[head != self.padding].astype("u1"))
        label = _label_of(content)
        return {"label": label, "score": 1.0, **types[label], "probabilities": []}

    def _judged(self, best: list[tuple[str, float]], types: Mapping[str, Answer]) -> Answer:
        if not best:
            return {"label": None, "score": None, "probabilities": []}
        found, score = best[0]
        label = self.overwrite.get(found, found)
        if score < self.thresholds.get(found, self.threshold):
            label = TEXT if types[label]["is_text"] else UNKNOWN
        probabilities = [{"label": name, "score": value} for name, value in best]
        return {"label": label, "score": score, **types[label], "probabilities": probabilities}


def _label_of(content: bytes) -> str:
    if not content:
        return EMPTY
    try:
        content.decode()
    except UnicodeDecodeError:
        return UNKNOWN
    return TEXT


def _read_types(name: str, read: ReadAsset) -> dict[str, Any]:
    try:
        types: dict[str, Any] = json.loads(read(name))
    except ValueError:
        raise ModelCorrupt(f"{name} is not JSON") from None
    return types
