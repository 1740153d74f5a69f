"""Variants made: model folders of the same name, each in a folder of its own, with other graphs."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from samovar.adapters.model_files import inspect, sha256
from samovar.compiled import COMPILED
from samovar.errors import CommandFailed, SamovarError
from samovar.layout import LOCK, MANIFEST
from samovar.types import ModelSpec, Signature, TensorSpec

from samovar_cli.models.apart import apart
from samovar_cli.models.recorder import Feed
from samovar_cli.optimising.answering import Place
from samovar_cli.optimising.graphs import Piece, Unfit, first_words, lift_constants, quiet, save
from samovar_cli.optimising.manifests import new_lock, without_records
from samovar_cli.optimising.variants import Variant

Feeds = Mapping[str, Sequence[Feed]]


@dataclass(frozen=True, slots=True)
class Bench:
    """Where variants are made, of what, and what is known of the original's graphs."""

    root: Path  # of a folder for each variant
    original: Place
    spec: ModelSpec
    samples: Feeds = field(default_factory=dict)
    training: Feeds = field(default_factory=dict)

    @property
    def graphs(self) -> tuple[str, ...]:
        """The files of the original's graphs, relative to its version's folder."""
        return tuple(dict.fromkeys(self.spec.program.runners.values()))

    @property
    def folder(self) -> Path:
        """The original's own version."""
        return self.original.root / self.original.name / self.original.version

    @property
    def copies(self) -> Path:
        """Its graphs with their weights, copied: tools refuse files that have two names."""
        return self.root / "copies"


@contextmanager
def bench(original: Place, spec: ModelSpec) -> Iterator[Bench]:
    """A bench with copies of the original's graphs; gone at the end. Raises ModelFault."""
    with TemporaryDirectory(prefix="samovar-optimise-", ignore_cleanup_errors=True) as made:
        found = Bench(Path(made), original, spec)
        with _told(found.root):
            for graph in found.graphs:
                _copy_graph(found, graph)
        yield found


@contextmanager
def _told(where: Path) -> Iterator[None]:
    """A folder that has no room is no fault of ours: raises CommandFailed."""
    try:
        yield
    except OSError as error:
        raise CommandFailed(
            f"{where} cannot be written: {error.strerror}; TMPDIR names another folder"
        ) from None


def _copy_graph(bench: Bench, graph: str) -> None:
    """With its weights as initializers: exporters that keep them in nodes hide them from tools."""
    for name in (graph, *_weights(bench.folder, graph)):
        target = bench.copies / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(bench.folder / name, target)
    apart(lift_constants, bench.copies / graph)


def make(bench: Bench, variant: Variant) -> Place:
    """A variant's model folder. Raises Unfit where it would be the original, CommandFailed."""
    place = Place(bench.root / variant.name, bench.original.name, bench.original.version)
    folder = place.root / place.name / place.version
    with _told(place.root):
        _copy_beside(bench, folder)
    unfit = [said for graph in bench.graphs if (said := _make_graph(bench, variant, graph, folder))]
    if len(unfit) == len(bench.graphs):
        raise Unfit(unfit[0])
    write_records(place, bench.spec, bench.folder.parent)
    return place


def _make_graph(bench: Bench, variant: Variant, graph: str, folder: Path) -> str:
    """One graph written; where nothing can be done for it, as it was, and the reason."""
    weights = next(iter(_weights(bench.copies, graph)), "")
    try:
        apart(_build, bench, variant, graph, folder / graph, weights)
    except Unfit as error:
        for name in (graph, *_weights(bench.copies, graph)):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(bench.copies / name, folder / name)
        return error.message
    check_signature(inspect(bench.copies / graph).signature, inspect(folder / graph).signature)
    return ""


def _build(bench: Bench, variant: Variant, graph: str, target: Path, weights: str) -> None:
    """In a process of its own: what a library does there, it does to nobody else."""
    with TemporaryDirectory(dir=bench.root) as made, quiet():
        try:
            source = _start(bench, variant, graph)
            feeds = (bench.training if variant.training else bench.samples).get(graph, ())
            model = variant.build(Piece(source, feeds, Path(made)))
            target.parent.mkdir(parents=True, exist_ok=True)
            save(model, target, Path(weights).name)
        except SamovarError:
            raise
        except Exception as error:  # noqa: BLE001 - quantisers raise whatever they stumble over
            raise CommandFailed(f"{type(error).__name__}: {first_words(error)}") from None


def _start(bench: Bench, variant: Variant, graph: str) -> Path:
    """The graph to begin with: its fused form, where that was made and is better."""
    fused = bench.root / "fused" / bench.original.name / bench.original.version / graph
    return fused if variant.fused_first and fused.is_file() else bench.copies / graph


def _weights(folder: Path, graph: str) -> tuple[str, ...]:
    """The files of a graph's external data, relative to the version's folder."""
    beside = (folder / graph).parent
    names = sorted(inspect(folder / graph).external_data)
    return tuple((beside / name).relative_to(folder).as_posix() for name in names)


def _copy_beside(bench: Bench, folder: Path) -> None:
    """What lies beside the graphs, and the files that the manifest's examples name."""
    graphs = set(bench.graphs)
    weights = {name for graph in graphs for name in _weights(bench.folder, graph)}
    for path in sorted(bench.folder.rglob("*")):
        name = path.relative_to(bench.folder)
        if path.is_file() and name.parts[0] != COMPILED and name.as_posix() not in graphs | weights:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / name)
    folder.mkdir(parents=True, exist_ok=True)
    for example in bench.spec.examples:
        if example.file:
            target = folder.parent / example.file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(bench.folder.parent / example.file, target)


def write_records(place: Place, spec: ModelSpec, original: Path) -> None:
    """model.toml as it was, without what was measured; model.lock of the files that lie there."""
    folder = place.root / place.name
    source = original / MANIFEST
    if source.is_file():
        (folder / MANIFEST).write_text(without_records(source.read_text("utf-8")), "utf-8")
    files = {
        path.relative_to(folder).as_posix(): sha256(path)
        for path in sorted((folder / place.version).rglob("*"))
        if path.is_file()
    }
    known = spec.signatures.get(place.version)
    signatures = {place.version: known} if known else {}
    (folder / LOCK).write_text(new_lock(files, signatures, {}), "utf-8")


def check_signature(before: Signature, after: Signature) -> None:
    """Raises CommandFailed where a graph does not take and give what the original does."""
    for kind, ours, theirs in (
        ("takes", before.inputs, after.inputs),
        ("gives", before.outputs, after.outputs),
    ):
        found = {spec.name: spec for spec in theirs}
        for spec in ours:
            if spec.name not in found or not _fits(spec, found[spec.name]):
                raise CommandFailed(f"the original {kind} {_shown(spec)}, and it does not")
        if extra := sorted(set(found) - {spec.name for spec in ours}):
            raise CommandFailed(f"it {kind} {extra[0]!r}, and the original does not")


def _fits(ours: TensorSpec, theirs: TensorSpec) -> bool:
    """Whether a tensor takes at least what another does; a rank that nobody gave fits any."""
    same = ours.datatype == theirs.datatype
    free = not theirs.shape or not ours.shape
    sizes = len(ours.shape) == len(theirs.shape) and all(
        other in (-1, size) or (size == -1 and other == -1)
        for size, other in zip(ours.shape, theirs.shape, strict=True)
    )
    return same and (free or sizes)


def _shown(spec: TensorSpec) -> str:
    return f"{spec.name!r} as {spec.datatype} {list(spec.shape)}"
