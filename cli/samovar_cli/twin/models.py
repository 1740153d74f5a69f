"""The models as functions find them: bundled ones in the models layer, the others in a bucket."""

import json
import os
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samovar_cli.twin.application import Application

_HIDDEN = ".new-"


def layer_view(models: Path, view: Path) -> Path:
    """A folder with what the models layer has: all models, without versions that are not bundled.

    The files are hard links, so that the view costs nothing and holds no link that leads out. A
    model that is new is shown when all its files are there.
    """
    wanted = {path.relative_to(models): path for path in _layer_files(models)}
    for stale in [path for path in _files(view) if path.relative_to(view) not in wanted]:
        stale.unlink()
    for left in view.glob(f"{_HIDDEN}*"):  # by a twin that was killed
        shutil.rmtree(left)
    shown = {entry.name for entry in view.iterdir()} if view.is_dir() else set()
    for relative, source in wanted.items():
        target = view / _place(relative, shown)
        if not (target.exists() and target.samefile(source)):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            _link(source, target)
    for hidden in view.glob(f"{_HIDDEN}*"):
        hidden.rename(view / hidden.name.removeprefix(_HIDDEN))
    _remove_empty(view)
    return view


def _place(relative: Path, shown: set[str]) -> Path:
    """Where a file is put: out of sight while its model is not shown yet."""
    model = relative.parts[0]
    return relative if model in shown else Path(_HIDDEN + model, *relative.parts[1:])


@dataclass(frozen=True, slots=True)
class ModelsBucket:
    """The bucket from which functions fetch the models that are not in their layer."""

    name: str
    prefix: str
    record: Path  # what has been put there, as file → size and time

    @classmethod
    def of(cls, application: Application, record: Path) -> "ModelsBucket | None":
        """The bucket that a function's variables name; None when none does."""
        for function in application.functions:
            if function.environment.get("SAMOVAR_MODELS_BUCKET"):
                prefix = function.environment.get("SAMOVAR_MODELS_PREFIX", "models/")
                return cls(function.environment["SAMOVAR_MODELS_BUCKET"], prefix, record)
        return None

    def stale(self, models: Path) -> bool:
        """Whether the bucket holds anything else than these models' files."""
        return self._recorded() != _described(models)

    def fill(self, models: Path, aws_url: str) -> None:
        """Put the files that are new or changed, and remove those that are gone."""
        from samovar_cli.twin.deployment import client  # boto3 takes most of a second to import

        storage = client("s3", aws_url)
        there, wanted = self._recorded(), _described(models)
        for name in wanted:
            if there.get(name) != wanted[name]:
                with (models / name).open("rb") as body:
                    storage.put_object(Bucket=self.name, Key=f"{self.prefix}{name}", Body=body)
        for name in there.keys() - wanted.keys():
            storage.delete_object(Bucket=self.name, Key=f"{self.prefix}{name}")
        self.record.write_text(json.dumps(wanted), "utf-8")

    def _recorded(self) -> dict[str, list[int]]:
        try:
            found: dict[str, list[int]] = json.loads(self.record.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found


def titles(models: Path) -> dict[str, str]:
    """Each model that can answer, with its title."""
    return {
        folder.name: str(_manifest(folder).get("title", ""))
        for folder in _folders(models)
        if any(child.name.isdigit() for child in folder.iterdir())
    }


def _layer_files(models: Path) -> Iterator[Path]:
    for folder in _folders(models):
        bundled, described = _bundled(folder), (folder / "model.toml").is_file()
        for path in _files(folder) if described else ():
            if bundled or not path.relative_to(folder).parts[0].isdigit():
                yield path


def _described(models: Path) -> dict[str, list[int]]:
    """The files that belong in the bucket, with size and time."""
    return {
        path.relative_to(models).as_posix(): [path.stat().st_size, path.stat().st_mtime_ns]
        for folder in _folders(models)
        if not _bundled(folder)
        for path in _files(folder)
    }


def _bundled(folder: Path) -> bool:
    return bool(_manifest(folder).get("bundle", False))


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / "model.toml"
    try:
        return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
    except ValueError:
        return {}  # the functions say what is wrong with it


def _folders(models: Path) -> Iterator[Path]:
    if models.is_dir():
        yield from sorted(
            path for path in models.iterdir() if path.is_dir() and _visible(path.name)
        )


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and all(map(_visible, path.relative_to(folder).parts)):
            yield path


def _visible(name: str) -> bool:
    return not name.startswith((".", "_"))


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another file system: a copy does as well
        shutil.copy2(source, target, follow_symlinks=False)


def _remove_empty(view: Path) -> None:
    view.mkdir(parents=True, exist_ok=True)
    for folder in sorted((path for path in view.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
