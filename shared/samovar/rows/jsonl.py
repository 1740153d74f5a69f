"""application/jsonl: a request a line, as `predict` takes it: `{"id"?: "…", "text": "…"}`."""

from collections.abc import Sequence

import orjson

from samovar.codecs.json_keys import parse
from samovar.errors import InvalidInput, MalformedBody, SamovarError
from samovar.rows.records import BOM, MORE, RecordCutter
from samovar.rows.row import Cutter, Lines, Row, RowLimits, Window, check_count, refused
from samovar.types import OIP_JSON, ModelSpec, Payload

_JSON = "application/json"
_MAX_ID = 512


class Jsonl(Lines):
    """JSON lines. A line with `inputs` is a request of the Open Inference Protocol."""

    def cutter(self, window: Window, spec: ModelSpec, limits: RowLimits) -> Cutter:  # noqa: ARG002 - one shape for all formats
        """What cuts the file."""
        begin = len(BOM) if window.read(0, len(BOM)) == BOM else 0
        return RecordCutter(window, _end_of_line, limits, begin)

    def rows(self, body: bytes, spec: ModelSpec, limits: RowLimits) -> Sequence[Row]:  # noqa: ARG002 - one shape for all formats
        """A row for each line that is not blank."""
        lines = [line for line in body.removeprefix(BOM).split(b"\n") if line.strip()]
        check_count(len(lines), limits)
        return [_row(line) for line in lines]


def _row(line: bytes) -> Row:
    fault = refused(line)
    if fault is not None:
        return Row(fault)
    if b'"id"' not in line and b'"inputs"' not in line:
        return Row(Payload(line, _JSON))
    try:
        return _read(line)
    except SamovarError as error:
        return Row(error)


def _read(line: bytes) -> Row:
    """A line that has an id of its own, or is of the protocol. Raises InvalidInput."""
    said = parse(line)
    if not isinstance(said, dict):
        raise MalformedBody('a line must be a JSON object, such as {"text": "…"}')
    if "inputs" in said:
        return Row(Payload(line, OIP_JSON), _id(said.get("id", "")))
    own = _id(said.pop("id", ""))
    return Row(Payload(orjson.dumps(said), _JSON), own)


def _id(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or len(value) > _MAX_ID:
        raise InvalidInput(f"'id' must be a string of {_MAX_ID} characters at most")
    return value


def _end_of_line(data: bytes, start: int, whole: bool) -> int:  # noqa: FBT001 - EndOf says it
    end = data.find(b"\n", start) + 1
    return end or (len(data) if whole else MORE)
