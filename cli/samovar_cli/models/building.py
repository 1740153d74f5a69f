"""One version of a model compiled: its graphs saved, tried, compared, and the best forms kept."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
from samovar.adapters.compiler import file_fact
from samovar.adapters.directory import DirectoryStore
from samovar.adapters.forms import find_record
from samovar.adapters.machine import this_machine
from samovar.adapters.model_files import inspect, verify
from samovar.compiled import (
    RECORD,
    FileFact,
    GraphForms,
    Machine,
    Record,
    folder_of,
    write_record,
)
from samovar.types import ModelSpec

from samovar_cli.models.apart import apart
from samovar_cli.models.candidates import Effort
from samovar_cli.models.feeds import record_feeds
from samovar_cli.models.forming import compile_graph
from samovar_cli.models.trials import Times

MEASURED = "measured.json"
"""Beside the record: what each candidate took. For people; nothing reads it to open a model."""
Sources = Mapping[str, Mapping[str, FileFact]]
"""Graph → the files that it was read from, relative to the version's folder."""
_LEAST = 1_000_000  # bytes of a graph with its weights; what is smaller opens in a few ms


@dataclass(frozen=True, slots=True)
class Built:
    """A version's record; whether it was made anew; what was measured, by graph and candidate."""

    record: Record
    changed: bool
    measured: Mapping[str, Mapping[str, Times]]


def compile_version(root: Path, name: str, version: str, effort: Effort) -> Built:
    """The forms of a version's graphs, written beside them, whole or not at all.

    What is there already for the same files, onnxruntime and CPU is left as it is. Raises
    NotFound, ModelFault, CommandFailed.
    """
    store, machine = DirectoryStore(root), this_machine()
    spec = store.spec(name)
    folder = root / name / version
    graphs = tuple(dict.fromkeys(spec.program.runners.values()))
    files = store.fetch(name, version)
    old = find_record(files, machine)
    verify(spec, version, files)
    sources = {graph: _sources(spec, version, folder, graph) for graph in graphs}
    if old and not effort.force and _is_current(old, folder, sources, effort):
        return Built(old, False, {})
    home = folder / folder_of(machine.architecture)
    with _scratch(home) as scratch:
        built = _build(root, (name, version), sources, scratch, effort)
        _write(scratch, built)
        _publish(scratch, home)
    return built


@contextmanager
def _scratch(home: Path) -> Iterator[Path]:
    """A folder beside the forms, of this process alone: what is left in it is nobody's."""
    home.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=home.parent, prefix=".new-", ignore_cleanup_errors=True
    ) as made:
        Path(made).chmod(0o755)
        scratch = Path(made) / home.name
        scratch.mkdir()
        yield scratch


def _is_current(old: Record, folder: Path, sources: Sources, effort: Effort) -> bool:
    machine = this_machine()
    if Machine(old.architecture, old.onnxruntime, old.features) != machine:
        return False
    looked_less = not effort.quick and old.effort != effort.said
    if looked_less or {graph: found.sources for graph, found in old.graphs.items()} != sources:
        return False
    home = folder / folder_of(machine.architecture)
    forms = (form for graph in old.graphs.values() for form in graph.forms)
    kept = [(home / file, fact) for form in forms for file, fact in form.files.items()]
    return all(path.is_file() and path.stat().st_size == fact.size for path, fact in kept)


def _sources(spec: ModelSpec, version: str, folder: Path, graph: str) -> dict[str, FileFact]:
    """A graph's file and those of its weights, as they were just verified."""
    beside = (folder / graph).parent
    weights = sorted(inspect(folder / graph).external_data)
    names = [graph, *((beside / each).relative_to(folder).as_posix() for each in weights)]
    return {name: _fact(folder / name, spec.files.get(f"{version}/{name}")) for name in names}


def _fact(path: Path, digest: str | None) -> FileFact:
    return FileFact(path.stat().st_size, digest) if digest else file_fact(path)


def _build(
    root: Path, named: tuple[str, str], sources: Sources, scratch: Path, effort: Effort
) -> Built:
    name, version = named
    machine = this_machine()
    large = [graph for graph, files in sources.items() if effort.force or _size(files) >= _LEAST]
    feeds = apart(record_feeds, root, name, version) if large else {}
    found, measured = {}, {}
    for graph, files in sources.items():
        if graph not in large:
            found[graph] = GraphForms(files, (), "small: it opens at once")
        elif not feeds.get(graph):
            found[graph] = GraphForms(files, (), "untried: no golden example reaches it")
        else:
            source = root / name / version / graph
            forms, measured[graph] = compile_graph(source, scratch, feeds[graph], effort)
            said = "" if forms else "no gain: no form was faster, and gave the same bits"
            found[graph] = GraphForms(files, forms, said)
    made = (machine.onnxruntime, machine.architecture, machine.features)
    return Built(Record(*made, found, effort.said), True, measured)


def _size(files: Mapping[str, FileFact]) -> int:
    return sum(fact.size for fact in files.values())


def _write(scratch: Path, built: Built) -> None:
    times = {
        graph: {name: asdict(one) for name, one in tried.items()}
        for graph, tried in built.measured.items()
    }
    (scratch / RECORD).write_bytes(write_record(built.record))
    (scratch / MEASURED).write_bytes(orjson.dumps(times, option=orjson.OPT_INDENT_2))
    for file in scratch.iterdir():
        file.chmod(0o644)


def _publish(scratch: Path, home: Path) -> None:
    """Put the forms in place of the last ones. Of two compilers at once, either's are whole."""
    with contextlib.suppress(FileNotFoundError):
        home.rename(scratch.with_name("old"))
    scratch.rename(home)
