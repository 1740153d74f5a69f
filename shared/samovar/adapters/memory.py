"""Ports held in memory, for tests: ours and our users'. They keep the real adapters' promises."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from samovar.adapters.directory import is_version, unknown_model, unknown_version
from samovar.errors import (
    ModelCorrupt,
    ModelNotFound,
    ModelRunFailed,
    SamovarError,
    VersionNotFound,
)
from samovar.layout import LOCK, MANIFEST
from samovar.manifest import read_manifest
from samovar.ports import ModelFiles
from samovar.types import Array, ModelSpec, Signature, Tensors


class MemoryClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now_ns: int = 1_700_000_000_000_000_000) -> None:
        self._now_ns = now_ns

    def now_ns(self) -> int:
        """Wall time, nanoseconds since the epoch."""
        return self._now_ns

    def perf_ns(self) -> int:
        """Monotonic time in nanoseconds."""
        return self._now_ns

    def move(self, ns: int) -> None:
        """Let time pass."""
        self._now_ns += ns


class FunctionRunner:
    """A runner that is a Python function from tensors to tensors."""

    def __init__(
        self, signature: Signature, function: Callable[[Tensors], Mapping[str, Array]]
    ) -> None:
        self._signature = signature
        self._function = function
        self.calls: list[Tensors] = []

    @property
    def signature(self) -> Signature:
        """As given."""
        return self._signature

    def run(self, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
        """The function's outputs, those named or all; the call is kept in `calls`.

        What the function raises is a failed run, as it is for a graph.
        """
        self.calls.append(tensors)
        try:
            result = self._function(tensors)
        except SamovarError:
            raise
        except Exception as error:
            raise ModelRunFailed(f"the model failed on this input: {error}") from error
        return {name: array for name, array in result.items() if not outputs or name in outputs}

    def run_kept(
        self, tensors: Mapping[str, Any], outputs: Sequence[str], kept: Sequence[str]
    ) -> dict[str, Any]:
        """As `run`: arrays stay where they are."""
        return self.run(tensors, [*outputs, *kept])


class MemoryStore:
    """Models as bytes, by `name/model.toml` and `name/version/file`.

    Files are written under `scratch` when they are fetched, because a runner opens paths.
    """

    def __init__(self, files: Mapping[str, bytes], scratch: Path) -> None:
        self._files = dict(files)
        self._scratch = scratch

    def names(self) -> tuple[str, ...]:
        """The first parts of paths to a manifest or into a numbered version."""
        parts = (path.split("/") for path in self._files)
        found = {part[0] for part in parts if part[1:] == [MANIFEST] or _in_version(part)}
        return tuple(sorted(name for name in found if name and not name.startswith(".")))

    def spec(self, name: str) -> ModelSpec:
        """The manifest among the bytes."""
        self._check(name)
        return read_manifest(
            name,
            self._files.get(f"{name}/{MANIFEST}", b""),
            self._files.get(f"{name}/{LOCK}", b""),
            read=lambda file: self._read(f"{name}/{file}"),
        )

    def versions(self, name: str) -> tuple[str, ...]:
        """The numbers that stand second in the paths."""
        self._check(name)
        parts = [path.split("/") for path in self._files if path.startswith(f"{name}/")]
        found = {part[1] for part in parts if _in_version(part)}
        return tuple(sorted(found, key=int))

    def fetch(self, name: str, version: str) -> ModelFiles:
        """The version written to scratch."""
        if version not in self.versions(name):
            raise VersionNotFound(unknown_version(name, version))
        from samovar.adapters.model_files import LocalFiles

        folder = self._scratch / name / version
        for path, content in self._files.items():
            if path.startswith(f"{name}/{version}/"):
                target = self._scratch / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        return LocalFiles(folder, folder.parent)

    def _read(self, path: str) -> bytes:
        if path not in self._files:
            raise ModelCorrupt(f"{path} is not in the model's folder")
        return self._files[path]

    def _check(self, name: str) -> None:
        if name not in self.names():
            raise ModelNotFound(unknown_model(name))


def _in_version(parts: Sequence[str]) -> bool:
    return len(parts) > 2 and is_version(parts[1])
