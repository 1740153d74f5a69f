"""`samovar models inspect`: what is in an ONNX file, and what `add` would make of it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from samovar.adapters.model_files import LocalFiles
from samovar.errors import SamovarError

from samovar_cli.adding import recognise, sources, studying
from samovar_cli.adding.graph import Graph, read_graph
from samovar_cli.adding.proposal import Facts, Proposal
from samovar_cli.adding.sources import Source
from samovar_cli.folder import Folder
from samovar_cli.models.page import tensor_shape
from samovar_cli.terminal import console, one_line, size, write_json

_RUNTIME_MB = 60  # onnxruntime itself, with numpy
_MOST_OPERATORS = 12


@dataclass(frozen=True, slots=True)
class Inspected:
    """A graph; what is known after a run of it, or why `add` would refuse it."""

    source: Source
    graph: Graph
    size_bytes: int
    facts: Facts | None = None
    proposal: Proposal | None = None
    refusal: str = ""

    @property
    def memory_mb(self) -> float:
        """Measured in a process that ran it, or estimated: the weights, read and laid out."""
        if self.facts:
            return self.facts.memory_mb
        return _RUNTIME_MB + 2 * max(self.size_bytes, self.graph.weight_bytes) / 1e6


def inspect_model(named: str, models: Path, *, as_json: bool) -> None:
    """Show a file, a folder or a model. Raises ModelNotFound, ModelCorrupt, CommandFailed."""
    found = [inspect_source(source) for source in _sources(named, models)]
    if as_json:
        documents = [_document(one) for one in found]
        write_json(orjson.dumps(documents[0] if len(documents) == 1 else documents))
        return
    for one in found:
        _show(one)


def inspect_source(source: Source) -> Inspected:
    """A graph, read and, where it may be, run. Raises ModelCorrupt for what is none."""
    graph = read_graph(source.graph)
    try:
        facts, weights = studying.study(source, studying.Said())
        whole = studying.size_bytes(source, weights)
        return Inspected(source, graph, whole, facts, recognise.propose(facts))
    except SamovarError as error:
        return Inspected(source, graph, graph.size_bytes, refusal=error.message)


def _sources(named: str, models: Path) -> Iterable[Source]:
    path = Path(named)
    if path.exists() or path.is_symlink() or path.suffix == ".onnx":
        return [sources.find(path)]
    folder = Folder(models)
    spec, versions = folder.spec(named), folder.versions(named)
    if not versions:
        return [sources.find(models / named)]
    version = models / named / versions[-1]
    files = LocalFiles(version, models / named)
    graphs = [files.path(name) for name in spec.program.runners.values()]
    return [Source(graph, named, versions[-1]) for graph in graphs]


def _show(one: Inspected) -> None:
    out = console()
    out.print(Text(one_line(str(one.source.graph)), "bold green"), Text(_headline(one), "dim"))
    for title, part in _sections(one):
        out.print(Text(f"\n{title}", "bold"))
        out.print(Padding(part, (0, 0, 0, 2), expand=False))
    out.print()


def _headline(one: Inspected) -> str:
    file = one.graph.file
    opsets = [f"{domain or 'opset'} {number}" for domain, number in sorted(file.opsets.items())]
    by = f"by {one_line(one.graph.producer)}" if one.graph.producer else ""
    parts = (size(one.size_bytes), by, f"ir_version {file.ir_version}", ", ".join(opsets))
    return "· " + " · ".join(part for part in parts if part)


def _sections(one: Inspected) -> Iterable[tuple[str, RenderableType]]:
    yield "Tensors", _tensors(one)
    yield "Operators", _operators(one.graph)
    yield "Size", _grid(_numbers(one))
    if one.proposal:
        yield "`samovar models add` would make of it", _grid(_proposed(one.proposal))
    else:
        yield "`samovar models add` would refuse it", Text(one_line(one.refusal), "red")


def _tensors(one: Inspected) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for side, specs in (("in", one.graph.file.inputs), ("out", one.graph.file.outputs)):
        for spec in specs:
            shape = Text(tensor_shape(spec))
            table.add_row(Text(side, "dim"), Text(one_line(spec.name)), spec.datatype, shape)
    for side, names in (("in", one.graph.untyped), ("out", one.graph.hidden)):
        for name in names:
            table.add_row(Text(side, "dim"), Text(one_line(name)), "no tensor", "")
    return table


def _operators(graph: Graph) -> Text:
    counts = [
        f"{one_line(f'{domain}.{name}' if domain else name)} {count}"
        for (domain, name), count in graph.operators.most_common(_MOST_OPERATORS)
    ]
    more = len(graph.operators) - len(counts)
    return Text(", ".join(counts) + (f" and {more} more kinds" if more else ""))


def _numbers(one: Inspected) -> list[tuple[str, str]]:
    rows = [
        ("parameters", f"{one.graph.parameters:,}"),
        ("operators", f"{one.graph.operators.total():,}"),
        ("files", _files(one)),
        ("memory", f"{one.memory_mb:.0f} MB, {'measured' if one.facts else 'estimated'}"),
    ]
    if one.facts and not one.facts.said:
        times = f"{one.facts.load_ms:.0f} ms to open, {one.facts.run_ms:.3g} ms a run"
        rows.append(("time", f"{times}, on one thread here"))
        rows.append(("rows", _rows(one.facts.rows)))
    return rows


def _rows(said: str) -> str:
    return "may share a run" if said == "yes" else f"have a run each: {said}"


def _files(one: Inspected) -> str:
    beside = sorted(one.graph.file.external_data)
    return ", ".join((one.source.graph.name, *map(one_line, beside)))


def _proposed(proposal: Proposal) -> list[tuple[str, str]]:
    steps = [str(step.table["step"]) for step in proposal.pre]
    after = [str(step.table["step"]) for step in proposal.post]
    flow = " → ".join((proposal.kind, *steps, "the graph", *after))
    rows = [("task", proposal.task), ("why", proposal.why), ("steps", flow)]
    return rows + [("look", note) for note in proposal.notes]


def _grid(rows: list[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, value in rows:
        table.add_row(Text(name, "dim"), Text(one_line(value)))
    return table


def _document(one: Inspected) -> dict[str, Any]:
    file, proposal = one.graph.file, one.proposal
    return {
        "file": str(one.source.graph),
        "size_bytes": one.size_bytes,
        "ir_version": file.ir_version,
        "opsets": file.opsets,
        "producer": one.graph.producer,
        "metadata": {key: value[:1000] for key, value in file.metadata.items()},
        "inputs": [asdict(spec) for spec in file.inputs],
        "outputs": [asdict(spec) for spec in file.outputs],
        "operators": [
            {"domain": domain, "name": name, "count": count}
            for (domain, name), count in one.graph.operators.most_common()
        ],
        "parameters": one.graph.parameters,
        "external_data": sorted(file.external_data),
        "memory_mb": round(one.memory_mb, 1),
        "memory_is": "measured" if one.facts else "estimated",
        "load_ms": round(one.facts.load_ms, 2) if one.facts else None,
        "run_ms": round(one.facts.run_ms, 3) if one.facts and not one.facts.said else None,
        "rows_share_runs": one.facts.rows == "yes" if one.facts else None,
        "proposal": proposal
        and {
            "task": proposal.task,
            "kind": proposal.kind,
            "why": proposal.why,
            "steps": [dict(step.table) for step in (*proposal.pre, *proposal.post)],
            "notes": list(proposal.notes),
        },
        "refusal": one.refusal,
    }
