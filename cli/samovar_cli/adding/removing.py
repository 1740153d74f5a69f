"""`samovar models remove`: a model's folder, gone whole."""

import os
import shutil
import sys
from pathlib import Path

import typer
from samovar.errors import CommandFailed

from samovar_cli.adding.staging import PREFIX
from samovar_cli.folder import Folder
from samovar_cli.terminal import console, one_line, size


def remove_model(name: str, models: Path, *, yes: bool) -> None:
    """Remove a model after asking. Raises ModelNotFound, CommandFailed."""
    Folder(models).check_name(name)
    target = models / name
    if not yes and not _agreed(target):
        raise CommandFailed(f"'{name}' is still there: nothing was removed")
    remove(target)
    console().print(f"{one_line(name)} is removed", style="green")


def remove(target: Path) -> None:
    """The folder, or the link in its place, out of sight at once and then gone."""
    hidden = target.parent / f"{PREFIX}removed-{target.name}-{os.getpid()}"
    try:
        if target.is_symlink():
            target.unlink()
            return
        target.rename(hidden)
        shutil.rmtree(hidden)
    except OSError as error:
        raise CommandFailed(f"{target} cannot be removed: {error.strerror}") from None


def _agreed(target: Path) -> bool:
    """What the person at the terminal says. Raises CommandFailed where nobody is there."""
    if not sys.stdin.isatty():
        raise CommandFailed(
            f"nobody is there to ask whether {target} may go: say --yes to remove it"
        )
    files = [path for path in target.rglob("*") if path.is_file()]
    total = size(sum(path.stat().st_size for path in files))
    question = f"Remove {target} with its {len(files)} files ({total})? It cannot be undone"
    return typer.confirm(one_line(question))
