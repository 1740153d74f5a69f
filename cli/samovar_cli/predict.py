"""`samovar predict`: one input, or a folder of them, to a model; its answers shown."""

import io
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import typer
from samovar.errors import SamovarError
from samovar.types import Kind

from samovar_cli.answers import show, table_of, title
from samovar_cli.doors import Door, open_door
from samovar_cli.drawings import View
from samovar_cli.failures import exit_status
from samovar_cli.inputs import Source, files_in, is_folder, read_file, read_input
from samovar_cli.picture import save_picture
from samovar_cli.terminal import console, progress, write_json


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for."""

    model: str
    input: str
    version: str = ""
    models: Path = Path("models")
    url: str = ""
    content_type: str = ""
    as_json: bool = False
    picture: Path | None = None
    top: int = 5


def predict(options: Options) -> int:
    """Answer and show it; the exit status. Raises SamovarError, typer.BadParameter."""
    door = open_door(options.url, options.models)
    kind = door.kind(options.model)
    if is_folder(options.input):
        return _predict_folder(options, door, kind)
    source = read_input(options.input, kind, options.content_type)
    answered = _predict_one(options, door, source)
    if options.picture:
        save_picture(source.body, orjson.loads(answered), options.picture)
    if options.as_json:
        write_json(answered)
    else:
        _show_one(options, source, orjson.loads(answered))
    return 0


def _predict_one(options: Options, door: Door, source: Source) -> bytes:
    return door.predict(options.model, options.version, source.payload).body


def _show_one(options: Options, source: Source, answer: dict[str, Any]) -> None:
    out = console()
    name = f'"{options.input}"' if source.name == "text" else source.name
    out.print(title(answer, name))
    out.print(show(answer, View(options.top, _seconds(source.body))))
    if options.picture:
        out.print(f"  drawn on {options.picture}", style="dim", soft_wrap=True)


def _predict_folder(options: Options, door: Door, kind: Kind | None) -> int:
    """A line a file. A file that the model refuses does not stop the others."""
    paths = files_in(Path(options.input), kind)
    if options.picture:
        _check_folder(options.picture)
    rows, status = [], 0
    for path, answered in _answers(options, door, kind, paths):
        if isinstance(answered, SamovarError):
            status = status or exit_status(answered)
            answered = _as_answer(path, answered)
        rows.append((path.name, orjson.loads(answered)))
        if options.as_json:
            write_json(answered)
    if not options.as_json:
        console().print(table_of("file", rows))
    return status


def _answers(
    options: Options, door: Door, kind: Kind | None, paths: list[Path]
) -> Iterator[tuple[Path, bytes | SamovarError]]:
    with progress() as bars:
        for path in bars.track(paths, description=options.model):
            source = read_file(path, kind, options.content_type)
            try:
                answered = _predict_one(options, door, source)
            except SamovarError as error:
                if exit_status(error) != 3:
                    raise  # the model's fault or the server's, not this file's
                yield path, error
                continue
            if options.picture:
                save_picture(source.body, orjson.loads(answered), options.picture / path.name)
            yield path, answered


def _as_answer(path: Path, error: SamovarError) -> bytes:
    return orjson.dumps({"id": path.name, "error": error.message, "code": error.code})


def _check_folder(picture: Path) -> None:
    if not picture.is_dir():
        raise typer.BadParameter(
            f"INPUT is a folder, so name an existing folder; {picture} is none",
            param_hint="--save-picture",
        )


def _seconds(body: bytes) -> float | None:
    """A sound's length, where the input is one that says it."""
    try:
        with wave.open(io.BytesIO(body)) as sound:
            seconds: float = sound.getnframes() / sound.getframerate()
            return seconds
    except (wave.Error, EOFError, ZeroDivisionError):
        return None
