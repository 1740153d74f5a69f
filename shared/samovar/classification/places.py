"""Where label sets are saved, as a port: every start meets this file, so there is no more in it."""

from __future__ import annotations  # every start meets this list, and few need what it names

from typing import TYPE_CHECKING, Protocol

from samovar.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable


class ClassifierFolders(Protocol):
    """Folders of models that clients write, each version once. Raises StorageUnavailable."""

    def last(self, name: str) -> int:
        """The highest version that was ever written under a name, gone ones too; else 0."""
        ...

    def add(self, name: str, version: int, manifest: bytes, head: bytes) -> bool:
        """Write a version, and the manifest anew; False, and nothing changed, where it is there.

        Whoever sees the version sees all of it.
        """
        ...

    def remove(self, name: str) -> None:
        """Take every version of a name away; its numbers are not given again."""
        ...


@dataclass(frozen=True, slots=True)
class Saving:
    """Where classifiers are written, and what lets go of a model that has changed."""

    folders: ClassifierFolders
    unload: Callable[[str], None]
