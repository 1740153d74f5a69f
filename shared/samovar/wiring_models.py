"""Models put together: a part of samovar.wiring, under its rules."""

from __future__ import annotations  # of ports, which cost a start and do nothing

import logging
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import DirectoryStore, ModelStores
from samovar.adapters.local import LocalPredictor
from samovar.adapters.opener import Opener
from samovar.adapters.sealed import SealedStore
from samovar.classification.places import Saving
from samovar.edges.init_report import START
from samovar.errors import SamovarError
from samovar.layout import CLASSIFIERS
from samovar.model import Model
from samovar.service import Service
from samovar.settings import Settings
from samovar.wiring_cache import build_cache

if TYPE_CHECKING:
    from samovar.classification.places import ClassifierFolders
    from samovar.ports import ModelStore, StreamPredictor
    from samovar.search.collections import Collections

log = logging.getLogger("samovar")


def build_service(settings: Settings, *, sealed: bool = False) -> Service:
    """The service of one process, with the models to preload already open."""
    store = build_store(settings, sealed=sealed)
    host = build_host(settings, store)
    cache, saving = build_cache(settings), build_saving(settings, host)
    return Service(store, host, cache, saving, build_collections(settings), build_far(settings))


def build_store(settings: Settings, *, sealed: bool = False) -> ModelStore:
    """The models folder, and behind it the bucket where one is configured.

    `sealed`: what has a seal there is believed to be as it was checked. A function's layer is
    its deployment's own; a folder that somebody is shown on a command line may be anybody's.
    """
    kind = SealedStore if sealed else DirectoryStore
    stores: list[ModelStore] = [kind(settings.models_dir)]
    if settings.models_bucket:
        stores.append(Lazy(lambda: _bucket_store(settings)))
        stores.append(Lazy(lambda: _saved_store(settings)))
    return ModelStores(stores)


def build_saving(settings: Settings, host: LocalPredictor) -> Saving:
    """Where clients' label sets are saved: in the bucket, else beside the models that are here."""
    return Saving(Lazy(lambda: _folders(settings)), host.unload)


def build_collections(settings: Settings) -> Collections | None:
    """Where clients' sets of documents are kept: in the data bucket, else in a folder.

    None where there is neither.
    """
    if not (settings.data_bucket or settings.collections_dir):
        return None
    return cast("Collections", Lazy(lambda: _collections(settings)))


def _collections(settings: Settings) -> Collections:
    from samovar.search.collections import Collections

    if not settings.data_bucket:
        from samovar.adapters.folder_collections import FolderCollections

        return Collections(FolderCollections(settings.collections_dir or Path()))
    import boto3

    from samovar.adapters.aws_clients import FORMS
    from samovar.adapters.s3_collections import S3Collections

    return Collections(S3Collections(boto3.client("s3", config=FORMS), settings.data_bucket))


def build_far(settings: Settings) -> StreamPredictor | None:
    """The endpoint that generates what a function has no time for; None where none is named."""
    if not settings.stream_endpoint:
        return None
    return cast("StreamPredictor", Lazy(lambda: _far(settings)))


def _far(settings: Settings) -> StreamPredictor:
    import boto3

    from samovar.adapters.aws_clients import texts
    from samovar.adapters.sagemaker_stream import SageMakerTexts

    config = texts(settings.sync_limit_ms / 1000 + 1)  # of the 29 s that a gateway waits
    client = boto3.client("sagemaker-runtime", config=config)
    return SageMakerTexts(client, settings.stream_endpoint)


def load_model(settings: Settings, name: str, version: str = "") -> Model:
    """A model opened by itself, to look at or to check. Raises NotFound, ModelFault."""
    host = LocalPredictor(build_store(settings), open_runner(settings), SystemClock())
    return host.load(name, version)


def build_host(settings: Settings, store: ModelStore) -> LocalPredictor:
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
    return Opener(settings.threads, waits=settings.is_function)


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


def _saved_store(settings: Settings) -> ModelStore:
    import boto3

    from samovar.adapters.s3 import S3Store

    scratch = settings.cache_dir / CLASSIFIERS
    return S3Store(boto3.client("s3"), settings.models_bucket, CLASSIFIERS, scratch)


def _folders(settings: Settings) -> ClassifierFolders:
    if settings.models_bucket:
        import boto3

        from samovar.adapters.s3_classifiers import S3Classifiers

        return S3Classifiers(boto3.client("s3"), settings.models_bucket, CLASSIFIERS)
    from samovar.adapters.classifier_folders import FolderClassifiers

    return FolderClassifiers(settings.models_dir)


class Lazy:
    """Something that is built when it is first asked: boto3 costs a cold start 300 ms."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._built = cache(build)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._built(), name)
