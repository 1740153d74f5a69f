"""What a body asks of a model that generates: in the house's words or in OpenAI's, whole or not."""

from typing import Any

import orjson

from samovar.codecs import media_type
from samovar.edges.messages import JSON
from samovar.edges.openai_written import EVENTS
from samovar.errors import MalformedBody, WrongDatatype
from samovar.frozen import replace
from samovar.openai.asks import Ask, read_chat, read_completion
from samovar.openai.forms import CHAT, TEXT, Form
from samovar.types import Payload
from samovar.values import dataclass

_OPENAI = {"messages": (read_chat, CHAT), "prompt": (read_completion, TEXT)}
"""The field that tells which of OpenAI's shapes a body has that names a `model`."""


@dataclass(frozen=True, slots=True)
class TextAsk:
    """What predict is asked, and how it is to be answered."""

    payload: Payload
    streams: bool = False
    openai: Ask | None = None  # of a body in OpenAI's shape, with the form of its answer
    form: Form = CHAT


def read_ask(payload: Payload, accept: str) -> TextAsk:
    """What a body asks; `accept` may ask for events. Raises MalformedBody, InvalidInput.

    A body that names its `model` is OpenAI's, as clients of SageMaker's own containers for text
    send it. All others are predict's, to which `"stream": true` may be added.
    """
    wants = media_type(accept) == EVENTS
    said = _object(payload)
    for field, (read, form) in _OPENAI.items():
        if "model" in said and field in said:
            ask = read(payload.body, payload.request_id)
            ask = replace(ask, streams=ask.streams or wants)
            return TextAsk(ask.payload, ask.streams, ask, form)
    if "stream" not in said:
        return TextAsk(payload, wants)
    asked = said.pop("stream")
    if asked not in (None, True, False):
        raise WrongDatatype("'stream' must be true or false")
    return TextAsk(replace(payload, body=orjson.dumps(said)), asked is True or wants)


def named_model(payload: Payload) -> str:
    """The model that a body in OpenAI's shape names; "" of any other body."""
    if b'"model"' not in payload.body:
        return ""
    try:
        said = _object(payload)
    except MalformedBody:
        return ""  # whoever reads it tells more
    named = said.get("model")
    return named if isinstance(named, str) and not _OPENAI.keys().isdisjoint(said) else ""


def _object(payload: Payload) -> dict[str, Any]:
    """The body's fields; none of a body that is no JSON, or no object."""
    if media_type(payload.content_type) not in (JSON, "") or not payload.body.lstrip().startswith(
        b"{"
    ):
        return {}
    if not any(name in payload.body for name in (b'"stream"', b'"model"')):
        return {}
    try:
        said: Any = orjson.loads(payload.body)
    except orjson.JSONDecodeError as error:
        raise MalformedBody(f"the body is not JSON: {error}") from None
    return said if isinstance(said, dict) else {}
