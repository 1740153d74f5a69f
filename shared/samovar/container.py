"""The container put together, and run until it is told to end."""

from collections.abc import Mapping

from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import ModelStores, is_model
from samovar.adapters.local import LocalPredictor
from samovar.adapters.rack import Rack
from samovar.adapters.shelf import Shelf
from samovar.edges.batcher import Batcher
from samovar.edges.observe import Observer
from samovar.edges.sagemaker import SageMakerDoor
from samovar.edges.texts import Texts
from samovar.server.running import run_server
from samovar.settings import Settings, read_settings
from samovar.wiring import build_store, open_runner

_DRAIN_S = 20.0
"""SageMaker sends SIGKILL 30 s after SIGTERM; what is left is for answers on their way."""


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
    texts = Texts(host, settings)
    return SageMakerDoor(rack, batcher, texts, settings, Observer(settings, SystemClock()))


def run_container(environment: Mapping[str, str], host: str, log_level: str = "warning") -> None:
    """Serve until SIGTERM or SIGINT, and then until what is under way is answered."""
    settings = read_settings(environment)
    run_server(
        container_app(settings),
        drain_s=_DRAIN_S,
        body_s=settings.timeout_s,
        host=host,
        port=settings.port,
        log_level=log_level,
        timeout_keep_alive=75,  # over SageMaker's own 60 s: it must be the one to hang up
    )
