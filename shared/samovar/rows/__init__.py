"""Files of many rows: how each format is cut into chunks, and a chunk into requests.

A chunk travels as one payload, `application/vnd.samovar.rows; of="text/csv"; first=4097;
count=512`: a small file of the same format, whose rows are numbered from `first`. Whoever
holds the model takes it apart again, so that a function, the container and a door all answer
it alike. `FORMATS` has the class that reads each format, imported when it is first used.
"""

import re
from collections.abc import Mapping
from importlib import import_module

from samovar.codecs.media import ROWS, is_rows, parse_media_type
from samovar.errors import UnsupportedMediaType
from samovar.rows.row import Cutter, RowFormat
from samovar.types import Kind

ANSWERS = "application/jsonl"
"""What a chunk, and a batch, is answered with: a JSON document a line, one for each row."""

JSONL, CSV, NPY, ZIP = "application/jsonl", "text/csv", "application/x-npy", "application/zip"
OPENAI = "application/vnd.openai.batch+jsonl"
FORMATS: Mapping[str, str] = {
    JSONL: "samovar.rows.jsonl:Jsonl",
    CSV: "samovar.rows.csv:Csv",
    NPY: "samovar.rows.npy:Npy",
    ZIP: "samovar.rows.zipped:Zipped",
    OPENAI: "samovar.rows.openai:OpenAi",
}
_SAME: Mapping[str, str] = {
    "application/jsonlines": JSONL,
    "application/x-jsonlines": JSONL,
    "application/x-ndjson": JSONL,
    "application/ndjson": JSONL,
    "application/csv": CSV,
    "application/x-zip-compressed": ZIP,
}
_SUFFIXES: Mapping[str, str] = {"jsonl": JSONL, "ndjson": JSONL, "csv": CSV, "npy": NPY, "zip": ZIP}
TAKES: Mapping[Kind, tuple[str, ...]] = {
    Kind.TEXT: (JSONL, CSV, ZIP),
    Kind.IMAGE: (JSONL, ZIP),
    Kind.AUDIO: (JSONL, ZIP),
    Kind.BYTES: (JSONL, ZIP),
    Kind.PROMPT: (JSONL,),
    Kind.ROWS: (JSONL, CSV),
    Kind.TENSORS: (JSONL, NPY),
}
"""Which formats have rows that a model of a kind takes."""

_FIRST = re.compile(r"[1-9][0-9]{0,15}")

__all__ = ["ANSWERS", "FORMATS", "ROWS", "TAKES", "Cutter", "RowFormat", "format_of", "is_rows"]


def rows_type(essence: str, first: int, count: int) -> str:
    """The media type of a chunk of a format: the number of its first row, and how many it has."""
    return f'{ROWS}; of="{essence}"; first={first}; count={count}'


def read_rows_type(content_type: str) -> tuple[str, int]:
    """A chunk's format, and the number of its first row. Raises UnsupportedMediaType."""
    parameters = parse_media_type(content_type).parameters
    first = parameters.get("first", "1")
    if not _FIRST.fullmatch(first):
        raise UnsupportedMediaType(f"'first' must be a row's number, not '{first[:40]}'")
    return parameters.get("of", ""), int(first)


def count_of(content_type: str) -> int:
    """How many rows a chunk says it has; 0 where it does not."""
    count = parse_media_type(content_type).parameters.get("count", "")
    return int(count) if _FIRST.fullmatch(count) else 0


def batch_type(content_type: str) -> str:
    """The format that a media type means, "" where it is not one of rows."""
    essence = parse_media_type(content_type).essence
    known = _SAME.get(essence, essence)
    return known if known in FORMATS else ""


def suffix_type(name: str) -> str:
    """The format that a file's suffix means, "" where it is not one of rows."""
    return _SUFFIXES.get(name.rpartition(".")[2].lower(), "")


def format_of(content_type: str) -> RowFormat:
    """What reads a format. Raises UnsupportedMediaType."""
    found = FORMATS.get(batch_type(content_type))
    if found is None:
        raise UnsupportedMediaType(
            f"'{content_type[:80]}' is no format of rows: send one of {', '.join(FORMATS)}"
        )
    module, _, name = found.partition(":")
    made: RowFormat = getattr(import_module(module), name)()
    return made


def check_kind(content_type: str, kind: Kind) -> None:
    """Raises UnsupportedMediaType for rows that no model of the kind takes."""
    essence = batch_type(content_type)
    if essence in _KNOWN and essence not in TAKES[kind]:
        takes = ", ".join(TAKES[kind])
        raise UnsupportedMediaType(f"a batch for this model is one of {takes}, not '{essence}'")


_KNOWN = frozenset({JSONL, CSV, NPY, ZIP})
