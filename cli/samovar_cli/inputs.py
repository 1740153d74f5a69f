"""INPUT of `samovar predict`: a file, a folder of files, standard input, or the text itself."""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import typer
from samovar.errors import PayloadTooLarge
from samovar.types import Kind, Payload

from samovar_cli.media import by_name, media_type, suits

_LARGEST_BYTES = 256 * 1024 * 1024
_NOUNS = {
    Kind.TEXT: "a text",
    Kind.IMAGE: "a picture",
    Kind.AUDIO: "a sound",
    Kind.BYTES: "a file",
    Kind.PROMPT: "a prompt",
    Kind.ROWS: "rows",
    Kind.TENSORS: "tensors",
}


@dataclass(frozen=True, slots=True)
class Source:
    """One request's worth of input, and what to call it."""

    name: str
    body: bytes
    content_type: str = ""

    @property
    def payload(self) -> Payload:
        """As a predictor takes it."""
        return Payload(self.body, self.content_type, self.name)


def is_folder(text: str) -> bool:
    """Whether INPUT names a folder."""
    return text not in ("", "-") and _is(text, Path.is_dir)


def is_file(text: str) -> bool:
    """Whether INPUT names a file."""
    return text not in ("", "-") and _is(text, Path.is_file)


def read_input(text: str, kind: Kind | None, content_type: str = "") -> Source:
    """The one request that INPUT stands for.

    `kind` is what the model takes, None where that is not known. Raises typer.BadParameter
    where INPUT is meant as a file that is not there, PayloadTooLarge.
    """
    if text == "-":
        body = sys.stdin.buffer.read(_LARGEST_BYTES + 1)
        _check_size("standard input", len(body))
        return Source("stdin", body, content_type or media_type("", body, kind))
    if _is(text, Path.is_file):
        return read_file(Path(text), kind, content_type)
    if not _stands_for_itself(text, kind):
        noun = _NOUNS[kind] if kind else "a file"
        raise typer.BadParameter(
            f"there is no file {text!r}, and this model takes {noun}", param_hint="INPUT"
        )
    return Source("text", text.encode("utf-8", "surrogateescape"), content_type)


def read_file(path: Path, kind: Kind | None, content_type: str = "") -> Source:
    """A file as a request. Raises PayloadTooLarge, typer.BadParameter."""
    try:
        _check_size(str(path), path.stat().st_size)
        body = path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise typer.BadParameter(message, param_hint="INPUT") from None
    return Source(path.name, body, content_type or media_type(path.name, body, kind))


def files_in(folder: Path, kind: Kind | None) -> list[Path]:
    """The files of a folder that the model takes, in the order a person counts."""
    found = [path for path in _visible_files(folder) if kind is None or suits(path.name, kind)]
    if not found:
        noun = f"that hold {_NOUNS[kind]}" if kind else "to send"
        raise typer.BadParameter(f"{folder} has no files {noun}", param_hint="INPUT")
    return sorted(found, key=_counted)


def _visible_files(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.iterdir() if path.is_file() and path.name[0] != ".")


def _counted(path: Path) -> list[tuple[int, str]]:
    """page2 before page10."""
    parts = re.findall(r"(\d+)|(\D+)", path.name)
    return [(int(digits), "") if digits else (-1, text.lower()) for digits, text in parts]


def _is(text: str, test: Callable[[Path], bool]) -> bool:
    """Whether a text is the path of such a thing; a long text is none, and no fault."""
    try:
        return test(Path(text))
    except (OSError, ValueError):
        return False


def _stands_for_itself(text: str, kind: Kind | None) -> bool:
    """Whether INPUT is the input: JSON, or a text that is no misspelt file name."""
    if text.lstrip().startswith(("{", "[")):
        return True
    looks_like_a_file = bool(by_name(text)) and not any(char.isspace() for char in text)
    return kind in (Kind.TEXT, Kind.PROMPT, None) and not looks_like_a_file


def _check_size(name: str, count: int) -> None:
    if count > _LARGEST_BYTES:
        raise PayloadTooLarge(f"{name} has over {_LARGEST_BYTES} bytes; send it in parts")
