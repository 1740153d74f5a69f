"""A model folder made where nobody sees it, and moved into its place whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from samovar.errors import CommandFailed, ModelExists

PREFIX = ".adding-"


@contextmanager
def staged(models: Path, name: str) -> Iterator[Path]:
    """An empty folder `…/name` beside the models; gone at the end, and `models` as it was."""
    was_there = models.exists()
    _forget_the_dead(models)
    root = models / f"{PREFIX}{name}-{os.getpid()}"
    try:
        (root / name).mkdir(parents=True)
    except OSError as error:
        raise CommandFailed(f"{models} cannot be written: {error.strerror}") from None
    try:
        yield root / name
    finally:
        shutil.rmtree(root, ignore_errors=True)
        if not was_there and not any(models.iterdir()):
            models.rmdir()


def _forget_the_dead(models: Path) -> None:
    """What a process left that was killed, and that no other process works on."""
    for entry in models.glob(f"{PREFIX}*-*"):
        number = entry.name.rpartition("-")[2]
        if number.isdigit() and not _lives(int(number)):
            shutil.rmtree(entry, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def check_free(models: Path, name: str, *, force: bool) -> None:
    """Raises ModelExists for a name that is taken, CommandFailed where no model could be made."""
    if models.exists() and not models.is_dir():
        raise CommandFailed(f"{models} is no folder: name one with --models")
    target = models / name
    if not force and (target.exists() or target.is_symlink()):
        raise ModelExists(
            f"there is a model '{name}' in {models} already: choose another name with --name, or "
            "put this one in its place with --force"
        )
    if target.is_symlink():
        raise CommandFailed(f"{target} is a symbolic link: remove it first, or choose another name")


def settle(staged_folder: Path, models: Path, *, force: bool) -> Path:
    """The folder in its place; what was there before is gone, or is back where this fails."""
    target = models / staged_folder.name
    check_free(models, staged_folder.name, force=force)
    kept = staged_folder.parent / "before"
    if target.exists():
        target.rename(kept)
    try:
        staged_folder.rename(target)
    except OSError as error:
        if kept.exists():
            kept.rename(target)
        raise CommandFailed(f"{target} cannot be written: {error.strerror}") from None
    return target
