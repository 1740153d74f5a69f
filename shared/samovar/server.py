"""A door behind uvicorn, until it is told to end and what is under way is answered."""

import asyncio
from socket import socket
from types import FrameType
from typing import Any, Protocol

import uvicorn

from samovar.edges.asgi import Receive, Scope, Send

_CLOSE_S = 5


class Door(Protocol):
    """An ASGI application that can be told to end."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the life of the server."""
        ...

    async def drain(self, timeout_s: float) -> None:
        """Take nothing new, and wait for what is under way."""
        ...


def run_server(
    door: Door,
    listening: socket | None = None,
    *,
    drain_s: float,
    **options: Any,
) -> None:
    """Serve until SIGTERM or SIGINT, and then until what is under way is answered.

    `options` are those of uvicorn.Config; `listening` is a socket to serve on.
    """
    config = uvicorn.Config(
        door,
        lifespan="on",
        ws="none",
        access_log=False,  # the door writes a line of its own for each request
        server_header=False,
        timeout_graceful_shutdown=_CLOSE_S,
        **options,
    )
    DrainingServer(config, door, drain_s).run([listening] if listening else None)


class DrainingServer(uvicorn.Server):
    """Uvicorn that still takes connections while it drains, to tell clients to come again."""

    def __init__(self, config: uvicorn.Config, door: Door, drain_s: float) -> None:
        super().__init__(config)
        self._door = door
        self._drain_s = drain_s
        self._loop: asyncio.AbstractEventLoop | None = None
        self._draining: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Uvicorn's own, which runs in the loop that will drain."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal drains; another one ends at once."""
        if self._loop is None or self._draining is not None:
            super().handle_exit(sig, frame)
        else:
            self._loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        if self._draining is None:
            self._draining = asyncio.ensure_future(self._drain())

    async def _drain(self) -> None:
        await self._door.drain(self._drain_s)
        self.should_exit = True
