"""The template's layers as folders of this machine, built for its own interpreter."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from samovar.errors import CommandFailed

from samovar_cli.twin.template import fingerprint


@dataclass(frozen=True, slots=True)
class Opt:
    """What a function finds under /opt, as folders of this machine."""

    python: tuple[Path, ...]  # /opt/python: what its layers let it import
    folders: Mapping[str, Path]  # another folder of /opt → where it lies


def missing_layers(root: Path, folders: Iterable[str], python: Path) -> tuple[str, ...]:
    """The layers of packages that are not built as their requirements file says now."""
    return tuple(
        folder
        for folder in folders
        if (root / folder / "requirements.txt").is_file()
        and _read(_stamp(root, folder)) != _wanted(root, folder, python)
    )


def build_layers(root: Path, folders: Iterable[str], python: Path) -> None:
    """Install each layer's packages from its own requirements file. Raises CommandFailed.

    Twins that start together in one checkout wait for the one that builds, and find its layers.
    """
    for folder in folders:
        with _alone(built_folder(root, folder).parent):
            if missing_layers(root, [folder], python):
                _build(root, folder, python)


def _build(root: Path, folder: str, python: Path) -> None:
    _stamp(root, folder).unlink(missing_ok=True)
    shutil.rmtree(built_folder(root, folder), ignore_errors=True)
    _install(root / folder / "requirements.txt", built_folder(root, folder), python)
    _stamp(root, folder).write_text(_wanted(root, folder, python), "utf-8")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold off whoever else would write the folder; a process that dies lets go of it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def built_folder(root: Path, folder: str) -> Path:
    """Where a layer of packages is built for this machine."""
    return root / "build" / "local" / "layers" / Path(folder).name / "python"


def opt_of(root: Path, layers: Iterable[str], models: Path) -> Opt:
    """A function's /opt: packages as built, `models` as its view, other layers as they lie."""
    python: list[Path] = []
    folders: dict[str, Path] = {}
    for layer in layers:
        if (root / layer / "requirements.txt").is_file():
            python.append(built_folder(root, layer))
        elif Path(layer).name == "models":
            folders["models"] = models
        else:
            python.append(root / layer)
    return Opt(tuple(python), folders)


def _stamp(root: Path, folder: str) -> Path:
    return built_folder(root, folder).with_name("stamp")


def _wanted(root: Path, folder: str, python: Path) -> str:
    requirements = (root / folder / "requirements.txt").read_text("utf-8")
    return fingerprint(requirements, str(python.resolve()))


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""


def _install(requirements: Path, target: Path, python: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        raise CommandFailed(f"{uv} is not there: run `make setup`")
    command = [str(uv), "pip", "install", "--quiet", "--python", str(python), "--target"]
    command += [str(target), "--require-hashes", "--no-deps", "--compile-bytecode"]
    done = subprocess.run(
        [*command, "-r", str(requirements)],
        env={**os.environ, **_package_index()},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandFailed(f"{requirements} could not be installed:\n{done.stderr.strip()}")


def _package_index() -> Mapping[str, str]:
    """The index for uv, which does not read pip's configuration."""
    if "UV_DEFAULT_INDEX" in os.environ:
        return {}
    command = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return {"UV_DEFAULT_INDEX": found} if found else {}
