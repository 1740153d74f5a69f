"""A smaller model that somebody else trains: the command that makes it, and what it is told."""

import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from samovar.errors import CommandFailed

from samovar_cli.optimising.graphs import Build, Piece, load
from samovar_cli.optimising.variants import DISTILLED, Variant

if TYPE_CHECKING:
    from onnx import ModelProto

_STDERR = 2  # the command may talk: standard output is the report's


def distilled(command: str, train: Path | None) -> Variant:
    """The variant that a command makes. `{model}`, `{train}` and `{out}` in it are paths.

    Raises CommandFailed for a command that says not where its model goes, or wants rows that
    nobody named.
    """
    if "{out}" not in command:
        raise CommandFailed(
            "--distil must say where the new model goes: write {out} in the command, as in "
            "'python distil.py {model} {train} {out}'"
        )
    if "{train}" in command and train is None:
        raise CommandFailed("--distil asks for {train}: name rows to learn from with --train")
    return Variant(DISTILLED, f"by {_first_word(command)}", _build(command, train))


def _build(command: str, train: Path | None) -> Build:
    def build(piece: Piece) -> "ModelProto":
        out = piece.scratch / "student.onnx"
        paths = {"model": piece.source, "train": train.resolve() if train else "", "out": out}
        words = [_filled(word, {k: str(v) for k, v in paths.items()}) for word in _words(command)]
        try:
            done = subprocess.run(words, stdout=_STDERR, check=False)
        except OSError as error:
            raise CommandFailed(f"{words[0]} cannot be started: {error.strerror}") from None
        if done.returncode:
            raise CommandFailed(f"{words[0]} ended with {done.returncode}")
        if not out.is_file():
            raise CommandFailed(f"{words[0]} ended well, and left no model at {{out}}")
        return load(out)

    return build


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError as error:
        raise CommandFailed(f"--distil is no command: {error}") from None


def _filled(word: str, paths: dict[str, str]) -> str:
    """Braces that name no path stay: a command may have its own."""
    for name, path in paths.items():
        word = word.replace(f"{{{name}}}", path)
    return word


def _first_word(command: str) -> str:
    return Path(next(iter(_words(command)), "")).name
