"""OpenAI's chat completions, completions and embeddings: each over predict, in another shape."""

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from typing import Any

import orjson

from samovar.codecs.json_keys import parse
from samovar.edges.inference import Visit
from samovar.edges.messages import JSON, Response, json_response, read_body, status_of
from samovar.edges.openai_asks import Ask, read_chat, read_completion
from samovar.edges.openai_forms import CHAT, TEXT, Form
from samovar.errors import HeavyLane, InvalidInput, MalformedBody, SamovarError
from samovar.lanes import HEAVY
from samovar.rows.openai import ask_embeddings
from samovar.types import ModelSpec

EVENTS = "text/event-stream"
_DONE = b"data: [DONE]\n\n"
_GENERATES = "generate"


def chat(visit: Visit, max_body_bytes: int) -> Response:
    """`POST /v1/chat/completions`. Never raises SamovarError: errors have OpenAI's shape."""
    return _shaped(
        visit, lambda body, name: _generated(visit, read_chat(body, name), CHAT), max_body_bytes
    )


def complete(visit: Visit, max_body_bytes: int) -> Response:
    """`POST /v1/completions`. Never raises SamovarError."""
    return _shaped(
        visit,
        lambda body, name: _generated(visit, read_completion(body, name), TEXT),
        max_body_bytes,
    )


def embed(visit: Visit, max_body_bytes: int) -> Response:
    """`POST /v1/embeddings`. Never raises SamovarError."""
    return _shaped(visit, lambda body, name: _embedded(visit, body, name), max_body_bytes)


def _shaped(visit: Visit, make: Callable[[bytes, str], Response], max_body_bytes: int) -> Response:
    try:
        return make(read_body(visit.request, max_body_bytes), visit.request.request_id)
    except SamovarError as error:
        headers = {"retry-after": "1"} if error.retryable else {}
        body = orjson.dumps(error_document(error))
        return Response(status_of(error), body, JSON, headers, code=error.code)


def error_document(error: SamovarError) -> dict[str, Any]:
    """An error in OpenAI's shape; its `code` is ours."""
    status = status_of(error)
    kind = "rate_limit_error" if status == 429 else "invalid_request_error"
    message = error.message.encode("utf-8", "replace").decode()
    return {
        "error": {
            "message": message,
            "type": "server_error" if status >= 500 else kind,
            "param": None,
            "code": error.code,
        }
    }


def _generated(visit: Visit, ask: Ask, form: Form) -> Response:
    spec = visit.service.spec(ask.model)
    if spec.program.name != _GENERATES:
        raise InvalidInput(f"model '{spec.name}' generates no text: its task is {spec.task}")
    _check_lane(visit, spec)
    head = {
        "id": form.prefix + visit.request.request_id,
        "created": int(time.time()),
        "model": spec.name,
    }
    if ask.streams:
        pieces = visit.service.stream(ask.model, ask.payload)
        # An error before the first word has a status of its own.
        first = next(pieces)
        events = _events(form, head, first, pieces, usage=ask.tells_usage)
        return Response(200, b"", EVENTS, {"cache-control": "no-store"}, events, spec.name)
    said = orjson.loads(visit.service.predict(ask.model, "", ask.payload).body)
    found = form.document(head, said.get("predictions", [said]))
    return Response(200, orjson.dumps(found), model=spec.name)


def _events(
    form: Form,
    head: Mapping[str, Any],
    first: bytes,
    pieces: Generator[bytes, None, None],
    *,
    usage: bool,
) -> Generator[bytes, None, None]:
    """Server-sent events. An error among them is one of them, and the last."""
    with closing(pieces):
        if form.opening is not None:
            yield _event({**head, "object": form.piece, "choices": [form.opening]})
        try:
            said = first
            while True:
                for document in form.pieces({**head}, orjson.loads(said), usage=usage):
                    yield _event(document)
                said = next(pieces)
        except StopIteration:
            yield _DONE
        except SamovarError as error:
            yield _event(error_document(error))


def _event(document: Mapping[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(document) + b"\n\n"


def _embedded(visit: Visit, body: bytes, request_id: str) -> Response:
    said = parse(body)
    if not isinstance(said, dict):
        raise MalformedBody("the body must be a JSON object")
    model = said.get("model")
    if not isinstance(model, str) or not model:
        raise InvalidInput("'model' must name one; GET /v1/models lists them")
    spec = visit.service.spec(model)
    _check_lane(visit, spec)
    payload, write = ask_embeddings(said, spec, request_id)
    found = json_response(write(orjson.loads(visit.service.predict(model, "", payload).body)))
    return Response(200, found.body, model=spec.name)


def _check_lane(visit: Visit, spec: ModelSpec) -> None:
    """Raises HeavyLane where nobody can wait for the model here."""
    if spec.lane == HEAVY and visit.rules.has_heavy:
        raise HeavyLane(
            f"model '{spec.name}' runs where nobody can wait for it: send a batch "
            "(POST /v1/batches) or a job (POST /v1/jobs)"
        )
