"""OpenAI's batch file: `{"custom_id", "method", "url", "body"}` a line, answered as theirs is.

Source: OpenAI API reference, "The request input object" and "The request output object".
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from samovar.codecs.json_keys import parse
from samovar.errors import InvalidInput, MalformedBody, SamovarError
from samovar.openai.asks import GENERATES, Ask, ask_chat, ask_completion
from samovar.openai.embeddings import ask_embeddings
from samovar.openai.forms import CHAT, TEXT, Form
from samovar.rows.jsonl import Jsonl
from samovar.rows.records import BOM
from samovar.rows.row import FAILED, Fault, Row, RowLimits, check_count, refused
from samovar.types import ModelSpec, Payload
from samovar.values import dataclass

EMBEDDINGS = "/v1/embeddings"
_PREDICT = re.compile(r"/v1/models/([^/]{1,128})/predict")
_JSON = "application/json"
_MAX_ID = 512

Document = Mapping[str, Any]
Write = Callable[[Document], Document]
"""What predict answers → the body that the url answers."""


@dataclass(frozen=True, slots=True)
class Asked(Row):
    """A line: its request, its custom_id, and how its answer is written."""

    write: Write = dict


class OpenAi(Jsonl):
    """Lines for one of OPENAI_URLS, or for `/v1/models/<model>/predict`."""

    def rows(self, body: bytes, spec: ModelSpec, limits: RowLimits) -> Sequence[Row]:
        """A row for each line that is not blank."""
        lines = [line for line in body.removeprefix(BOM).split(b"\n") if line.strip()]
        check_count(len(lines), limits)
        return [_row(line, spec) for line in lines]

    def line(self, number: int, row: Row, answer: Payload | Fault) -> bytes:
        """`{"id", "custom_id", "response", "error"}`; the error first where there is one."""
        own = {"id": f"batch_req_{number}", "custom_id": row.id}
        if isinstance(answer, Payload):
            write = row.write if isinstance(row, Asked) else dict
            try:
                body = write(orjson.loads(answer.body))
            except SamovarError as error:  # what was asked for is not in the answer
                return self.line(number, row, error)
            response = {"status_code": 200, "request_id": own["id"], "body": body}
            return orjson.dumps({**own, "response": response, "error": None}) + b"\n"
        said = orjson.dumps({"code": answer.code, "message": answer.message})
        return FAILED + said + b"," + orjson.dumps({**own, "response": None})[1:] + b"\n"


def model_of(line: bytes, url: str) -> str:
    """The model that a file's first line asks for, at the url of its batch.

    Raises InvalidInput for a line that is none, or of another url.
    """
    said = _object(line)
    if said.get("url") != url:
        raise InvalidInput(f"the file's first line is for '{said.get('url')}', the batch for {url}")
    match = _PREDICT.fullmatch(url)
    model = match[1] if match else _body(said).get("model")
    if not isinstance(model, str) or not model:
        raise InvalidInput("the first line's 'body' names no 'model'")
    return model


def check_url(url: str) -> None:
    """Raises InvalidInput for what a batch cannot be for."""
    if url not in OPENAI_URLS and not _PREDICT.fullmatch(url):
        known = ", ".join(OPENAI_URLS)
        raise InvalidInput(
            f"'endpoint' must be one of {known} or /v1/models/<model>/predict, not '{url[:80]}'"
        )


def _row(line: bytes, spec: ModelSpec) -> Row:
    fault = refused(line)
    if fault is not None:
        return Row(fault)
    custom_id = ""
    try:
        said = _object(line)
        custom_id = _custom_id(said)
        return _read(said, custom_id, spec)
    except SamovarError as error:
        return Row(error, custom_id)


def _read(said: Document, custom_id: str, spec: ModelSpec) -> Row:
    """Raises InvalidInput."""
    if said.get("method") != "POST":
        raise InvalidInput("'method' must be POST")
    url = said.get("url")
    if not isinstance(url, str):
        raise InvalidInput("'url' must be the path that the line is for")
    check_url(url)
    body = _body(said)
    match = _PREDICT.fullmatch(url)
    model = match[1] if match else body.get("model")
    if model != spec.name:
        raise InvalidInput(f"this batch is for model '{spec.name}', the line for '{model}'")
    if match:
        asked = {name: value for name, value in body.items() if name != "model"}
        return Asked(Payload(orjson.dumps(asked), _JSON), custom_id, _without_id)
    payload, write = _ASKS[url](body, spec, custom_id)
    return Asked(payload, custom_id, write)


def _ask_text(
    read: Callable[[Document], Ask], form: Form, body: Document, spec: ModelSpec, custom_id: str
) -> tuple[Payload, Write]:
    """Raises InvalidInput."""
    if spec.program.name != GENERATES:
        raise InvalidInput(f"model '{spec.name}' generates no text: its task is {spec.task}")
    ask = read(body)
    if ask.streams:
        raise InvalidInput("'stream' is not taken in a batch: its answers are lines of a file")
    # A line is the same whenever it ran: it tells no time.
    head = {"id": form.prefix + custom_id, "created": 0, "model": spec.name}
    return ask.payload, lambda said: form.document(head, said.get("predictions", [said]))


_ASKS: Mapping[str, Callable[[Document, ModelSpec, str], tuple[Payload, Write]]] = {
    EMBEDDINGS: lambda body, spec, _: ask_embeddings(body, spec),
    "/v1/chat/completions": partial(_ask_text, ask_chat, CHAT),
    "/v1/completions": partial(_ask_text, ask_completion, TEXT),
}
OPENAI_URLS = tuple(_ASKS)
"""What a batch may be for, beside predict."""


def _without_id(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != "id"}


def _object(line: bytes) -> Document:
    said = parse(line)
    if not isinstance(said, dict):
        raise MalformedBody('a line must be {"custom_id", "method", "url", "body"}')
    return said


def _body(said: Document) -> Document:
    body = said.get("body")
    if not isinstance(body, dict):
        raise InvalidInput("'body' must be a JSON object")
    return body


def _custom_id(said: Document) -> str:
    value = said.get("custom_id")
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_ID:
        raise InvalidInput(f"'custom_id' must be a string of 1 to {_MAX_ID} characters")
    return value
