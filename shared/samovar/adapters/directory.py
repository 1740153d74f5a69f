"""Models in folders on this machine, and several stores as one."""

from __future__ import annotations  # of ports, which cost a start and do nothing

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from samovar.adapters.model_files import LocalFiles
from samovar.errors import ModelNotFound, NotFound, VersionNotFound
from samovar.layout import LOCK, MANIFEST
from samovar.types import ModelSpec

if TYPE_CHECKING:
    from samovar.ports import ModelFiles, ModelStore


class DirectoryStore:
    """Models in a folder of folders, in the layout that Triton and KServe use too."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self) -> tuple[str, ...]:
        """Folders that hold a manifest or a numbered version."""
        if not self._root.is_dir():
            return ()
        return tuple(sorted(entry.name for entry in self._root.iterdir() if is_model(entry)))

    def spec(self, name: str) -> ModelSpec:
        """The manifest, read from model.toml and model.lock where they are."""
        from samovar.manifest import read_manifest  # TOML is for those who read it

        folder = self._folder(name)

        def read(file: str) -> bytes:
            return LocalFiles(folder, folder).read(file)

        return read_manifest(name, _content(folder / MANIFEST), _content(folder / LOCK), read=read)

    def versions(self, name: str) -> tuple[str, ...]:
        """Numbered folders, lowest first."""
        folder = self._folder(name)
        found = [entry.name for entry in folder.iterdir() if _is_version(entry)]
        return tuple(sorted(found, key=int))

    def fetch(self, name: str, version: str) -> ModelFiles:
        """The version's folder."""
        if version not in self.versions(name):
            raise VersionNotFound(unknown_version(name, version))
        folder = self._folder(name)
        return LocalFiles(folder / version, folder)

    def _folder(self, name: str) -> Path:
        # A name comes from a URL: only an entry of the folder itself can be meant.
        folder = self._root / name
        if not is_entry(name) or not is_model(folder):
            raise ModelNotFound(unknown_model(name))
        return folder


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
        """The versions in the first store that has any: where the files are.

        Later stores are not asked, so a bundled model never waits for the bucket.
        """
        known = False
        for store in self._stores:
            try:
                versions = store.versions(name)
            except ModelNotFound:
                continue
            known = True
            if versions:
                return versions
        if not known:
            raise ModelNotFound(unknown_model(name))
        return ()

    def fetch(self, name: str, version: str) -> ModelFiles:
        """The files from the first store that has this version."""
        refusal: NotFound = ModelNotFound(unknown_model(name))
        for store in self._stores:
            try:
                return store.fetch(name, version)
            except VersionNotFound as error:
                refusal = error
            except ModelNotFound:
                continue
        raise refusal


_LONGEST = 255  # bytes of a file's name


def unknown_model(name: str) -> str:
    """The protocol's words for a model that is not there."""
    return f"Request for unknown model: '{name[:128]}' is not found"


def unknown_version(name: str, version: str) -> str:
    """The protocol's words for a version that is not there."""
    return f"Request for unknown model: '{name[:128]}' version {version[:32]} is not found"


def is_entry(name: str) -> bool:
    """Whether a name can be that of an entry of a folder, and of none but it."""
    plain = "/" not in name and "\0" not in name and not name.startswith(".")
    return plain and 0 < len(name.encode(errors="replace")) <= _LONGEST


def is_model(entry: Path) -> bool:
    """Whether a folder is a model's: it holds a manifest or a numbered version.

    A folder of models is none, whatever number one of them has for a name.
    """
    if entry.name.startswith(".") or not entry.is_dir():
        return False
    return (entry / MANIFEST).is_file() or any(_is_version(child) for child in entry.iterdir())


def _is_version(entry: Path) -> bool:
    return is_version(entry.name) and entry.is_dir() and not (entry / MANIFEST).is_file()


def is_version(name: str) -> bool:
    """Whether a folder of this name is a version: a whole number in plain digits."""
    return name.isascii() and name.isdigit() and len(name) <= MAX_DIGITS


MAX_DIGITS = 18


def _content(path: Path) -> bytes:
    return LocalFiles(path.parent, path.parent).read(path.name) if path.is_file() else b""
