"""Models on this machine: the folders they lie in, and the predictor that holds them."""

import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from samovar import pipeline
from samovar.adapters.model_files import LocalFiles, verify
from samovar.errors import ModelFault, ModelNotFound, VersionNotFound
from samovar.manifest import LOCK, MANIFEST, read_manifest
from samovar.model import Model
from samovar.ports import Clock, ModelFiles, ModelStore, Runner
from samovar.programs import program_type
from samovar.statistics import ModelStatistics
from samovar.types import ModelSpec, Payload

OpenRunner = Callable[[Path], Runner]


class DirectoryStore:
    """Models in a folder of folders, in the layout that Triton and KServe use too."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self) -> tuple[str, ...]:
        """Folders that hold a manifest or a numbered version."""
        if not self._root.is_dir():
            return ()
        return tuple(sorted(entry.name for entry in self._root.iterdir() if _is_model(entry)))

    def spec(self, name: str) -> ModelSpec:
        """The manifest, read from model.toml and model.lock where they are."""
        folder = self._folder(name)

        def read(file: str) -> bytes:
            return LocalFiles(folder, folder).read(file)

        return read_manifest(name, _text(folder / MANIFEST), _text(folder / LOCK), read=read)

    def versions(self, name: str) -> tuple[str, ...]:
        """Numbered folders, lowest first."""
        folder = self._folder(name)
        found = [entry.name for entry in folder.iterdir() if _is_version(entry)]
        return tuple(sorted(found, key=int))

    def fetch(self, name: str, version: str) -> ModelFiles:
        """The version's folder, each file checked against the manifest before it is opened."""
        if version not in self.versions(name):
            raise VersionNotFound(unknown_version(name, version))
        folder = self._folder(name)
        files = LocalFiles(folder / version, folder)
        verify(self.spec(name), version, files)
        return files

    def _folder(self, name: str) -> Path:
        # A name comes from a URL: only an entry of the folder itself can be meant.
        if name not in self.names():
            raise ModelNotFound(unknown_model(name))
        return self._root / name


class ModelStores:
    """Several stores as one: a model is where the first store that has its files says."""

    def __init__(self, stores: Iterable[ModelStore]) -> None:
        self._stores = tuple(stores)

    def names(self) -> tuple[str, ...]:
        """Every store's names, once each."""
        return tuple(sorted({name for store in self._stores for name in store.names()}))

    def spec(self, name: str) -> ModelSpec:
        """The manifest in the first store that has one."""
        for store in self._stores:
            try:
                return store.spec(name)
            except ModelNotFound:
                continue
        raise ModelNotFound(unknown_model(name))

    def versions(self, name: str) -> tuple[str, ...]:
        """The versions of every store, lowest first."""
        found: set[str] = set()
        known = False
        for store in self._stores:
            try:
                found.update(store.versions(name))
                known = True
            except ModelNotFound:
                continue
        if not known:
            raise ModelNotFound(unknown_model(name))
        return tuple(sorted(found, key=int))

    def fetch(self, name: str, version: str) -> ModelFiles:
        """The files from the first store that has this version."""
        for store in self._stores:
            try:
                return store.fetch(name, version)
            except (ModelNotFound, VersionNotFound):
                continue
        raise VersionNotFound(unknown_version(name, version))


class LocalPredictor:
    """Runs models in this process: each is opened once, on its first request or before."""

    def __init__(self, store: ModelStore, open_runner: OpenRunner, clock: Clock) -> None:
        self._store = store
        self._open_runner = open_runner
        self._clock = clock
        self._models: dict[tuple[str, str], Model] = {}
        self._latest: dict[str, str] = {}
        self._lock = threading.Lock()
        self._statistics: dict[tuple[str, str], ModelStatistics] = {}

    def predict(self, model: str, version: str, payload: Payload) -> Payload:
        """The answer to one request."""
        loaded = self.load(model, version)
        statistics = self._statistics[model, loaded.version]
        start = self._clock.perf_ns()
        try:
            answer = pipeline.infer(payload, loaded)
        except Exception:
            statistics.failed(self._clock.perf_ns() - start)
            raise
        statistics.succeeded(self._clock.perf_ns() - start, self._clock.now_ns())
        return answer

    def load(self, name: str, version: str = "") -> Model:
        """The model, opened if it was not. No version means the newest."""
        chosen = version or self._latest.get(name, "")
        found = self._models.get((name, chosen))
        if found is not None:
            return found
        with self._lock:
            chosen = chosen or self._newest(name)
            found = self._models.get((name, chosen))
            if found is None:
                found = open_model(self._store, name, chosen, self._open_runner)
                self._statistics[name, chosen] = ModelStatistics()
                self._models[name, chosen] = found
            if not version:
                self._latest[name] = chosen
        return found

    def statistics(self) -> Mapping[tuple[str, str], ModelStatistics]:
        """What this process has done, by model and version."""
        return dict(self._statistics)

    def _newest(self, name: str) -> str:
        versions = self._store.versions(name)
        if not versions:
            raise VersionNotFound(f"model '{name}' has no version that can be run")
        return versions[-1]


def open_model(store: ModelStore, name: str, version: str, open_runner: OpenRunner) -> Model:
    """A version's graphs opened and its steps bound. Raises ModelFault, NotFound."""
    spec = store.spec(name)
    files = store.fetch(name, version)
    cls = program_type(spec.program.name)
    runners = {role: open_runner(files.path(file)) for role, file in spec.program.runners.items()}
    try:
        program = cls(**spec.program.params).bind(spec, runners, files.read)
    except KeyError as error:
        raise ModelFault(f"model '{name}': program '{spec.program.name}' lacks {error}") from None
    return Model(spec, version, program)


def unknown_model(name: str) -> str:
    """The protocol's words for a model that is not there."""
    return f"Request for unknown model: '{name[:128]}' is not found"


def unknown_version(name: str, version: str) -> str:
    """The protocol's words for a version that is not there."""
    return f"Request for unknown model: '{name[:128]}' version {version[:32]} is not found"


def _is_model(entry: Path) -> bool:
    if not entry.is_dir() or entry.name.startswith("."):
        return False
    return (entry / MANIFEST).is_file() or any(_is_version(child) for child in entry.iterdir())


def _is_version(entry: Path) -> bool:
    return entry.name.isascii() and entry.name.isdigit() and entry.is_dir()


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""
