"""Compiled forms of a graph: what they are, what each needs, and which of them fits a machine.

A form is the graph as onnxruntime itself saved it, so that a session opens in a fraction of the
time. It answers with the same bytes; the `.onnx` it was made from stays the model. Forms lie in
`<version>/compiled/<architecture>/`, and the record there, `compiled.json`, tells of them.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from samovar.values import dataclass, field

COMPILED, RECORD = "compiled", "compiled.json"
"""The folder of forms, within a version's; the file that tells of an architecture's."""

_FORMAT = 1
_WRITTEN = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_SORT_KEYS
_ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True, slots=True)
class FormKind:
    """How a form is opened. A record names a kind: it cannot bring options of its own."""

    level: str  # of optimisation at opening: what is optimised already need not be again
    entries: Mapping[str, str] = field(default_factory=dict)  # of the session's configuration


PLAIN = "plain"
_PRECISE = {"session.x64quantprecision": "1"}  # products of bytes overflow without VNNI, else
_UNPACKED = {"session.disable_prepacking": "1"}
_MAPPED_ORT = {
    "session.use_memory_mapped_ort_model": "1",
    "session.use_ort_model_bytes_for_initializers": "1",
}
FORM_KINDS: Mapping[str, FormKind] = {
    PLAIN: FormKind("all", _PRECISE),
    "mapped": FormKind("basic"),  # weights in a file that onnxruntime maps
    "prepacked": FormKind("basic"),  # the same, and as its kernels want them
    "mapped-all": FormKind("all", _PRECISE),  # saved for any CPU, and fitted to this one at opening
    "ort": FormKind("basic", _MAPPED_ORT),
    "mapped-unpacked": FormKind("basic", _UNPACKED),
    "ort-unpacked": FormKind("basic", {**_MAPPED_ORT, **_UNPACKED}),
}


@dataclass(frozen=True, slots=True)
class FileFact:
    """What a file is known by."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Form:
    """One form: its kind, the file to open, all its files (beside the record), what it needs.

    `features` are the CPU's of which it makes use: None where any CPU of the architecture will
    do. `difference` is the largest between an answer and the plain graph's: 0.0, the same bits.
    """

    kind: str
    file: str
    files: Mapping[str, FileFact]
    features: tuple[str, ...] | None = None
    difference: float = 0.0


@dataclass(frozen=True, slots=True)
class GraphForms:
    """A graph's forms, best first; `said` tells why there are none, or why the first is."""

    sources: Mapping[str, FileFact]  # relative to the version's folder
    forms: tuple[Form, ...] = ()
    said: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What was compiled in one folder, by which onnxruntime, for which architecture."""

    onnxruntime: str
    architecture: str
    features: tuple[str, ...]  # of the CPU that it was compiled on
    graphs: Mapping[str, GraphForms]  # by the file that a program names
    effort: str = ""  # with which the forms were chosen


@dataclass(frozen=True, slots=True)
class Machine:
    """What a form has to fit. `features` are those by which onnxruntime chooses its kernels."""

    architecture: str
    onnxruntime: str
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """The form to open; None with the reason where none fits, and "" where none is meant to."""

    form: Form | None
    reason: str = ""


def choose(record: Record, graph: str, sources: Mapping[str, int], machine: Machine) -> Choice:
    """The first form of a graph that fits. `sources` are the sizes of the files it was made of."""
    found = record.graphs.get(graph)
    if found is None:
        return Choice(None, f"{graph} was not there when the model was compiled")
    if any(sources.get(name) != fact.size for name, fact in found.sources.items()):
        return Choice(None, f"{graph} has changed since it was compiled")
    if not found.forms:
        return Choice(None)
    if record.architecture != machine.architecture:
        return Choice(None, f"it was compiled for {record.architecture}")
    if record.onnxruntime != machine.onnxruntime:
        return Choice(None, f"it was compiled by onnxruntime {record.onnxruntime}")
    for form in found.forms:
        if form.features is None or form.features == machine.features:
            return Choice(form)
    return Choice(None, "it was compiled for another CPU")


def folder_of(architecture: str) -> str:
    """The folder of an architecture's forms, within a version's."""
    return f"{COMPILED}/{normal_architecture(architecture)}"


def record_of(architecture: str) -> str:
    """The record's file, within a version's folder."""
    return f"{folder_of(architecture)}/{RECORD}"


def normal_architecture(machine: str) -> str:
    """One name for each: x86_64, aarch64."""
    return _ARCHITECTURES.get(machine.lower(), machine.lower())


def write_record(record: Record) -> bytes:
    """The record as JSON: the same record gives the same bytes."""
    said = {
        "format": _FORMAT,
        "onnxruntime": record.onnxruntime,
        "architecture": record.architecture,
        "features": record.features,
        "graphs": record.graphs,
        "effort": record.effort,
    }
    return orjson.dumps(said, option=_WRITTEN)


def read_record(body: bytes) -> Record | None:
    """The record in `body`; None where it is none, or none of this samovar's."""
    try:
        said = orjson.loads(body)
        if said["format"] != _FORMAT:
            return None
        graphs = {name: _graph(table) for name, table in said["graphs"].items()}
        features = tuple(said["features"])
        return Record(
            said["onnxruntime"], said["architecture"], features, graphs, said.get("effort", "")
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _graph(table: Mapping[str, Any]) -> GraphForms:
    forms = tuple(_form(form) for form in table["forms"])
    return GraphForms(_facts(table["sources"]), forms, table["said"])


def _form(table: Mapping[str, Any]) -> Form:
    if table["kind"] not in FORM_KINDS or table["file"] not in table["files"]:
        raise ValueError(table["kind"])
    features = table["features"]
    return Form(
        table["kind"],
        table["file"],
        _facts(table["files"]),
        None if features is None else tuple(features),
        table["difference"],
    )


def _facts(table: Mapping[str, Mapping[str, Any]]) -> dict[str, FileFact]:
    for name in table:
        if not name or name.startswith(("/", ".")) or ".." in name:
            raise ValueError(name)
    return {name: FileFact(fact["size"], fact["sha256"]) for name, fact in table.items()}
