"""Models by a name of their own, wherever their folders lie: what a multi-model host is told."""

from dataclasses import replace
from pathlib import Path

from samovar.adapters.directory import DirectoryStore, is_model, unknown_model
from samovar.errors import ModelNotFound
from samovar.ports import ModelFiles
from samovar.types import ModelSpec


class Shelf:
    """A store of single model folders. Names and folders come and go while it is in use."""

    def __init__(self) -> None:
        self._folders: dict[str, Path] = {}

    def put(self, name: str, folder: Path) -> None:
        """Give a folder a name. Raises ModelNotFound where it holds no model."""
        if not is_model(folder):
            raise ModelNotFound(
                f"{folder} holds no model: neither a model.toml nor a numbered version"
            )
        self._folders[name] = folder

    def remove(self, name: str) -> None:
        """Forget a name; one that is not there is no error."""
        self._folders.pop(name, None)

    def folder(self, name: str) -> Path | None:
        """Where a model that was put here lies."""
        return self._folders.get(name)

    def names(self) -> tuple[str, ...]:
        """The names that were given, sorted."""
        return tuple(sorted(self._folders))

    def spec(self, name: str) -> ModelSpec:
        """The folder's manifest, under the model's name here."""
        store, entry = self._behind(name)
        return replace(store.spec(entry), name=name)

    def versions(self, name: str) -> tuple[str, ...]:
        """Numbered folders, lowest first."""
        store, entry = self._behind(name)
        return store.versions(entry)

    def fetch(self, name: str, version: str) -> ModelFiles:
        """The version's folder."""
        store, entry = self._behind(name)
        return store.fetch(entry, version)

    def _behind(self, name: str) -> tuple[DirectoryStore, str]:
        folder = self._folders.get(name)
        if folder is None:
            raise ModelNotFound(unknown_model(name))
        return DirectoryStore(folder.parent), folder.name
