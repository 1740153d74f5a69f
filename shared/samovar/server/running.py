"""A door behind uvicorn, until it is told to end and what is under way is answered."""

import asyncio
from socket import socket
from types import FrameType
from typing import Any, Protocol

import uvicorn

from samovar.edges.asgi import Receive, Scope, Send
from samovar.server.limits import Stalled, bounded_http

_CLOSE_S = 5
_LOOK_TICKS = 10  # of 0.1 s


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
    body_s: float,
    **options: Any,
) -> None:
    """Serve until SIGTERM or SIGINT, and then until what is under way is answered.

    `options` are those of uvicorn.Config; `listening` is a socket to serve on, in place of its
    address. Bodies have `body_s` seconds to come, answers under way `drain_s` to be made.
    """
    config = uvicorn.Config(
        door,
        http=bounded_http(door),
        lifespan="on",
        proxy_headers=False,  # no door asks who or by what scheme, and each request would pay
        ws="none",
        access_log=False,  # the door writes a line of its own for each request
        server_header=False,
        timeout_graceful_shutdown=_CLOSE_S,
        **options,
    )
    server = DrainingServer(config, door, drain_s, Stalled(body_s))
    server.run([listening] if listening else None)


class DrainingServer(uvicorn.Server):
    """Uvicorn that still takes connections while it drains, to tell clients to come again."""

    def __init__(
        self, config: uvicorn.Config, door: Door, drain_s: float, stalled: Stalled
    ) -> None:
        super().__init__(config)
        self._door = door
        self._drain_s = drain_s
        self._stalled = stalled
        self._loop: asyncio.AbstractEventLoop | None = None
        self._draining: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Uvicorn's own, which runs in the loop that will drain."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether to end."""
        if counter % _LOOK_TICKS == 0:
            self._stalled.look(self.server_state.connections)
        return await super().on_tick(counter)

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
