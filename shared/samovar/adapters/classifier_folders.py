"""Models that clients save, in folders on this machine: beside those that are there already."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from samovar.adapters.directory import is_version
from samovar.classification.head_files import HEAD
from samovar.errors import StorageUnavailable
from samovar.layout import MANIFEST, RETIRED


class FolderClassifiers:
    """Classifiers in a models folder. What is written is moved into place whole."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def last(self, name: str) -> int:
        """The highest number among the folder's, and what it was when it was removed."""
        with _errors():
            found = [0]
            with suppress(FileNotFoundError):
                found.append(int((self._root / RETIRED / name).read_text("ascii")))
            if (self._root / name).is_dir():
                folders = (entry.name for entry in (self._root / name).iterdir())
                found += [int(entry) for entry in folders if is_version(entry)]
            return max(found)

    def add(self, name: str, version: int, manifest: bytes, head: bytes) -> bool:
        """The version's folder, with the model's about it where there is none."""
        target = self._root / name
        with _errors(), self._scratch() as scratch:
            whole = scratch / str(version)
            whole.mkdir()
            (whole / HEAD).write_bytes(head)
            (scratch / MANIFEST).write_bytes(manifest)
            if not target.is_dir():
                return _moved(scratch, target)
            if not _moved(whole, target / str(version)):
                return False
            (scratch / MANIFEST).replace(target / MANIFEST)
            return True

    def remove(self, name: str) -> None:
        """The whole folder, once its last number has been written down."""
        last = self.last(name)
        with _errors(), self._scratch() as scratch:
            (self._root / RETIRED).mkdir(exist_ok=True)
            (scratch / "last").write_text(str(last), "ascii")
            (scratch / "last").replace(self._root / RETIRED / name)
            with suppress(FileNotFoundError):
                (self._root / name).replace(scratch / "gone")

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        """A folder on the same disk, which is gone afterwards, or has been moved into place."""
        self._root.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=self._root, prefix=".saving-"))
        try:
            scratch.chmod(0o755)  # mkdtemp's own is for one user: others may serve these models
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _moved(folder: Path, target: Path) -> bool:
    """Whether a folder has taken its place; not where somebody was there before."""
    try:
        folder.rename(target)
    except OSError:
        if target.is_dir():
            return False
        raise
    return True


@contextmanager
def _errors() -> Iterator[None]:
    """No error of the disk leaves this file."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(f"the models folder cannot be written: {error.strerror}") from None
