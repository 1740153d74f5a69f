"""Requests to models that generate: each has a thread, and its texts grow with all others'.

A batch of them would wait for its longest. The model's own scheduler takes every text a token
further in each step, so all that a door does is let every request reach it, and tell it when
nobody waits any more.
"""

import asyncio
import time
from collections.abc import Generator
from contextlib import closing
from functools import partial

from samovar.edges.asgi import Receive
from samovar.edges.batcher import Key, expired
from samovar.edges.invocations import Wanted, write_answer
from samovar.edges.messages import Request, Response, error_response
from samovar.edges.openai_written import EVENTS, written
from samovar.edges.sources import Source
from samovar.edges.text_asks import TextAsk, read_ask
from samovar.edges.text_threads import TextThreads
from samovar.errors import SamovarError, Unavailable
from samovar.ports import StreamPredictor
from samovar.settings import Settings
from samovar.types import Payload
from samovar.values import dataclass


@dataclass(slots=True)
class TextCounts:
    """What has been asked of one version of a model."""

    requests: int = 0
    active: int = 0  # now
    most: int = 0  # at once


class Texts:
    """Answers of generating models, whole or in pieces. All but threads' work is in the loop."""

    def __init__(self, host: StreamPredictor, settings: Settings) -> None:
        self.counts: dict[Key, TextCounts] = {}
        self.threads = TextThreads(settings.in_flight)
        self._host = host
        self._stream_s = settings.stream_timeout_s

    async def answer(
        self,
        request: Request,
        wanted: Wanted,
        payload: Payload,
        receive: Receive,
        deadline_s: float,
    ) -> Response:
        """The response; of a stream, as soon as its first piece is there.

        `deadline_s` is a moment of the loop's clock. Raises SamovarError, ClientGone.
        """
        ask = read_ask(payload, request.headers.get("accept", ""))
        counts = self.counts.setdefault((wanted.model, wanted.version), TextCounts())
        counts.requests += 1
        counts.active += 1
        counts.most = max(counts.most, counts.active)
        try:
            async with asyncio.timeout_at(deadline_s):
                make = partial(self._made, request, wanted, ask)
                return await self.threads.run(receive, make)
        except TimeoutError:
            raise expired() from None
        finally:
            counts.active -= 1

    def _made(self, request: Request, wanted: Wanted, ask: TextAsk) -> Response:
        """In a thread. Raises SamovarError."""
        name, version = wanted.model, wanted.version
        source = Source(
            partial(self._host.predict, name, version), partial(self._stream, name, version)
        )
        if ask.openai is not None:
            return written(ask.openai, ask.form, request.request_id, name, source)
        if ask.streams:
            return as_events(source.stream(ask.payload), name)
        return write_answer(request, source.predict(ask.payload))

    def _stream(self, name: str, version: str, payload: Payload) -> Generator[bytes, None, None]:
        """The pieces, until the stream's time is over. Raises SamovarError."""
        end_s = time.monotonic() + self._stream_s
        with closing(self._host.stream(name, version, payload)) as pieces:
            for piece in pieces:
                yield piece
                if time.monotonic() >= end_s:
                    raise Unavailable(
                        f"the answer is not over after {self._stream_s} s; ask for less"
                    )


def as_events(pieces: Generator[bytes, None, None], model: str = "") -> Response:
    """The house's own pieces as server-sent events. Raises SamovarError before the first."""
    first = next(pieces)
    headers = {"cache-control": "no-store"}
    return Response(200, b"", EVENTS, headers, _events(first, pieces), model)


def _events(first: bytes, pieces: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    """An error among them is one of them, and the last."""
    with closing(pieces):
        yield b"data: " + first + b"\n\n"
        try:
            for piece in pieces:
                yield b"data: " + piece + b"\n\n"
        except SamovarError as error:
            yield b"data: " + error_response(error).body + b"\n\n"
