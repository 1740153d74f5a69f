"""The container put together, and run until it is told to end."""

import asyncio
from collections.abc import Mapping
from socket import socket
from types import FrameType

import uvicorn

from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import ModelStores, is_model
from samovar.adapters.local import LocalPredictor
from samovar.adapters.rack import Rack
from samovar.adapters.shelf import Shelf
from samovar.edges.batcher import Batcher
from samovar.edges.observe import Observer
from samovar.edges.sagemaker import SageMakerDoor
from samovar.settings import Settings, read_settings
from samovar.wiring import build_store, open_runner

_DRAIN_S = 20.0
"""SageMaker sends SIGKILL 30 s after SIGTERM; what is left is for answers on their way."""
_CLOSE_S = 5


def container_app(settings: Settings) -> SageMakerDoor:
    """The container's ASGI application. Models are opened once its lifespan has begun."""
    shelf, store = Shelf(), build_store(settings)
    preload = settings.preload
    if is_model(settings.models_dir):  # one model's archive, unpacked: its folder has no name
        preload = preload[:1] or ("model",)
        shelf.put(preload[0], settings.models_dir)
    stores = ModelStores([shelf, store])
    host = LocalPredictor(stores, open_runner(settings), SystemClock())
    rack = Rack(host, stores, shelf, preload)
    batcher = Batcher(host, rack.batch_size, settings.batch_delay_ms / 1000)
    return SageMakerDoor(rack, batcher, settings, Observer(settings, SystemClock()))


def run_container(environment: Mapping[str, str], host: str, log_level: str = "warning") -> None:
    """Serve until SIGTERM or SIGINT, and then until what is under way is answered."""
    settings = read_settings(environment)
    app = container_app(settings)
    config = uvicorn.Config(
        app,
        host,
        settings.port,
        lifespan="on",
        ws="none",
        log_level=log_level,
        access_log=False,  # the door writes a line of its own for each request
        server_header=False,
        timeout_keep_alive=75,  # over SageMaker's own 60 s: it must be the one to hang up
        timeout_graceful_shutdown=_CLOSE_S,
    )
    _Server(config, app).run()


class _Server(uvicorn.Server):
    """Uvicorn that still takes connections while it drains, to tell clients to come again."""

    def __init__(self, config: uvicorn.Config, door: SageMakerDoor) -> None:
        super().__init__(config)
        self._door = door
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
        await self._door.drain(_DRAIN_S)
        self.should_exit = True
