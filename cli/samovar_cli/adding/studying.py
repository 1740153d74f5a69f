"""A file that may be opened → all that is known of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samovar.errors import CommandFailed, ModelFault
from samovar.types import TensorSpec

from samovar_cli.adding import child, versions
from samovar_cli.adding.admission import admit
from samovar_cli.adding.graph import Graph, metadata_classes
from samovar_cli.adding.labels import labels_in_file, read_labels
from samovar_cli.adding.made_up import Guess
from samovar_cli.adding.proposal import Facts, Hints, Output
from samovar_cli.adding.sources import Source

_MOST_BYTES = 64_000_000  # of a tokenizer
_LONGEST = 512  # tokens, where nothing says


@dataclass(frozen=True, slots=True)
class Said:
    """What the person said beside the file."""

    task: str = ""
    labels: str = ""
    tokenizer: Path | None = None
    columns: tuple[str, ...] = ()
    missing: bool = False  # numbers may be


def study(source: Source, said: Said) -> tuple[Facts, tuple[str, ...]]:
    """A graph, read and run, and its files of weights, with those of its older versions.

    Raises ModelFault, CommandFailed.
    """
    graph, weights = admit(source.graph)
    for other in source.older:
        weights = (*weights, *(name for name in admit(other)[1] if name not in weights))
    hints = _hints(source, graph, said)
    found = child.run(child.Task("explore", str(source.graph)))
    if not found["opened"]:
        raise versions.refusal(graph, found["said"])
    return _facts(graph, hints, found), weights


def size_bytes(source: Source, weights: tuple[str, ...]) -> int:
    """The graph with its weights."""
    beside = (source.beside / name for name in weights)
    return sum(path.stat().st_size for path in (source.graph, *beside) if path.is_file())


def _facts(graph: Graph, hints: Hints, found: Mapping[str, Any]) -> Facts:
    facts = Facts(
        graph=graph,
        inputs=tuple(graph.file.inputs),
        outputs=tuple(Output(o.name, o.datatype, o.shape) for o in graph.file.outputs),
        hints=hints,
        rows="it was not run",
        said=found["said"],
        load_ms=found["load_ms"],
        memory_mb=found["peak_mb"],
        empty_mb=found["empty_mb"],
    )
    if facts.said:
        return facts
    guess = found["guess"]
    return Facts(
        graph=graph,
        inputs=facts.inputs,
        outputs=tuple(_output(graph, spec, found["outputs"]) for spec in graph.file.outputs),
        hints=hints,
        rows=found["rows"],
        load_ms=facts.load_ms,
        run_ms=found["run_ms"],
        memory_mb=facts.memory_mb,
        empty_mb=facts.empty_mb,
        guess=Guess(guess["size"], guess["scalar"], guess["text"], tuple(guess["texts"])),
    )


def _output(graph: Graph, spec: TensorSpec, seen: Mapping[str, Mapping[str, Any]]) -> Output:
    """Its declared sizes, the sizes of the run where it is free, and where it comes from."""
    facts = seen[spec.name]
    ran = tuple(facts["shape"])
    declared = spec.shape if len(spec.shape) == len(ran) else (-1,) * len(ran)
    shape = tuple(
        size if size > 0 or axis == 0 else ran[axis] for axis, size in enumerate(declared)
    )
    return Output(
        spec.name, spec.datatype, shape, facts["unit"], facts["sums_to_one"], _maker(graph, spec)
    )


def _maker(graph: Graph, spec: TensorSpec) -> str:
    """The operator behind an output, past those that only move or convert its values."""
    name, moves = spec.name, ("Identity", "Cast", "Reshape", "Squeeze", "Unsqueeze", "Flatten")
    while graph.makers.get(name) in moves and graph.sources[name]:
        name = graph.sources[name][0]
    return graph.makers.get(name, "")


def _hints(source: Source, graph: Graph, said: Said) -> Hints:
    labels = read_labels(said.labels) if said.labels else _labels_beside(source, graph)
    tokenizer = said.tokenizer or source.beside / "tokenizer.json"
    body = _tokenizer(tokenizer, said=said.tokenizer is not None)
    return Hints(
        task=said.task,
        labels=labels,
        labels_said=bool(said.labels),
        columns=said.columns,
        missing=said.missing,
        tokenizer=body,
        tokenizer_said=said.tokenizer is not None,
        max_length=_max_length(body, _json(source.beside / "config.json")),
        picture=_json(source.beside / "preprocessor_config.json"),
    )


def _labels_beside(source: Source, graph: Graph) -> tuple[str, ...]:
    """Labels that a configuration names, or that lie beside the file, or in its metadata."""
    named = source.config.labels if source.config else ""
    folder = source.beside
    places = [source.graph.parents[1] / named, folder / named] if named else []
    for place in (*places, folder / "labels.txt", folder / "config.json"):
        if not place.is_file() or place.is_symlink():
            continue
        try:
            found = labels_in_file(place)
        except CommandFailed:
            continue
        if found and len(set(found)) == len(found) and all(label.strip() for label in found):
            return found
    return metadata_classes(graph.file.metadata)


def _tokenizer(path: Path, *, said: bool) -> bytes:
    """A tokenizer.json's bytes; b"" where none lies beside. Raises CommandFailed, ModelCorrupt."""
    if not said and (not path.is_file() or path.is_symlink()):
        return b""
    if not path.is_file():
        raise CommandFailed(f"there is no file {path} for --tokenizer: name a tokenizer.json")
    if path.stat().st_size > _MOST_BYTES:
        raise CommandFailed(f"{path} is too large to be a tokenizer")
    from samovar.steps.text import open_tokenizer

    body = path.read_bytes()
    try:
        open_tokenizer(path.name, body)
    except ModelFault:
        if said:
            raise
        return b""
    return body


def _max_length(tokenizer: bytes, config: Mapping[str, Any]) -> int:
    """The most tokens of a text: what the tokenizer cuts at, or the model's positions."""
    if not tokenizer:
        return _LONGEST
    truncation = json.loads(tokenizer).get("truncation") or {}
    for found in (truncation.get("max_length"), config.get("max_position_embeddings")):
        if type(found) is int and 0 < found <= 131_072:
            return found
    return _LONGEST


def _json(path: Path) -> Mapping[str, Any]:
    """The table in a JSON file; an empty one where there is none that can be read."""
    if not path.is_file() or path.is_symlink() or path.stat().st_size > 4_000_000:
        return {}
    try:
        found = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
