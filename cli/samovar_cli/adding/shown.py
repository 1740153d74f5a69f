"""What `add` tells: what was found, what was written, what it answered, how to call it."""

import shlex
from pathlib import Path
from typing import Any

import orjson
from rich.text import Text
from samovar.types import OIP_JSON

from samovar_cli.adding.add import Added
from samovar_cli.adding.fitted.bringing import Brought
from samovar_cli.folder import Folder
from samovar_cli.models.commands import URL, calls
from samovar_cli.terminal import clean, command_name, console, one_line, size, write_json

_MOST_SHOWN = 300


def show(added: Added, models: Path, *, as_json: bool) -> None:
    """The report, for a person or for a program."""
    if as_json:
        write_json(orjson.dumps(document(added, models), option=orjson.OPT_SERIALIZE_NUMPY))
        return
    out = console()
    out.print(Text(f"{added.name} is added", "bold green"), Text(f"· {_facts(added)}", "dim"))
    out.print(Text(f"  {one_line(added.proposal.why)}"), soft_wrap=True)
    for line in _written(added):
        out.print(Text(f"  {line}", "dim"), soft_wrap=True)
    if added.brought:
        out.print(Text(f"  parity: {one_line(added.brought.parity)}", "green"), soft_wrap=True)
        out.print(Text(f"  {one_line(added.brought.found['way'])}", "dim"), soft_wrap=True)
    for note in added.proposal.notes:
        out.print(Text(f"  look: {one_line(note)}", "yellow"), soft_wrap=True)
    if added.answers:
        asked = "a row" if added.brought else "a made-up input"
        out.print(Text(f"\nIt answers {asked}", "bold"), Text(_times(added), "dim"))
        out.print(Text(f"  {_short(added.answers[0])}"), soft_wrap=True)
    else:
        out.print(Text("\nIt opens, but no input could be made up that it takes:", "bold yellow"))
        out.print(Text(f"  {one_line(added.facts.said or 'none')}"), soft_wrap=True)
    commands = _commands(added, models)
    if commands:
        out.print(Text("\nCall it", "bold"), Text("(curl: while `samovar up` runs)", "dim"))
    for command in commands:
        out.print(Text(f"  $ {command}".replace("\n", "\n  "), "cyan"), soft_wrap=True)


def _facts(added: Added) -> str:
    batch = "rows share runs" if added.facts.rows == "yes" and not added.proposal.alone else ""
    parts = [added.proposal.task, f"{added.draft.lane} lane", size(added.size_bytes), batch]
    return " · ".join(part for part in parts if part)


def _written(added: Added) -> list[str]:
    steps = [str(step.table["step"]) for step in (*added.proposal.pre, *added.proposal.post)]
    said = " → ".join((added.proposal.kind, *steps)) if steps else "tensors in, tensors out"
    return [f"steps: {said}", f"written: {added.folder / 'model.toml'}; read it, it is yours"]


def _times(added: Added) -> str:
    return f"(opened in {added.load_ms:.0f} ms, {added.request_ms:.3g} ms a request)"


def _short(answer: dict[str, Any]) -> str:
    shown = {key: value for key, value in answer.items() if key not in ("id", "model", "version")}
    text = clean(orjson.dumps(shown).decode())
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _commands(added: Added, models: Path) -> list[str]:
    """Those of the model's page; of tensors that are no row, the open protocol's."""
    folder = Folder(models)
    spec = folder.spec(added.name)
    asked = added.request
    if asked is None:
        return []
    if asked.payload.content_type != OIP_JSON:
        return calls(spec, models, None) if spec.examples else []
    if not asked.is_kept:
        return []
    body = asked.payload.body.decode()
    where = str(models / added.name / asked.file) if asked.file else body
    quoted = shlex.quote(where)
    data = f"--data-binary @{quoted}" if asked.file else f"--data-raw {quoted}"
    option = "" if models == Path("models") else f" --models {shlex.quote(str(models))}"
    predict = f"predict{option} --content-type {OIP_JSON} --json {added.name} {quoted}"
    url, media = f"{URL}/v2/models/{added.name}/infer", "-H 'Content-Type: application/json'"
    return [f"{command_name()} {predict}", f"curl -s {url} \\\n  {media} \\\n  {data}"]


def _converted(brought: Brought) -> dict[str, Any]:
    found = brought.found
    return {
        "estimator": found["estimator"],
        "by": found["versions"],
        "way": found["way"],
        "rows_are": brought.sample or "made up",
        **found["parity"],
    }


def document(added: Added, models: Path) -> dict[str, Any]:
    """What was added, for a program."""
    return {
        "model": added.name,
        "folder": str(added.folder),
        "task": added.proposal.task,
        "why": added.proposal.why,
        "lane": added.draft.lane,
        "bundle": added.draft.bundle,
        "steps": [dict(step.table) for step in (*added.proposal.pre, *added.proposal.post)],
        "rows_share_runs": added.facts.rows == "yes" and not added.proposal.alone,
        "notes": list(added.proposal.notes),
        "converted": _converted(added.brought) if added.brought else None,
        "size_bytes": added.size_bytes,
        "memory_mb": round(added.facts.memory_mb, 1),
        "load_ms": round(added.load_ms, 2),
        "request_ms": round(added.request_ms, 3),
        "answer": added.answers[0] if added.answers else None,
        "commands": _commands(added, models),
    }
