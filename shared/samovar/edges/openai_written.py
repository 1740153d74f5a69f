"""What a model that generates says, written in OpenAI's shapes: at once, or as events."""

import time
from collections.abc import Generator, Mapping
from contextlib import closing
from typing import Any

import orjson

from samovar.edges.messages import Response
from samovar.edges.openai_errors import error_document
from samovar.edges.sources import Source
from samovar.errors import SamovarError
from samovar.openai.asks import Ask
from samovar.openai.forms import Form, Telling

EVENTS = "text/event-stream"
_DONE = b"data: [DONE]\n\n"


def written(ask: Ask, form: Form, request_id: str, name: str, source: Source) -> Response:
    """The answer to an ask: a document, or events as they come. Raises SamovarError.

    An error before the first word has a status of its own; what model answered is `name`.
    """
    head = {"id": form.prefix + request_id, "created": int(time.time()), "model": name}
    if ask.streams:
        pieces = source.stream(ask.payload)
        first = next(pieces)
        events = _events(Telling(form, head, ask.rows, usage=ask.tells_usage), first, pieces)
        return Response(200, b"", EVENTS, {"cache-control": "no-store"}, events, name)
    said = orjson.loads(source.predict(ask.payload).body)
    found = form.document(head, said.get("predictions", [said]))
    return Response(200, orjson.dumps(found), model=name)


def _events(
    telling: Telling, first: bytes, pieces: Generator[bytes, None, None]
) -> Generator[bytes, None, None]:
    """Server-sent events. An error among them is one of them, and the last."""
    with closing(pieces):
        for document in telling.opening():
            yield _event(document)
        try:
            said = first
            while True:
                for document in telling.add(orjson.loads(said)):
                    yield _event(document)
                said = next(pieces)
        except StopIteration:
            yield _DONE
        except SamovarError as error:
            yield _event(error_document(error))


def _event(document: Mapping[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(document) + b"\n\n"
