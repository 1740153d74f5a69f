"""What `samovar classify` asks, in this process or of a server, and how it shows the answer."""

import csv
import io
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from samovar.edges.classifiers import change_classifier
from samovar.edges.classify import classify
from samovar.edges.inference import Target, Visit
from samovar.edges.messages import Request, Response
from samovar.errors import CommandFailed

from samovar_cli.answers import show, table_of, title
from samovar_cli.drawings import View
from samovar_cli.folder import Folder
from samovar_cli.server import Server
from samovar_cli.terminal import console, write_json

_MOST_BYTES = 64_000_000
Asked = dict[str, Any]
Send = Callable[[str, Asked], bytes]
"""A path below `/v1/`, and what is asked there, → the answer's JSON."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for."""

    input: str = ""
    labels: tuple[str, ...] = ()
    examples: Path | None = None
    unknown: float = 0.0
    model: str = ""
    save: str = ""
    as_json: bool = False
    top: int = 5


def answer(wanted: Wanted, models: Path, url: str) -> None:
    """Save, answer, and show it. Raises SamovarError."""
    if not wanted.input and not wanted.save:
        raise CommandFailed("give a text to classify, or --save NAME to keep the labels, or both")
    send = _remote(Server(url)) if url else _local(Folder(models))
    labels = _label_set(wanted)
    if wanted.save:
        saved = send(f"classifiers/{wanted.save}", labels)
        _show_saved(orjson.loads(saved), saved, wanted)
    if wanted.input:
        texts = _texts(wanted.input)
        said = send("classify", {**labels, "input": texts})
        _show(orjson.loads(said), said, texts, wanted)


def _remote(server: Server) -> Send:
    def send(path: str, asked: Asked) -> bytes:
        body, headers = orjson.dumps(asked), {"content-type": "application/json"}
        return server.send(_method(path), f"/v1/{path}", body, headers).body

    return send


def _local(folder: Folder) -> Send:
    """The very code of the server's doors, over the folder."""
    service = folder.service()

    def send(path: str, asked: Asked) -> bytes:
        action, _, name = path.partition("/")
        request = Request(_method(path), f"/v1/{path}", {}, orjson.dumps(asked), "text")
        visit = Visit(service, request, Target(action, name))
        answered: Response = _DOORS[action](visit, _MOST_BYTES)
        return answered.body

    return send


_DOORS: Mapping[str, Callable[[Visit, int], Response]] = {
    "classify": classify,
    "classifiers": change_classifier,
}


def _method(path: str) -> str:
    return "POST" if path == "classify" else "PUT"


def _label_set(wanted: Wanted) -> Asked:
    asked: Asked = {"labels": [_label(said) for said in wanted.labels] or None}
    asked["examples"] = _examples(wanted.examples) if wanted.examples else None
    asked["unknown"] = wanted.unknown or None
    asked["model"] = wanted.model or None
    return {key: value for key, value in asked.items() if value is not None}


def _label(said: str) -> Asked:
    name, _, meaning = said.partition("=")
    return {"name": name.strip(), "description": meaning.strip()}


def _texts(said: str) -> str | list[str]:
    """One text as it is; of a file, or of standard input, a text a line that is not blank."""
    if said == "-":
        lines = sys.stdin.read().splitlines()
    elif _is_file(said):
        lines = _read(Path(said)).splitlines()
    else:
        return said
    texts = [line.strip() for line in lines if line.strip()]
    if not texts:
        raise CommandFailed("there is no text to classify: each line is to be one")
    return texts


def _is_file(said: str) -> bool:
    try:
        return Path(said).is_file()
    except OSError:  # longer than a file's name can be
        return False


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{path} cannot be read as UTF-8: {error}") from None


def _examples(path: Path) -> list[Asked]:
    """Rows of text and label. Raises CommandFailed, which says what row is none."""
    text = _read(path)
    if path.suffix in {".jsonl", ".ndjson"}:
        numbered = enumerate(text.splitlines(), 1)
        return [_json_row(line, f"{path}:{at}") for at, line in numbered if line.strip()]
    rows = csv.DictReader(io.StringIO(text, newline=""))
    if not {"text", "label"} <= set(rows.fieldnames or ()):
        raise CommandFailed(f"{path} has no columns 'text' and 'label' in its first line")
    return [{"text": row["text"] or "", "label": row["label"] or ""} for row in rows]


def _json_row(line: str, where: str) -> Asked:
    try:
        row = orjson.loads(line)
        return {"text": row["text"], "label": row["label"]}
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise CommandFailed(f'{where} must be {{"text": "…", "label": "…"}}') from None


def _show_saved(said: Asked, body: bytes, wanted: Wanted) -> None:
    if wanted.as_json:
        write_json(body)
        return
    labels = ", ".join(f"{one['name']} ({one['examples']})" for one in said["labels"])
    print(f"saved {said['id']} version {said['version']}: {labels}")
    _show_left_out(said)


def _show(said: Asked, body: bytes, texts: str | list[str], wanted: Wanted) -> None:
    if wanted.as_json:
        write_json(body)
        return
    left_out = said.pop("left_out")
    out = console()
    if isinstance(texts, str):
        out.print(title(said, f'"{texts}"'))
        out.print(show(said, View(wanted.top)))
    else:
        out.print(table_of("text", list(zip(texts, said["predictions"], strict=True))))
    if not wanted.save:
        _show_left_out({"left_out": left_out})


def _show_left_out(said: Asked) -> None:
    found = said["left_out"]
    if found["accuracy"] is not None:
        told = f"of {found['rows']} examples, each by all the others, {found['accuracy']:.0%} right"
        console().print(f"  {told}", style="dim", soft_wrap=True)
