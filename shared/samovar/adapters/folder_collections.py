"""Collections in a folder of this machine, a file each; processes may share it."""

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from samovar.adapters.memory_collections import MOST, conflict
from samovar.errors import StorageUnavailable
from samovar.search.store import Kept

_ENDING = ".set"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


class FolderCollections:
    """Files in one folder, which is made on the first write.

    A file is written beside its place and moved there whole. Its tag is what the file system
    says of it, so that asking whether it has changed reads nothing.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def get(self, name: str, known: str = "") -> Kept | None:
        """What is kept under a name, without its body where that is known."""
        with _told(self._root):
            try:
                with self._path(name).open("rb") as file:
                    tag = _tag(os.fstat(file.fileno()))
                    size = os.fstat(file.fileno()).st_size
                    return Kept(name, tag, size, b"" if tag == known else file.read())
            except FileNotFoundError:
                return None

    def put(self, name: str, body: bytes, expected: str | None = None) -> str:
        """Keep it, where what is there has the expected tag. Raises CollectionConflict."""
        path = self._path(name)
        with _told(self._root), self._alone():
            if expected is not None and expected != _tag_at(path):
                raise conflict(name)
            handle, beside = tempfile.mkstemp(dir=self._root, prefix=".")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(body)
                    file.flush()
                    os.fsync(file.fileno())
                Path(beside).replace(path)
            except BaseException:
                with suppress(OSError):
                    Path(beside).unlink()
                raise
            return _tag_at(path)

    def delete(self, name: str) -> bool:
        """Forget it."""
        with _told(self._root):
            try:
                self._path(name).unlink()
            except FileNotFoundError:
                return False
            return True

    def kept(self) -> Sequence[Kept]:
        """All, by name."""
        with _told(self._root):
            if not self._root.is_dir():
                return []
            paths = sorted(self._root.glob(f"[!.]*{_ENDING}"))[:MOST]
            found = [(path, path.stat()) for path in paths]
        return [
            Kept(path.name.removesuffix(_ENDING), _tag(stat), stat.st_size) for path, stat in found
        ]

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):  # it comes from a URL: nothing but a file of ours is meant
            raise ValueError(name)
        return self._root / f"{name}{_ENDING}"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The one process and thread that writes now."""
        import fcntl  # of systems that `samovar serve` can fork on

        self._root.mkdir(parents=True, exist_ok=True)
        with (self._root / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _tag(stat: os.stat_result) -> str:
    """A moved file has a number of its own, and a time."""
    return f"{stat.st_ino:x}-{stat.st_mtime_ns:x}-{stat.st_size:x}"


def _tag_at(path: Path) -> str:
    try:
        return _tag(path.stat())
    except FileNotFoundError:
        return ""


@contextmanager
def _told(root: Path) -> Iterator[None]:
    """A disk that does not answer is a storage that does not."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(
            f"the folder {root.name} cannot be used: {error.strerror}"
        ) from None
