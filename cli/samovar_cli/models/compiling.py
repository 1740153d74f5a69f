"""`samovar models compile`: the forms of models that open fastest, made and measured here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from rich.table import Table
from rich.text import Text
from samovar.errors import SamovarError

from samovar_cli.failures import EXIT_STATUS
from samovar_cli.folder import Folder
from samovar_cli.models.building import Built, compile_version
from samovar_cli.models.candidates import Effort
from samovar_cli.terminal import clean, console, one_line, progress, size, write_json


@dataclass(frozen=True, slots=True)
class Compiled:
    """What came of one version of a model; `fault` says why it could not be compiled."""

    name: str
    version: str = ""
    built: Built | None = None
    fault: str = ""


def compile_models(names: Sequence[str], models: Path, effort: Effort, *, as_json: bool) -> int:
    """Compile the models, newest version each, and show what was chosen; the exit status.

    Without names, models that are not built are passed over, and heavy ones where it has to be
    quick. Raises ModelNotFound.
    """
    folder = Folder(models)
    for name in names:
        folder.check_name(name)
    chosen = tuple(dict.fromkeys(names)) or _there(folder, effort)
    compiled = []
    with progress() as bars:
        task = bars.add_task("", total=len(chosen))
        for name in chosen:
            bars.update(task, description=name)
            compiled.append(_compile(folder, name, effort))
            bars.advance(task)
    if as_json:
        write_json(orjson.dumps([_document(one) for one in compiled]))
    else:
        _show(compiled)
    return EXIT_STATUS[SamovarError] if any(one.fault for one in compiled) else 0


def _there(folder: Folder, effort: Effort) -> tuple[str, ...]:
    built = (name for name in folder.names() if folder.versions(name))
    return tuple(name for name in built if not (effort.quick and folder.is_heavy(name)))


def _compile(folder: Folder, name: str, effort: Effort) -> Compiled:
    version = ""
    try:
        versions = folder.versions(name)
        if not versions:
            return Compiled(name, fault=f"not built: run `{folder.build_command(name)}`")
        version = versions[-1]
        return Compiled(name, version, compile_version(folder.path, name, version, effort))
    except SamovarError as error:
        return Compiled(name, version, fault=f"{error.message} ({error.code})")


def _show(compiled: Sequence[Compiled]) -> None:
    out = console()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("model", "graph", "opened as", "first answer", "instead of", "size"):
        table.add_column(column, justify="left" if column in _WORDS else "right")
    for one in compiled:
        for row in _rows(one):
            table.add_row(*row)
    out.print(table)
    for one in compiled:
        if one.fault:
            out.print(Text(clean(f"{one.name}: {one.fault}"), "red"), soft_wrap=True)


_WORDS = ("model", "graph", "opened as")


def _rows(one: Compiled) -> list[tuple[Text, ...]]:
    name = Text(one.name, "bold")
    if one.built is None:
        return [(name, Text(""), Text("not compiled", "red"))]
    rows: list[tuple[Text, ...]] = []
    for graph in one.built.record.graphs:
        rows.append((name, Text(one_line(graph)), *_cells(one.built, graph)))
        name = Text("")
    return rows


def _cells(built: Built, graph: str) -> tuple[Text, ...]:
    forms = built.record.graphs[graph]
    if not forms.forms:
        return (Text(f".onnx ({forms.said.partition(':')[0]})", "dim"),)
    best = forms.forms[0]
    how = Text(best.kind + (" (this CPU)" if best.features is not None else ""), "green")
    bytes_ = Text(size(sum(fact.size for fact in best.files.values())))
    times = built.measured.get(graph)
    if not times:
        return (how, Text("unchanged", "dim"), Text(""), bytes_)
    name = next(key for key in times if key.endswith(f"/{best.kind}"))
    return (how, _ms(times[name].start_ms), _ms(times["plain"].start_ms), bytes_)


def _ms(value: float) -> Text:
    return Text(f"{value:.1f} ms")


def _document(one: Compiled) -> dict[str, object]:
    built = one.built
    return {
        "model": one.name,
        "version": one.version,
        "changed": bool(built and built.changed),
        "fault": one.fault,
        "graphs": built.record.graphs if built else {},
        "measured": built.measured if built else {},
    }
