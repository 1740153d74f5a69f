"""`samovar models list`: each model in one line."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
from rich.table import Table
from rich.text import Text
from samovar.errors import SamovarError
from samovar.types import ModelSpec

from samovar_cli.folder import Folder
from samovar_cli.models.metrics import headline
from samovar_cli.terminal import clean, console, one_line, size, write_json

_LONGEST_METRIC = 8


@dataclass(frozen=True, slots=True)
class Line:
    """A model in the list; `fault` says why it cannot be used."""

    name: str
    task: str = ""
    lane: str = ""
    size_bytes: int = 0
    versions: tuple[str, ...] = ()
    accuracy: float | None = None
    bundle: bool = False
    title: str = ""
    fault: str = ""
    measured: str = ""  # the metric that a person looks at first, with its name

    @property
    def is_missing(self) -> bool:
        """Whether the model is described but not built."""
        return not self.fault and not self.versions


def list_models(models: Path, *, as_json: bool) -> None:
    """Show the models of a folder. Raises ModelNotFound where there are none."""
    folder = Folder(models)
    lines = [_line(folder, name) for name in folder.names()]
    if as_json:
        write_json(orjson.dumps([asdict(line) for line in lines]))
        return
    out = console()
    out.print(_table(lines))
    for line in lines:
        if line.fault:
            out.print()
            out.print(Text(clean(f"{line.name}: {line.fault}"), "red"))
    commands = {folder.build_command(line.name) for line in lines if line.is_missing}
    for command in sorted(commands):
        out.print(f"\nSome are described but not built: `{command}` builds them.", style="dim")


def _line(folder: Folder, name: str) -> Line:
    try:
        spec, versions = folder.spec(name), folder.versions(name)
    except SamovarError as error:
        return Line(name, fault=error.message)
    return Line(
        name=name,
        task=spec.task,
        lane=spec.lane,
        size_bytes=folder.size_bytes(name, versions[-1]) if versions else 0,
        versions=versions,
        accuracy=_accuracy(spec.metrics),
        bundle=spec.bundle,
        title=spec.title,
        measured=_measured(spec),
    )


def _accuracy(metrics: Mapping[str, object]) -> float | None:
    found = metrics.get("accuracy")
    return float(found) if isinstance(found, int | float) else None


def _measured(spec: ModelSpec) -> str:
    name, value = headline(spec.metrics) or ("", "")
    return f"{value} {name}".removesuffix(" accuracy") if len(name) <= _LONGEST_METRIC else ""


def _table(lines: list[Line]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("name", style="bold", no_wrap=True)
    for column in ("task", "lane", "size", "versions", "accuracy"):
        table.add_column(
            column, justify="right" if column == "size" else "left", no_wrap=column == "task"
        )
    for line in lines:
        table.add_row(*map(_cell, _cells(line)))
    return table


def _cells(line: Line) -> tuple[str, ...]:
    if line.fault:
        return line.name, "cannot be read, see below", "", "", "", ""
    if not line.versions:
        return line.name, line.task, line.lane, "", "not built", ""
    versions = ", ".join(line.versions[-4:])
    return line.name, line.task, line.lane, size(line.size_bytes), versions, line.measured


def _cell(text: str) -> Text:
    return Text(one_line(text), "dim" if text == "not built" else "")
