"""A proposal made a folder: the files copied, the manifest and the lock written."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from samovar.adapters.model_files import inspect, sha256
from samovar.errors import CommandFailed
from samovar.types import Signature

from samovar_cli.adding.manifest_text import Draft, lock, manifest
from samovar_cli.adding.proposal import Facts
from samovar_cli.adding.sources import Source

_BUNDLED_BYTES = 25_000_000
_LIGHT_BYTES, _LIGHT_MB, _LIGHT_MS = 1_000_000_000, 3_000, 10_000


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a model belongs by its size, its memory and its time; and the measurements."""

    name: str
    why: str
    bundle: bool


def choose_lane(facts: Facts, size_bytes: int) -> Lane:
    """Light, unless a function is too small or too slow for it."""
    measured = (
        f"it has {size_bytes / 1e6:.1f} MB, took {facts.memory_mb:.0f} MB of memory and "
        f"{facts.run_ms:.3g} ms for one run here"
    )
    light = (
        size_bytes <= _LIGHT_BYTES and facts.memory_mb <= _LIGHT_MB and facts.run_ms <= _LIGHT_MS
    )
    return Lane("light" if light else "heavy", measured, light and size_bytes <= _BUNDLED_BYTES)


def copy(source: Source, weights: tuple[str, ...], extra: Mapping[str, bytes], to: Path) -> None:
    """Every file into the model's folder. Raises CommandFailed."""
    files = dict(source.files)
    if not source.older:  # whose files are all there already
        files |= {f"{source.version}/{name}": source.beside / name for name in weights}
    try:
        for name, path in files.items():
            target = to / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target, follow_symlinks=False)
        for name, body in extra.items():
            (to / source.version / name).write_bytes(body)
    except OSError as error:
        raise CommandFailed(f"the files cannot be copied: {error.strerror}") from None


def write(folder: Path, draft: Draft, request_ms: float = 0.0) -> None:
    """model.toml and model.lock over the files that lie in the folder."""
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0].isdigit()
    )
    digests = {name: sha256(folder / name) for name in names}
    versions = sorted({name.partition("/")[0] for name in names}, key=int)
    signatures = {version: _signature(folder / version / draft.graph) for version in versions}
    (folder / "model.toml").write_text(manifest(draft), "utf-8")
    (folder / "model.lock").write_text(lock(digests, signatures, request_ms), "utf-8")


def _signature(path: Path) -> Signature:
    return inspect(path).signature
