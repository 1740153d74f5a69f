"""One version of a model compiled: its graphs saved, tried, compared, and the best forms kept."""

import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
from samovar.adapters.compiler import SAVES, Saved, file_fact, is_bound, save_graph
from samovar.adapters.directory import DirectoryStore
from samovar.adapters.forms import find_record
from samovar.adapters.machine import this_machine
from samovar.adapters.model_files import inspect
from samovar.adapters.onnx import OnnxRunner
from samovar.compiled import (
    RECORD,
    FileFact,
    Form,
    GraphForms,
    Machine,
    Record,
    folder_of,
    write_record,
)
from samovar.errors import ModelFault
from samovar.types import Array

from samovar_cli.models.apart import apart
from samovar_cli.models.candidates import ALL, PLAIN, QUICK, Traffic, Tried, order_forms
from samovar_cli.models.feeds import Feed, record_feeds
from samovar_cli.models.trials import Entrant, Times, try_forms

MEASURED = "measured.json"
"""Beside the record: what each candidate took. For people; nothing reads it to open a model."""
_LEAST = 1_000_000  # bytes of a graph with its weights; what is smaller opens in a few ms
_THREADS = 1  # of a function of one vCPU
Answers = Sequence[Mapping[str, Array]]


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look, and for whom."""

    traffic: Traffic
    quick: bool = False  # a few trials of the likely forms, instead of many of all
    force: bool = False  # also what is unchanged, and what is small

    @property
    def rounds(self) -> int:
        """Trials of each form."""
        return 3 if self.quick else 9


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
    old = find_record(store.fetch(name, version), machine)
    if old and not effort.force and _is_current(old, folder, graphs, machine):
        return Built(old, False, {})
    home = folder / folder_of(machine.architecture)
    with _scratch(home) as scratch:
        built = _build(root, (name, version), graphs, scratch, effort)
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


def _is_current(old: Record, folder: Path, graphs: Sequence[str], machine: Machine) -> bool:
    made = Machine(old.architecture, old.onnxruntime, old.features)
    if made != machine or set(old.graphs) != set(graphs):
        return False
    home = folder / folder_of(old.architecture)
    kept = [
        (home / file, fact)
        for graph in old.graphs.values()
        for form in graph.forms
        for file, fact in form.files.items()
    ]
    if any(not path.is_file() or path.stat().st_size != fact.size for path, fact in kept):
        return False
    return all(_sources(folder, graph) == old.graphs[graph].sources for graph in graphs)


def _sources(folder: Path, graph: str) -> dict[str, FileFact]:
    beside = (folder / graph).parent
    weights = sorted(inspect(folder / graph).external_data)
    names = [graph, *((beside / each).relative_to(folder).as_posix() for each in weights)]
    return {name: file_fact(folder / name) for name in names}


def _build(
    root: Path,
    named: tuple[str, str],
    graphs: Sequence[str],
    scratch: Path,
    effort: Effort,
) -> Built:
    name, version = named
    folder, machine = root / name / version, this_machine()
    sources = {graph: _sources(folder, graph) for graph in graphs}
    large = [graph for graph in graphs if effort.force or _size(sources[graph]) >= _LEAST]
    feeds = apart(record_feeds, root, name, version) if large else {}
    found, measured = {}, {}
    for graph in graphs:
        if graph not in large:
            found[graph] = GraphForms(sources[graph], (), "small: it opens at once")
        elif not feeds.get(graph):
            found[graph] = GraphForms(sources[graph], (), "untried: no golden example reaches it")
        else:
            forms, times = compile_graph(folder / graph, scratch, feeds[graph], effort)
            said = "" if forms else "no gain: no form was faster, and gave the same bits"
            found[graph] = GraphForms(sources[graph], forms, said)
            measured[graph] = times
    record = Record(machine.onnxruntime, machine.architecture, machine.features, found)
    return Built(record, True, measured)


def compile_graph(
    source: Path, scratch: Path, feeds: Sequence[Feed], effort: Effort
) -> tuple[tuple[Form, ...], Mapping[str, Times]]:
    """The forms of a graph that are worth keeping, best first; others leave no file behind."""
    wanted = QUICK if effort.quick else ALL
    saves = {save.name: save for save in SAVES if save.name in dict(wanted)}
    saved = {name: apart(save_graph, source, scratch, save) for name, save in saves.items()}
    bound = is_bound(scratch, saved["mapped"])
    entrants = [Entrant(PLAIN, source, PLAIN)]
    entrants += [
        Entrant(f"{name}/{kind}", scratch / saved[name].file, kind)
        for name, kind in wanted
        if bound or name != "portable"  # else what was saved for this CPU is as good for any
    ]
    same = apart(same_bits, entrants, feeds)
    times = try_forms(same, feeds, rounds=effort.rounds, threads=_THREADS, warm=not effort.quick)
    tried = [_tried(one, times, bound=bound) for one in same[1:]]
    best = order_forms(times[PLAIN], tried, effort.traffic)
    forms = tuple(_form(one, saved) for one in best)
    _keep(scratch, saved.values(), forms)
    return forms, times


def same_bits(entrants: Sequence[Entrant], feeds: Sequence[Feed]) -> list[Entrant]:
    """Those that open, and answer every feed with the bits that the first one answers with."""
    plain = _answers(entrants[0], feeds)
    return [entrants[0], *(one for one in entrants[1:] if _agree(plain, _answers(one, feeds)))]


def _answers(entrant: Entrant, feeds: Sequence[Feed]) -> Answers | None:
    try:
        runner = OnnxRunner(entrant.path, threads=_THREADS, kind=entrant.kind)
        return [runner.run(feed, ()) for feed in feeds]
    except ModelFault:
        return None


def _agree(plain: Answers | None, other: Answers | None) -> bool:
    if plain is None or other is None:
        return False
    return all(
        array.dtype == found[name].dtype and array.tobytes() == found[name].tobytes()
        for answer, found in zip(plain, other, strict=True)
        for name, array in answer.items()
    )


def _tried(entrant: Entrant, times: Mapping[str, Times], *, bound: bool) -> Tried:
    how = entrant.name.partition("/")[0]
    fits_this_cpu_only = bound and how != "portable"
    return Tried(entrant.name, times[entrant.name], fits_this_cpu_only)


def _form(tried: Tried, saved: Mapping[str, Saved]) -> Form:
    how, _, kind = tried.name.partition("/")
    features = this_machine().features if tried.bound else None
    return Form(kind, saved[how].file, saved[how].files, features)


def _keep(scratch: Path, saved: Iterable[Saved], forms: Sequence[Form]) -> None:
    kept = {file for form in forms for file in form.files}
    for file in (file for one in saved for file in one.files):
        if file not in kept:
            (scratch / file).unlink(missing_ok=True)


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
