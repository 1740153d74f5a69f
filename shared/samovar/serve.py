"""`samovar serve` put together: the whole API in one process, with no AWS at all."""

import os
from collections.abc import Mapping
from socket import socket
from typing import NoReturn

from samovar.adapters.clock import SystemClock
from samovar.adapters.local import LocalPredictor
from samovar.adapters.rack import Rack
from samovar.adapters.shelf import Shelf
from samovar.edges.batched import Batched
from samovar.edges.batcher import Batcher
from samovar.edges.late_observer import LateObserver
from samovar.edges.observe import Observer
from samovar.edges.plain import PlainDoor
from samovar.server.running import run_server
from samovar.server.workers import listen
from samovar.service import Service
from samovar.settings import Settings, read_settings
from samovar.wiring import build_store, open_runner
from samovar.wiring_cache import build_cache
from samovar.wiring_models import build_collections, build_saving

_DRAIN_S = 20.0
_KEEP_ALIVE_S = 75  # over the 60 s of most proxies: they must be the ones to hang up


def plain_app(
    settings: Settings, batch_delay_ms: float | None = None, observer: Observer | None = None
) -> PlainDoor:
    """The ASGI application. Models to preload are opened once its lifespan has begun.

    Requests share runs where `batch_delay_ms` says how long one may wait for others.
    """
    store = build_store(settings)
    host = LocalPredictor(store, open_runner(settings), SystemClock())
    rack = Rack(host, store, Shelf(), settings.preload)
    observer = observer or Observer(settings, SystemClock())
    batched = None
    if batch_delay_ms is not None:
        batcher = Batcher(host, rack.batch_size, batch_delay_ms / 1000)
        batched = Batched(rack, batcher, settings)
    cache, saving = build_cache(settings), build_saving(settings, host)
    service = Service(store, host, cache, saving, build_collections(settings))
    return PlainDoor(service, settings, observer, rack.warm_up, batched)


def run_plain(
    environment: Mapping[str, str],
    listening: socket | None = None,
    batch_delay_ms: float | None = None,
) -> NoReturn:
    """Serve until SIGTERM or SIGINT, then until what is under way is answered, and end the process.

    Without a socket it listens for all, at the port that the environment names.
    """
    settings = read_settings(environment)
    observer = LateObserver(settings, SystemClock())
    run_server(
        plain_app(settings, batch_delay_ms, observer),
        listening or listen("0.0.0.0", settings.port)[0],  # noqa: S104 - of an image
        drain_s=_DRAIN_S,
        body_s=settings.timeout_s,
        log_level="error",
        timeout_keep_alive=_KEEP_ALIVE_S,
    )
    observer.write_out()
    os._exit(0)  # else Python waits for threads whose runs nobody waits for any more
