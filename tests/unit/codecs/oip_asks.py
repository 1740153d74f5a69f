"""Questions in the protocol, put to a model without a server."""

from collections.abc import Mapping
from typing import Any

import orjson
from samovar import pipeline
from samovar.codecs.oip import binary_type, header_size
from samovar.model import Model
from samovar.types import OIP_JSON, Payload

from tests.function_models import function_model


def echo(datatype: str) -> Model:
    """x → y of one datatype."""
    tensor = (datatype, (-1, 2))
    return function_model(lambda t: {"y": t["x"]}, {"x": tensor}, {"y": tensor})[0]


def ask(model: Model, head: Mapping[str, Any], raw: bytes | None = None) -> tuple[dict, bytes]:
    """The answer's JSON, and the bytes after it."""
    body = orjson.dumps(head)
    media = OIP_JSON if raw is None else binary_type(len(body))
    answer = pipeline.infer(Payload(body + (raw or b""), media, "request-1"), model)
    size = header_size(answer.content_type)
    end = len(answer.body) if size is None else size
    return orjson.loads(answer.body[:end]), answer.body[end:]
