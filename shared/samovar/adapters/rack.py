"""The models of one container: opened, warmed, named by hosts of many models, let go."""

import os
import threading
from pathlib import Path

from samovar import golden_run
from samovar.adapters.directory import unknown_model
from samovar.adapters.local import LocalPredictor
from samovar.adapters.shelf import Shelf
from samovar.errors import InvalidInput, ModelExists, ModelFault, ModelNotFound, OutOfMemory
from samovar.model import Model
from samovar.ports import ModelStore
from samovar.programs import StreamingProgram

_ROOM = 2
"""Free memory that a model needs, in sizes of its files: its weights, and room to run."""


class Rack:
    """What a container holds. `preload` are the models without which it is not ready."""

    def __init__(
        self, host: LocalPredictor, store: ModelStore, shelf: Shelf, preload: tuple[str, ...]
    ) -> None:
        self._host = host
        self._store = store
        self._shelf = shelf
        self._preload = preload
        self._default = ""
        self._adding = threading.Lock()
        self._loaded: dict[str, str] = {}
        self._open: set[tuple[str, str]] = set()

    def default(self) -> str:
        """The model of requests that name none. Raises InvalidInput where that is not clear."""
        if not self._default:
            raise InvalidInput(
                "name the model: X-Amzn-SageMaker-Custom-Attributes: model=<name>, or set"
                " SAMOVAR_PRELOAD to the one that is meant where none is named"
            )
        return self._default

    def warm_up(self) -> None:
        """Open the models to preload and run their golden examples. Raises SamovarError.

        A wrong answer is a fault of the model: traffic must not reach it.
        """
        names = self._preload or self._store.names()
        if not self._preload and len(names) != 1:
            return
        for name in names:
            _warm(self._host.load(name))
            self._loaded[name] = ""
            self._open.add((name, ""))
        self._default = names[0]

    def open(self, name: str, version: str) -> None:
        """Have a model in memory. Raises NotFound, ModelFault."""
        self._host.load(name, version)
        self._loaded.setdefault(name, "")
        self._open.add((name, version))

    def is_open(self, name: str, version: str) -> bool:
        """Whether a model was opened by this name and version: it can be run at once."""
        return (name, version) in self._open

    def add(self, name: str, url: str) -> None:
        """Open the model in a local folder under a name.

        Raises ModelExists, ModelNotFound, OutOfMemory, ModelFault.
        """
        with self._adding:
            if name in self._loaded:
                raise ModelExists(f"model '{name[:128]}' is loaded; unload it first")
            folder = Path(url.removeprefix("file://"))
            _check_room(folder)
            self._shelf.put(name, folder)
            try:
                self._host.load(name)
            except BaseException as error:
                self._shelf.remove(name)
                if isinstance(error, MemoryError):
                    raise _no_room(name) from None
                raise
            self._loaded[name] = url

    def remove(self, name: str) -> None:
        """Let go of a model. Raises ModelNotFound where it is not loaded."""
        if self._loaded.pop(name, None) is None:
            raise ModelNotFound(unknown_model(name))
        self._open = {key for key in self._open if key[0] != name}
        self._shelf.remove(name)
        self._host.unload(name)

    def loaded(self) -> dict[str, str]:
        """The names of the models in memory, and the URL that each came from."""
        return dict(self._loaded)

    def generates(self, name: str, version: str) -> bool:
        """Whether a model that is open generates text, a token at a time."""
        return isinstance(self._host.load(name, version).program, StreamingProgram)

    def batch_size(self, name: str, version: str) -> int:
        """How many requests may share a run of a model that is open."""
        model = self._host.load(name, version)
        return model.spec.batch.max_size if model.shares_batch else 1


def _warm(model: Model) -> None:
    wrong = [found for found in golden_run.check(model) if not found.passed]
    if wrong:
        name = model.spec.name
        raise ModelFault(
            f"model '{name}' answers its example '{wrong[0].example.name}' wrongly;"
            f" `samovar models check {name}` tells more"
        )


def _check_room(folder: Path) -> None:
    size = sum(entry.stat().st_size for entry in folder.rglob("*") if entry.is_file())
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if size * _ROOM > free:
        raise _no_room(folder.name)


def _no_room(name: str) -> OutOfMemory:
    return OutOfMemory(f"there is no memory for model '{name[:128]}'; unload another first")
