"""OpenAI's chat completions, completions and embeddings: each over predict, in another shape."""

from collections.abc import Callable

import orjson

from samovar.edges.embedders import embedded
from samovar.edges.inference import Visit
from samovar.edges.keepers import keeper_of
from samovar.edges.messages import JSON, Response, read_body, status_of
from samovar.edges.openai_errors import error_document
from samovar.edges.openai_written import written
from samovar.edges.sources import job_for, source_of
from samovar.errors import InvalidInput, SamovarError
from samovar.openai.asks import GENERATES, Ask, read_chat, read_completion
from samovar.openai.forms import CHAT, TEXT, Form


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
    return _shaped(visit, lambda body, name: embedded(visit, body, name), max_body_bytes)


def _shaped(visit: Visit, make: Callable[[bytes, str], Response], max_body_bytes: int) -> Response:
    try:
        return make(read_body(visit.request, max_body_bytes), visit.request.request_id)
    except SamovarError as error:
        headers = {"retry-after": "1"} if error.retryable else {}
        body = orjson.dumps(error_document(error))
        return Response(status_of(error), body, JSON, headers, code=error.code)


def _generated(visit: Visit, ask: Ask, form: Form) -> Response:
    spec = visit.service.spec(ask.model)
    if spec.program.name != GENERATES:
        raise InvalidInput(f"model '{spec.name}' generates no text: its task is {spec.task}")
    later = job_for(visit, spec, ask.payload)
    if later is not None:
        return later
    keeper = keeper_of(visit, spec)
    source = keeper.source(source_of(visit, spec), visit)
    return keeper.labelled(written(ask, form, visit.request.request_id, spec.name, source))
