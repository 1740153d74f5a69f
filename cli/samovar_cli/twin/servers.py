"""The twin's HTTP servers: uvicorn, several in one loop, without its signal handlers."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn
from samovar.errors import CommandFailed

from samovar_cli.twin.emulator import HOST

_HEAD_BYTES = 256 * 1024  # the gateway itself says 431 far below


class _Server(uvicorn.Server):
    """Signals belong to the twin: it has children to end first."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Servers:
    """ASGI applications, each on a loopback socket."""

    def __init__(self) -> None:
        self._running: list[tuple[_Server, asyncio.Task[None]]] = []

    async def start(self, app: Any, listening: socket.socket) -> None:
        """Serve `app`; it answers when this returns."""
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            h11_max_incomplete_event_size=_HEAD_BYTES,
            timeout_graceful_shutdown=1,
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        self._running.append((server, task))
        while not server.started and not task.done():
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Answer what has begun, for a second, and end."""
        for server, _ in self._running:
            server.should_exit = True
        await asyncio.gather(*(task for _, task in self._running), return_exceptions=True)


def listen(port: int) -> socket.socket:
    """A loopback socket; port 0 takes any that is free. Raises CommandFailed when it is taken."""
    # asyncio turns Nagle's delay of 40 ms off only where the protocol is named.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        raise CommandFailed(
            f"port {port} cannot be used ({error.strerror}): "
            f"end what listens there, or choose another, as in `samovar up --port {port + 1}`"
        ) from None
    listening.listen(128)
    return listening


def listen_beside(port: int) -> socket.socket:
    """A loopback socket at the port after `port`, or where that cannot be used, at any."""
    try:
        return listen(port + 1 if port else 0)
    except (CommandFailed, OverflowError):
        return listen(0)


def url_of(listening: socket.socket) -> str:
    """Where a listening socket is reached."""
    return f"http://{HOST}:{listening.getsockname()[1]}"
