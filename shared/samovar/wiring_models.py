"""Models put together: a part of samovar.wiring, under its rules."""

from __future__ import annotations  # of ports, which cost a start and do nothing

import logging
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import DirectoryStore, ModelStores
from samovar.adapters.local import LocalPredictor
from samovar.adapters.opener import Opener
from samovar.adapters.sealed import SealedStore
from samovar.edges.init_report import START
from samovar.errors import SamovarError
from samovar.model import Model
from samovar.service import Service
from samovar.settings import Settings

if TYPE_CHECKING:
    from samovar.ports import ModelHost, ModelStore

log = logging.getLogger("samovar")


def build_service(settings: Settings, *, sealed: bool = False) -> Service:
    """The service of one process, with the models to preload already open."""
    store = build_store(settings, sealed=sealed)
    return Service(store, build_host(settings, store))


def build_store(settings: Settings, *, sealed: bool = False) -> ModelStore:
    """The models folder, and behind it the bucket where one is configured.

    `sealed`: what has a seal there is believed to be as it was checked. A function's layer is
    its deployment's own; a folder that somebody is shown on a command line may be anybody's.
    """
    kind = SealedStore if sealed else DirectoryStore
    stores: list[ModelStore] = [kind(settings.models_dir)]
    if settings.models_bucket:
        stores.append(Lazy(lambda: _bucket_store(settings)))
    return ModelStores(stores)


def load_model(settings: Settings, name: str, version: str = "") -> Model:
    """A model opened by itself, to look at or to check. Raises NotFound, ModelFault."""
    host = LocalPredictor(build_store(settings), open_runner(settings), SystemClock())
    return host.load(name, version)


def build_host(settings: Settings, store: ModelStore) -> ModelHost:
    """What holds this process's models, with those to preload already open."""
    host = LocalPredictor(store, open_runner(settings), SystemClock(), START.opened)
    for name in settings.preload:
        try:
            host.load(name)
        except SamovarError as error:  # one broken model must not take the others down
            log.warning("model %s cannot be preloaded: %s", name, error.message)
    return host


def open_runner(settings: Settings) -> Opener:
    """What opens a graph, on the best execution provider that there is."""
    return Opener(settings.threads)


def seal_models(root: Path) -> Mapping[str, str]:
    """Check and seal every model of a folder that nobody will write to.

    Why not, by name, for each that is not sealed.
    """
    from samovar.adapters.sealing import seal_models as seal

    return seal(root)


def _bucket_store(settings: Settings) -> ModelStore:
    import boto3

    from samovar.adapters.s3 import S3Store

    client = boto3.client("s3")
    return S3Store(client, settings.models_bucket, settings.models_prefix, settings.cache_dir)


class Lazy:
    """Something that is built when it is first asked: boto3 costs a cold start 300 ms."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._built = cache(build)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._built(), name)
