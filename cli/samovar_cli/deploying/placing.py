"""Which model goes where: into the functions' layer, into the bucket, or nowhere yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from samovar.compiled import COMPILED
from samovar.errors import CommandFailed, SamovarError
from samovar.layout import LOCK, MANIFEST
from samovar.types import ModelSpec

from samovar_cli.folder import Folder

_LAST = (LOCK, MANIFEST)  # who reads these finds all that they name


class Place(StrEnum):
    """Where a model's weights lie once deployed."""

    LAYER = "layer"
    BUCKET = "bucket"
    BOTH = "layer and bucket"  # of either lane: the endpoint reads the bucket alone
    NOWHERE = "not built"


@dataclass(frozen=True, slots=True)
class Placed:
    """A model and where it goes."""

    name: str
    lane: str
    place: Place
    versions: tuple[str, ...]
    bytes: int  # of all versions; compiled forms, which the layer alone has, aside
    largest: int = 0  # bytes of the largest version

    @property
    def uploaded(self) -> bool:
        """Whether it has to be in the bucket."""
        return self.place in (Place.BUCKET, Place.BOTH)


def place_models(models: Path, *, gpu: bool) -> tuple[Placed, ...]:
    """Every model of the folder. Raises CommandFailed with each that cannot be deployed."""
    folder = Folder(models)
    placed: list[Placed] = []
    faults: list[str] = []
    for name in folder.names():
        try:
            placed.append(_place(folder, name, gpu=gpu))
        except SamovarError as error:
            faults.append(f"{name}: {error.message}")
    faults += _absent(placed, folder)
    if faults:
        raise CommandFailed("models that cannot be deployed: " + "; ".join(faults))
    return tuple(placed)


def _place(folder: Folder, name: str, *, gpu: bool) -> Placed:
    spec, versions = folder.spec(name), folder.versions(name)
    largest = max((_weight(folder.path / name / version) for version in versions), default=0)
    place = _where(spec, versions, gpu=gpu)
    return Placed(name, spec.lane, place, versions, _weight(folder.path / name), largest)


def _weight(folder: Path) -> int:
    """Bytes of a folder's files, compiled forms aside."""
    return sum(path.stat().st_size for path in files_of(folder))


def _where(spec: ModelSpec, versions: Sequence[str], *, gpu: bool) -> Place:
    if not versions:
        return Place.LAYER if spec.bundle else Place.NOWHERE
    if not spec.bundle:
        return Place.BUCKET
    return Place.BOTH if gpu and spec.lane != "light" else Place.LAYER


def _absent(placed: Sequence[Placed], folder: Folder) -> Iterator[str]:
    for model in placed:
        if model.place is Place.LAYER and not model.versions:
            said = folder.build_command(model.name)
            yield f"{model.name}: bundled and not built; `{said}` builds it"


def files_of(folder: Path) -> list[Path]:
    """A model's files in the order in which they are sent, compiled forms aside.

    Raises CommandFailed for a link: what it leads to is no part of the model.
    """
    found = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_symlink():
            raise CommandFailed(f"{path} is a link: a model is uploaded as the files that it has")
        hidden = any(part.startswith((".", "__")) for part in parts)
        if path.is_file() and not hidden and COMPILED not in parts:
            found.append(path)
    return sorted(found, key=lambda path: _order(path.relative_to(folder).as_posix()))


def _order(name: str) -> tuple[int, str]:
    return (_LAST.index(name) + 1 if name in _LAST else 0), name
