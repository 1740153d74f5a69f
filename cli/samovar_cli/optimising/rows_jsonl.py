"""Rows of JSON lines: a request as `predict` takes it a line, and beside it `truth`."""

from collections.abc import Iterator
from typing import Any

import orjson
from samovar.types import OIP_JSON, Payload

from samovar_cli.optimising.evaluation import FILE, JSON, Asked, Source

_TRUTH = "truth"


def read_jsonl(text: str, source: Source) -> Iterator[Asked]:
    """A request for each line that is not blank. What is wrong is noted with its line."""
    for line, written in enumerate(text.split("\n"), 1):
        row = _object(line, written, source) if written.strip() else None
        if row is None:
            continue
        truth = _truth(line, row, source)
        payload = _payload(line, row, source)
        if payload is not None:
            yield Asked(line, payload, truth)


def _object(line: int, written: str, source: Source) -> dict[str, Any] | None:
    try:
        row = orjson.loads(written)
    except orjson.JSONDecodeError as error:
        nan = " (NaN is none: write null where nothing is known)" if "NaN" in written else ""
        source.faults.add(line, f"not JSON: {error}{nan}")
        return None
    if isinstance(row, dict):
        return row
    source.faults.add(line, 'a line must be a JSON object, such as {"text": "…", "truth": "…"}')
    return None


def _truth(line: int, row: dict[str, Any], source: Source) -> dict[str, Any]:
    """What is true, taken out of the row: under `truth`, by itself or by head, or as named."""
    said: dict[str, Any] = {}
    if source.truths:
        said = {head: row.get(key) for head, key in source.truths.items()}
        for key in set(source.truths.values()):
            row.pop(key, None)
    elif _TRUTH in row:
        found = row.pop(_TRUTH)
        said = found if isinstance(found, dict) else {"": found}
    for head, value in said.items():
        if value is None or value == "":
            key = source.truths.get(head, _TRUTH)
            source.faults.add(line, f"'{key}' is missing or empty: each row needs what is true")
    return said


def _payload(line: int, row: dict[str, Any], source: Source) -> Payload | None:
    row.pop("id", None)
    if FILE in row:
        return source.file_payload(line, str(row[FILE]))
    if not row:
        source.faults.add(line, "there is no request beside the truth")
        return None
    return Payload(orjson.dumps(row), OIP_JSON if "inputs" in row else JSON)
