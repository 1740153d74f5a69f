"""The names of a model's classes, from wherever somebody keeps them."""

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from samovar.errors import CommandFailed

_MOST_BYTES = 4_000_000


def read_labels(said: str) -> tuple[str, ...]:
    """`--labels`: a file (a label a line, or JSON), or the labels with commas between them.

    Raises CommandFailed.
    """
    path = Path(said)
    if path.is_file():
        found = labels_in_file(path)
    elif "," in said:
        found = tuple(label.strip() for label in said.split(","))
    else:
        raise CommandFailed(
            f"there is no file {said!r} for --labels: name a file with a label a line, or write "
            "the labels with commas between them"
        )
    return _checked(found, said)


def labels_in_file(path: Path) -> tuple[str, ...]:
    """A label a line, or JSON: a list, a table by number, or a config.json with id2label."""
    if path.stat().st_size > _MOST_BYTES:
        raise CommandFailed(f"{path} is too large to be a file of labels")
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise CommandFailed(f"{path} cannot be read as labels: it is no text in UTF-8") from None
    if path.suffix == ".json":
        return labels_in_text(text)
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    return () if lines == [""] else tuple(lines)


def labels_in_text(text: str) -> tuple[str, ...]:
    """The labels of a list or of a table by number, in JSON or as Python writes it; () if none."""
    if len(text) > _MOST_BYTES:
        return ()
    for read in (json.loads, ast.literal_eval):
        try:
            return _listed(read(text))
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
    return ()


def _listed(value: Any) -> tuple[str, ...]:
    if isinstance(value, Mapping) and "id2label" in value:
        value = value["id2label"]
    if isinstance(value, Mapping):
        by_number = {int(key): label for key, label in value.items()}
        value = [by_number[number] for number in sorted(by_number)]
        if sorted(by_number) != list(range(len(by_number))):
            return ()
    if not isinstance(value, list | tuple) or not all(isinstance(one, str | int) for one in value):
        return ()
    return tuple(map(str, value))


def _checked(labels: tuple[str, ...], where: str) -> tuple[str, ...]:
    if not labels:
        raise CommandFailed(f"{where} holds no labels")
    if any(not label.strip() for label in labels):
        raise CommandFailed(f"{where} has an empty label: number {_first_empty(labels)}")
    if twice := next((label for label in labels if labels.count(label) > 1), ""):
        raise CommandFailed(f"{where} has the label {twice!r} twice: each class needs its own")
    return labels


def _first_empty(labels: tuple[str, ...]) -> int:
    return next(number for number, label in enumerate(labels, 1) if not label.strip())
