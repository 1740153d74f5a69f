"""Seals for a models folder that is being packed: each model is checked once, here."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from samovar.adapters.directory import DirectoryStore
from samovar.adapters.model_files import verify
from samovar.errors import SamovarError
from samovar.layout import LOCK, MANIFEST, SEALS
from samovar.seal import Seal, write_seal


def seal_models(root: Path) -> Mapping[str, str]:
    """Seal every model of a folder that nobody will write to; why not, for each that is not sealed.

    A model at fault is left without a seal: what opens it checks it again, and refuses it. The
    same files give the same seals.
    """
    store = DirectoryStore(root)
    target = root / SEALS
    target.mkdir(parents=True, exist_ok=True)
    for stale in target.glob("*.json"):
        stale.unlink()
    faults = {}
    for name in store.names():
        try:
            seal = checked_seal(store, root, name)
            (target / f"{name}.json").write_bytes(write_seal(seal))
        except (SamovarError, ValueError, TypeError) as error:
            faults[name] = error.message if isinstance(error, SamovarError) else str(error)
    return faults


def checked_seal(store: DirectoryStore, root: Path, name: str) -> Seal:
    """What a model's seal says, after all its versions were checked. Raises ModelFault."""
    spec = store.spec(name)
    folder = root / name
    versions = {}
    for version in store.versions(name):
        files = store.fetch(name, version)
        verify(spec, version, files)
        versions[version] = dict(_sizes(folder / version))
        for file in versions[version]:
            files.path(file)  # raises for a link that leads out
    manifest = {file: _size(folder / file) for file in (MANIFEST, LOCK)}
    return Seal(spec, manifest, versions)


def _size(path: Path) -> int:
    """Bytes of a file; 0 of one that is not there, which says as much as an empty one."""
    return path.stat().st_size if path.is_file() else 0


def _sizes(folder: Path) -> Iterator[tuple[str, int]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.stat().st_size
