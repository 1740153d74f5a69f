"""The parts put together. The only caller of boto3.client; adapters are imported when needed."""

import logging
import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import DirectoryStore, ModelStores
from samovar.adapters.local import LocalPredictor
from samovar.errors import SamovarError
from samovar.model import Model
from samovar.ports import ModelStore, Runner
from samovar.service import Service
from samovar.settings import Settings, read_settings

log = logging.getLogger("samovar")

Handler = Callable[[dict[str, Any], Any], Any]


def build_service(settings: Settings) -> Service:
    """The service of one process, with the models to preload already open."""
    store = build_store(settings)
    host = LocalPredictor(store, _open_runner(settings), SystemClock())
    for name in settings.preload:
        try:
            host.load(name)
        except SamovarError as error:  # one broken model must not take the others down
            log.warning("model %s cannot be preloaded: %s", name, error.message)
    return Service(store, host)


def build_store(settings: Settings) -> ModelStore:
    """The models folder, and behind it the bucket where one is configured."""
    stores: list[ModelStore] = [DirectoryStore(settings.models_dir)]
    if settings.models_bucket:
        stores.append(_LazyStore(lambda: _bucket_store(settings)))
    return ModelStores(stores)


def load_model(settings: Settings, name: str, version: str = "") -> Model:
    """A model opened by itself, to look at or to check. Raises NotFound, ModelFault."""
    host = LocalPredictor(build_store(settings), _open_runner(settings), SystemClock())
    return host.load(name, version)


def hot_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/infer: infer, predict and statistics, without a framework."""
    from samovar.edges.hot import HotDoor
    from samovar.edges.observe import Observer

    settings = read_settings(environment)
    return HotDoor(build_service(settings), settings, Observer(settings, SystemClock()))


def http_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/http_api: everything else, by FastAPI through Mangum."""
    from mangum import Mangum

    from samovar.edges.http import build_app
    from samovar.edges.observe import Observer

    settings = read_settings(environment)
    app = build_app(build_service(settings), settings, Observer(settings, SystemClock()))
    handler: Handler = Mangum(app, lifespan="off")
    return handler


def direct_handler(environment: Mapping[str, str] = os.environ) -> Handler:
    """The handler of functions/direct: JSON in, JSON out."""
    from samovar.edges.direct import DirectDoor
    from samovar.edges.observe import Observer

    settings = read_settings(environment)
    return DirectDoor(build_service(settings), settings, Observer(settings, SystemClock()))


def _open_runner(settings: Settings) -> Callable[[Path], Runner]:
    def open_runner(path: Path) -> Runner:
        from samovar.adapters.onnx import OnnxRunner, available_providers

        return OnnxRunner(path, threads=settings.threads, providers=available_providers())

    return open_runner


def _bucket_store(settings: Settings) -> ModelStore:
    import boto3

    from samovar.adapters.s3 import S3Store

    client = boto3.client("s3")
    return S3Store(client, settings.models_bucket, settings.models_prefix, settings.cache_dir)


class _LazyStore:
    """A store that is built when it is first asked: boto3 costs a cold start 300 ms."""

    def __init__(self, build: Callable[[], ModelStore]) -> None:
        self._built = cache(build)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._built(), name)
