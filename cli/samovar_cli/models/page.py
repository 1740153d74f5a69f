"""`samovar models show`: everything that is known of a model, on one page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import orjson
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from samovar.steps import STEPS
from samovar.types import Example, ModelSpec, Signature, Step, TensorSpec

from samovar_cli.folder import Folder
from samovar_cli.models.commands import calls
from samovar_cli.models.form_lines import OpenedAs, opened_as
from samovar_cli.models.metrics import confusion, numbers
from samovar_cli.models.profile_lines import profile_lines
from samovar_cli.models.prose import prose
from samovar_cli.terminal import clean, console, one_line, size, write_json

_MOST_SHOWN = 60


def show_model(name: str, models: Path, *, as_json: bool) -> None:
    """Show a model's page. Raises ModelNotFound, ManifestInvalid."""
    folder = Folder(models)
    spec, versions = folder.spec(name), folder.versions(name)
    signature = folder.signature(name, versions[-1]) if versions else None
    if as_json:
        write_json(orjson.dumps(_document(spec, versions, signature, models), default=str))
        return
    out = console()
    out.print(_head(spec, folder, versions))
    compiled = opened_as(models, spec, versions)
    for title, part in (*_sections(spec, signature), *_opened(compiled)):
        out.print(Text(f"\n{title}", "bold"))
        out.print(Padding(part, (0, 0, 0, 2), expand=False))
    commands = calls(spec, models, signature)
    if commands:
        out.print(Text("\nCall it", "bold"), Text("(curl: while `samovar up` runs)", "dim"))
    for command in commands:
        out.print(Text(f"  $ {command}".replace("\n", "\n  "), "cyan"), soft_wrap=True)


def _document(
    spec: ModelSpec, versions: tuple[str, ...], signature: Signature | None, models: Path
) -> dict[str, Any]:
    shown = ("name", "task", "title", "description", "lane", "bundle", "licence", "origin")
    return {
        **{key: getattr(spec, key) for key in shown},
        "versions": versions,
        "signature": asdict(signature) if signature else None,
        "input": {"kind": spec.input.kind, "columns": spec.input.columns},
        "steps": [step_line(step) for step in _in_order(spec)],
        "metrics": spec.metrics,
        "profile": asdict(spec.profile),
        "files": spec.files,
        "compiled": [asdict(line) for line in opened_as(models, spec, versions)],
        "commands": calls(spec, models, signature),
    }


def _head(spec: ModelSpec, folder: Folder, versions: tuple[str, ...]) -> RenderableType:
    title = Text(spec.name, "bold green")
    if spec.title:
        title.append(f" · {one_line(spec.title)}", "bold")
    facts = [spec.task, f"{spec.lane} lane", "in the models layer" if spec.bundle else "from S3"]
    if versions:
        facts += [f"version {versions[-1]}", size(folder.size_bytes(spec.name, versions[-1]))]
    else:
        facts.append(f"not built: run `{folder.build_command(spec.name)}`")
    parts: list[RenderableType] = [title, Text(" · ".join(facts), "dim")]
    if spec.description.strip():
        parts += [Text(""), prose(spec.description)]
    sources = [text for text in (spec.licence, one_line(spec.origin)) if text]
    if sources:
        parts.append(Text("\n" + clean(" · ".join(sources)), "dim"))
    return Group(*parts)


def _sections(spec: ModelSpec, signature: Signature | None) -> Iterator[tuple[str, RenderableType]]:
    if signature:
        yield "Tensors", _tensors(signature)
    yield "Steps", _steps(spec)
    measured = list(numbers(spec.metrics))
    if measured:
        yield "Measured on held-out rows" if "rows" in spec.metrics else "Measured", _grid(measured)
    takes = list(profile_lines(spec.profile))
    if takes:
        yield "Takes, on one vCPU", _grid(takes)
    matrix = confusion(spec.metrics)
    if matrix:
        yield "Confusion matrix", matrix
    if spec.examples:
        yield "Examples", _examples(spec.examples)


def _opened(compiled: Sequence[OpenedAs]) -> Iterator[tuple[str, RenderableType]]:
    if compiled:
        yield "Opened from", _grid([(line.graph, line.said) for line in compiled])


def _tensors(signature: Signature) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    sides = (("in", signature.inputs), ("out", signature.outputs))
    for side, specs in sides:
        for spec in specs:
            shape = Text(tensor_shape(spec))
            table.add_row(Text(side, "dim"), Text(one_line(spec.name)), spec.datatype, shape)
    return table


def _in_order(spec: ModelSpec) -> tuple[Step, ...]:
    return (*spec.guards_before, *spec.pre, *spec.post, *spec.guards_after)


def tensor_shape(spec: TensorSpec) -> str:
    """[any, 384]."""
    return "[" + ", ".join("any" if size < 0 else str(size) for size in spec.shape) + "]"


def _steps(spec: ModelSpec) -> RenderableType:
    program = ", ".join(spec.program.runners.values())
    if spec.program.name != "single":
        program = f"{spec.program.name} over {program}" if program else spec.program.name
    columns = f": {', '.join(spec.input.columns)}" if spec.input.columns else ""
    before, after = (*spec.guards_before, *spec.pre), (*spec.post, *spec.guards_after)
    lines = [f"{spec.input.kind}{columns}", *map(step_line, before), program]
    lines += map(step_line, after)
    table = Table.grid(padding=(0, 1))
    for at, line in enumerate(lines, 1):
        table.add_row(Text(f"{at}.", "dim"), Text(clean(line)))
    return table


def step_line(step: Step) -> str:
    """A step's name with the parameters that are not its defaults."""
    kind = type(step)
    dotted = f"{kind.__module__}:{kind.__qualname__}"
    name = next((name for name, known in STEPS.items() if known == dotted), kind.__name__)
    changed = [
        f"{field.name}={_parameter(getattr(step, field.name))}"
        for field in fields(step)  # type: ignore[arg-type]  # a step is a dataclass, its protocol cannot say so
        if getattr(step, field.name) != field.default
    ]
    return " ".join((name, *changed))


def _parameter(value: Any) -> str:
    if isinstance(value, Mapping) and len(value) > 1:
        return f"({len(value)} entries)"
    entries = value if isinstance(value, tuple | list) else (value,)
    said = one_line(",".join(str(getattr(entry, "name", entry)) for entry in entries))
    return said if len(said) <= _MOST_SHOWN else f"{said[: _MOST_SHOWN - 1]}…"


def _grid(rows: list[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, value in rows:
        table.add_row(Text(one_line(name), "dim"), Text(value))
    return table


def _examples(examples: Sequence[Example]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(max_width=30)
    table.add_column()
    for example in examples:
        table.add_row(Text(one_line(example.name), "dim"), _in_one_line(_asked(example)))
        expected = orjson.dumps(dict(example.expect)).decode()
        table.add_row(Text(""), _in_one_line(f"→ {expected}", "green"))
    return table


def _in_one_line(text: str, style: str = "") -> Text:
    return Text(one_line(text), style, no_wrap=True, overflow="ellipsis")


def _asked(example: Example) -> str:
    if example.file:
        return example.file
    try:
        return example.payload.body.decode() or "nothing at all"
    except UnicodeDecodeError:
        return f"{len(example.payload.body)} bytes of {example.payload.content_type}"
