"""Models in a folder that was packed with seals: opened without being checked a second time."""

from __future__ import annotations  # of ports, which cost a start and do nothing

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from samovar.adapters.directory import DirectoryStore, is_entry
from samovar.errors import ModelCorrupt
from samovar.layout import SEALS
from samovar.seal import Seal, Sizes, read_seal
from samovar.types import ModelSpec

if TYPE_CHECKING:
    from samovar.ports import ModelFiles

log = logging.getLogger("samovar")


class SealedStore:
    """A models folder. What has a seal, and the sizes that it tells, is as it was when checked.

    All else is read, and checked by whoever opens it, as in any folder. For a folder that only
    its owner writes to: a seal is believed.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._plain = DirectoryStore(root)
        self._seals: dict[str, Seal] = {}

    def names(self) -> tuple[str, ...]:
        """Folders that hold a manifest or a numbered version."""
        return self._plain.names()

    def spec(self, name: str) -> ModelSpec:
        """The sealed manifest, else what model.toml and model.lock say."""
        seal = self._seal(name)
        return seal.spec if seal else self._plain.spec(name)

    def versions(self, name: str) -> tuple[str, ...]:
        """Numbered folders, lowest first: those that lie there, whatever was sealed."""
        return self._plain.versions(name)

    def fetch(self, name: str, version: str) -> ModelFiles:
        """The version's folder; checked, where each file has the size that it was sealed with."""
        seal = self._seal(name)
        sizes = seal.versions.get(version) if seal else None
        folder = self._root / name / version
        if sizes and _differing(folder, sizes) is None:
            return SealedFiles(folder, sizes)
        if sizes:
            said = "model %s version %s: %s is not as it was sealed; its files are checked anew"
            log.warning(said, name, version, _differing(folder, sizes))
        return self._plain.fetch(name, version)

    def _seal(self, name: str) -> Seal | None:
        """A model's seal. Those that are not there are not kept: names come from URLs."""
        found = self._seals.get(name) or self._read(name)
        if found:
            self._seals[name] = found
        return found

    def _read(self, name: str) -> Seal | None:
        """The seal of a model whose manifest has not changed since; None where there is none."""
        if not is_entry(name):
            return None
        try:
            with open(f"{self._root}/{SEALS}/{name}.json", "rb") as file:  # noqa: PTH123 - Path.open takes twice as long
                body = file.read()
        except (OSError, UnicodeEncodeError):
            return None
        seal = read_seal(body, lambda: self._plain.spec(name).examples)
        changed = "its seal" if seal is None or seal.spec.name != name else None
        changed = changed or _differing(self._root / name, seal.manifest if seal else {})
        if changed:
            log.warning("model %s: %s is not as it was sealed; the seal is not used", name, changed)
            return None
        return seal


class SealedFiles:
    """The files of a sealed version."""

    checked = True

    def __init__(self, folder: Path, sizes: Sizes) -> None:
        self._folder = folder
        self._sizes = sizes

    def path(self, name: str) -> Path:
        """Where a file lies. Raises ModelCorrupt for one that was not there to be sealed."""
        if name not in self._sizes:
            raise ModelCorrupt(f"{name[:200]!r} is not among the sealed files of the model")
        return self._folder / name

    def read(self, name: str) -> bytes:
        """The file's bytes."""
        path = self.path(name)
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - Path.open takes twice as long
                return file.read()
        except OSError as error:
            raise ModelCorrupt(f"{name!r} cannot be read: {error.strerror}") from None


def _differing(folder: Path, sizes: Mapping[str, int]) -> str | None:
    """The first file that has not the size it should have; one that is missing has none."""
    for name, size in sizes.items():
        try:
            found = os.stat(f"{folder}/{name}").st_size  # noqa: PTH116 - a Path is made for nothing else
        except OSError:
            found = 0
        if found != size:
            return name
    return None
