"""Models that clients save, held in memory, for tests. It keeps the real adapters' promises."""

from pathlib import Path

from samovar.adapters.memory import MemoryStore
from samovar.classification.head_files import HEAD
from samovar.layout import MANIFEST


class MemoryClassifiers:
    """Classifiers as bytes by path."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self._last: dict[str, int] = {}

    def last(self, name: str) -> int:
        """The highest number that was ever written under a name."""
        return self._last.get(name, 0)

    def add(self, name: str, version: int, manifest: bytes, head: bytes) -> bool:
        """Write a version that is not there."""
        at = f"{name}/{version}/{HEAD}"
        if at in self.files:
            return False
        self.files.update({f"{name}/{MANIFEST}": manifest, at: head})
        self._last[name] = max(version, self.last(name))
        return True

    def remove(self, name: str) -> None:
        """Forget all of a name but its last number."""
        for at in [at for at in self.files if at.split("/")[0] == name]:
            del self.files[at]

    def store(self, scratch: Path) -> MemoryStore:
        """A store of the models, each time as they are."""
        return _Live(self.files, scratch)


class _Live(MemoryStore):
    """A store of bytes that somebody else changes."""

    def __init__(self, files: dict[str, bytes], scratch: Path) -> None:
        super().__init__({}, scratch)
        self._files = files
