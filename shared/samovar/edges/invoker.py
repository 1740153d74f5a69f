"""Invocations: admitted while there is room, opened where they must be, run in batches."""

import asyncio
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from samovar.edges.asgi import Receive, discard, read_bytes
from samovar.edges.batcher import Batcher, expired
from samovar.edges.inference import Target
from samovar.edges.invocations import (
    Wanted,
    check_deadline,
    read_payload,
    read_wanted,
    write_answer,
)
from samovar.edges.messages import Request, Response
from samovar.edges.text_asks import named_model
from samovar.edges.texts import Texts
from samovar.errors import Overloaded, SamovarError, Unavailable
from samovar.settings import Settings
from samovar.types import Payload

_CLOCKS_S = 0.005
"""By which the loop's clock and the time of day may differ as a moment passes."""


class Models(Protocol):
    """The models of a container; `adapters/rack.py` says what each raises."""

    def default(self) -> str:
        """The model of requests that name none."""
        ...

    def warm_up(self) -> None:
        """Open the models to preload and run their golden examples."""
        ...

    def open(self, name: str, version: str) -> None:
        """Have a model in memory."""
        ...

    def is_open(self, name: str, version: str) -> bool:
        """Whether it can be run at once."""
        ...

    def add(self, name: str, url: str) -> None:
        """Open the model in a local folder under a name."""
        ...

    def remove(self, name: str) -> None:
        """Let go of a model."""
        ...

    def generates(self, name: str, version: str) -> bool:
        """Whether a model that is open generates text, a token at a time."""
        ...

    def loaded(self) -> Mapping[str, str]:
        """The names of the models in memory, and the URL that each came from."""
        ...


class Invoker:
    """Answers invocations, `settings.in_flight` at once and no more."""

    def __init__(
        self, models: Models, batcher: Batcher, settings: Settings, texts: Texts | None = None
    ) -> None:
        self.active = 0
        """Requests under way; whoever sends an answer in pieces counts it until it is sent."""
        self._texts = texts
        self._models = models
        self._batcher = batcher
        self._settings = settings

    async def answer(
        self, request: Request, model: str, receive: Receive, refusal: SamovarError | None
    ) -> tuple[Response, Target]:
        """The response, and the model that gave it. Raises SamovarError, ClientGone.

        A model named by the path goes before one that a header names.
        """
        if refusal is None and self.active >= self._settings.in_flight:
            refusal = Overloaded("the container has as many requests as it takes; send it again")
        if refusal is not None:
            await discard(receive)
            raise refusal
        self.active += 1
        try:
            return await self._admitted(request, model, receive)
        finally:
            self.active -= 1

    async def _admitted(
        self, request: Request, model: str, receive: Receive
    ) -> tuple[Response, Target]:
        start_s = time.monotonic()
        limit = self._settings.max_body_bytes
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                request = replace(request, body=await read_bytes(receive, limit))
        except TimeoutError:  # a client that never ends its body must not hold a place for ever
            raise expired() from None
        wanted = read_wanted(request.headers, float(self._settings.timeout_s))
        check_deadline(wanted)
        payload = read_payload(request, limit)
        name = model or wanted.model or named_model(payload) or self._models.default()
        wanted = replace(wanted, model=name)
        deadline_s = start_s + wanted.timeout_s
        target = Target("invocations", name, wanted.version)
        if self._texts is not None:
            await self._open(wanted, deadline_s)
            if self._models.generates(name, wanted.version):
                end_s = _loop_time(min(deadline_s, _moment(wanted.deadline_ms) + _CLOCKS_S))
                with _told_first(wanted):
                    response = await self._texts.answer(request, wanted, payload, receive, end_s)
                return response, target
        return write_answer(request, await self.run(wanted, payload, deadline_s)), target

    async def _open(self, wanted: Wanted, deadline_s: float) -> None:
        """Have the model in memory. Raises SamovarError."""
        if self._models.is_open(wanted.model, wanted.version):
            return
        try:
            async with asyncio.timeout_at(_loop_time(deadline_s)):
                await asyncio.to_thread(self._models.open, wanted.model, wanted.version)
        except TimeoutError:
            raise expired() from None

    async def run(self, wanted: Wanted, payload: Payload, deadline_s: float) -> Payload:
        """The answer, or the refusal as soon as the time is out, even while a batch runs.

        `deadline_s` is a moment of time.monotonic(). A call's own deadline only keeps a run
        from its beginning: what runs as it passes may succeed. Raises SamovarError.
        """
        await self._open(wanted, deadline_s)
        try:
            with _told_first(wanted):
                async with asyncio.timeout_at(_loop_time(deadline_s)):
                    begin_s = min(deadline_s, _moment(wanted.deadline_ms))
                    done = self._batcher.submit(wanted.model, wanted.version, payload, begin_s)
                    return await asyncio.wrap_future(done)
        except TimeoutError:
            raise expired() from None


@contextmanager
def _told_first(wanted: Wanted) -> Iterator[None]:
    """Of two reasons why a call was not answered, the one that is for good is told."""
    try:
        yield
    except Unavailable:
        check_deadline(wanted)
        raise


def _moment(epoch_ms: int) -> float:
    """A moment since the epoch by time.monotonic(); never, for 0."""
    return time.monotonic() + epoch_ms / 1000 - time.time() if epoch_ms else math.inf


def _loop_time(moment_s: float) -> float:
    """A moment of time.monotonic() by the loop's clock."""
    return asyncio.get_running_loop().time() + moment_s - time.monotonic()
