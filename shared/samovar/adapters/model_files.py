"""Model files on disk: found only inside their folder, and checked before they are opened."""

from __future__ import annotations  # of ports, which cost a start and do nothing

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from samovar.errors import ModelCorrupt, ModelTampered, ModelUnsafe
from samovar.types import ModelSpec

if TYPE_CHECKING:
    from samovar.onnxfile import OnnxFile
    from samovar.ports import ModelFiles

_TRUSTED_DOMAINS = ("ai.onnx", "com.microsoft")
_LOADS_CODE = frozenset({"EPContext"})  # opens a compiled blob, by path if it says so


class LocalFiles:
    """The files of one version. `root` is the model's folder, which no link may leave."""

    checked = False
    forms = True
    """Whether compiled forms would lie here, had somebody made any."""

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder = folder
        self._root = root

    def path(self, name: str) -> Path:
        """The real path of a file inside the model's folder."""
        with _readable(name):
            path = self._folder / name
            if not path.resolve().is_relative_to(self._root.resolve()):
                raise ModelUnsafe(f"{name} leads out of the model's folder")
            if not path.is_file():
                raise ModelCorrupt(f"{name} is not a file in the model's folder {self._root.name}")
            return path

    def read(self, name: str) -> bytes:
        """The file's bytes."""
        with _readable(name):
            return self.path(name).read_bytes()


def verify(spec: ModelSpec, version: str, files: ModelFiles) -> None:
    """Every listed file has its sha256, and every graph is safe to hand to onnxruntime.

    Raises ModelTampered, ModelUnsafe, ModelCorrupt.
    """
    for listed, digest in spec.files.items():
        at, _, name = listed.partition("/")
        if at == version and sha256(files.path(name)) != digest:
            raise ModelTampered(
                f"{spec.name}/{listed} is not the file that the manifest lists: its sha256 differs"
            )
    for name in spec.program.runners.values():
        check_graph(spec, version, name, files)


def check_graph(spec: ModelSpec, version: str, name: str, files: ModelFiles) -> OnnxFile:
    """The graph's structure. Raises ModelUnsafe for what the manifest does not allow it."""
    found = inspect(files.path(name))
    for location in sorted(found.external_data):
        # onnxruntime would open whatever path stands here.
        if location not in spec.external_data or f"{version}/{location}" not in spec.files:
            raise ModelUnsafe(
                f"{spec.name}/{name} keeps weights in {location[:200]!r}: list it under "
                "[onnx] external_data and its sha256 under [files]"
            )
        files.path(location)
    _check_operators(spec, name, found)
    return found


def _check_operators(spec: ModelSpec, name: str, found: OnnxFile) -> None:
    allowed = (*_TRUSTED_DOMAINS, *spec.custom_domains)
    for domain in sorted(found.domains - {""}):
        if not any(domain == known or domain.startswith(f"{known}.") for known in allowed):
            raise ModelUnsafe(
                f"{spec.name}/{name} uses operators of {domain[:200]!r}: list it under "
                "[onnx] custom_domains if this deployment has them"
            )
    code = sorted(_LOADS_CODE & {operator for _, operator in found.operators})
    if code:
        raise ModelUnsafe(f"{spec.name}/{name} uses {code[0]}, which loads compiled code")


def inspect(path: Path) -> OnnxFile:
    """What an ONNX file says of itself, without reading its weights into memory."""
    import mmap

    from samovar.onnxfile import read_onnx

    with _readable(path.name), path.open("rb") as file:
        if not path.stat().st_size:
            raise ModelCorrupt(f"{path.name} is empty")
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        # Not closed here: a refusal's traceback still holds views of it.
        return read_onnx(memoryview(mapped))


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """What the system says of a path that no file can have, or may not be read, in our words."""
    try:
        yield
    except (OSError, ValueError, RuntimeError) as error:
        said = getattr(error, "strerror", None) or "no file can have this path"
        raise ModelCorrupt(f"{name[:200]!r} cannot be read: {said}") from None


def sha256(path: Path) -> str:
    """A file's sha256 in hex."""
    import hashlib

    with _readable(path.name), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
