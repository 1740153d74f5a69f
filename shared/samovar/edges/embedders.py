"""What the doors share that embed texts: whose model, whether there is time, how much is sent."""

import time
from collections.abc import Mapping
from typing import Any

import orjson

from samovar.codecs.json_keys import parse
from samovar.edges.inference import Visit
from samovar.edges.keepers import keeper_of
from samovar.edges.messages import Response, event_bytes, json_response
from samovar.edges.sources import check_lane
from samovar.embedding import TASK, Predict
from samovar.errors import InvalidInput, MalformedBody, PayloadTooLarge
from samovar.openai.embeddings import ask_embeddings
from samovar.types import ModelSpec, Payload


def read_object(body: bytes) -> dict[str, Any]:
    """A body that is a JSON object. Raises MalformedBody."""
    said = parse(body)
    if not isinstance(said, dict):
        raise MalformedBody("the body must be a JSON object")
    return said


def model_of(visit: Visit, said: Mapping[str, Any]) -> ModelSpec:
    """The model that a body names. Raises InvalidInput, NotFound; HeavyLane of one elsewhere."""
    model = said.get("model")
    if not isinstance(model, str) or not model:
        raise InvalidInput("'model' must name one; GET /v1/models lists them")
    spec = visit.service.spec(model)
    check_lane(visit, spec)
    return spec


def embedder_of(visit: Visit, said: Mapping[str, Any]) -> ModelSpec:
    """The embedding model that a body names, or the one that is meant where it names none.

    Raises InvalidInput, NotFound, HeavyLane.
    """
    named = said if said.get("model") is not None else {"model": visit.service.usual(TASK)}
    spec = model_of(visit, named)
    if spec.task != TASK:
        raise InvalidInput(f"model '{spec.name}' embeds no texts: its task is {spec.task}")
    return spec


def embedded(visit: Visit, body: bytes, request_id: str) -> Response:
    """OpenAI's embeddings of a request. Raises SamovarError."""
    said = read_object(body)
    spec = model_of(visit, said)
    payload, write = ask_embeddings(said, spec, request_id)
    check_time(visit, spec, len(payload.body), "inputs")
    keeper = keeper_of(visit, spec)
    found = json_response(write(orjson.loads(keeper.predict(payload).body)))
    check_answer(visit, found)
    return keeper.labelled(Response(200, found.body, model=spec.name))


def patient(visit: Visit, what: str) -> Predict:
    """What embeds texts for a visit; it gives up where a gateway would.

    Raises PayloadTooLarge then: how fast a model is nobody knew, or a machine is slow. What was
    read until then is remembered, as far as it is.
    """
    predict, limit_s = visit.service.predict, visit.rules.lanes.sync_ms / 1000
    if visit.jobs is None:
        return predict
    end_s = time.monotonic() + limit_s

    def within(model: str, version: str, payload: Payload) -> Payload:
        if time.monotonic() > end_s:
            raise PayloadTooLarge(
                f"these {what} take longer than the {limit_s:.0f} s that are waited for: send fewer"
            )
        return predict(model, version, payload)

    return within


def check_time(visit: Visit, spec: ModelSpec, size: int, what: str) -> None:
    """Raises PayloadTooLarge for texts of so many bytes where a gateway would not wait.

    Only a deployment with jobs has a gateway before it; a server of one's own waits.
    """
    limit_ms = visit.rules.lanes.sync_ms
    if visit.jobs is None:
        return
    needs_ms = visit.service.expected_ms(spec.name, "", size)
    if needs_ms > limit_ms:
        fits = int(size * limit_ms / needs_ms)
        raise PayloadTooLarge(
            f"these {what} would take {needs_ms / 1000:.0f} s, and nobody waits longer than "
            f"{limit_ms / 1000:.0f} s: send about {fits} bytes of them at once, or a batch"
        )


def check_answer(visit: Visit, found: Response) -> None:
    """Raises PayloadTooLarge for an answer that no function can send."""
    most = visit.rules.answer_bytes
    if visit.jobs is not None and event_bytes(found) > most:
        raise PayloadTooLarge(
            f"the answer has {len(found.body)} bytes, and {most} can be sent: ask for base64 or "
            "fewer dimensions, send fewer texts at once, or a batch"
        )
