"""What an ONNX file holds beyond its tensors: operators, parameters, classes, who made it.

The file has passed `samovar.onnxfile` before: this walk only reads more of the same bytes, and
no more of a list than a person could want to see. Field numbers are those of onnx.proto.
"""

import mmap
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

from samovar.adapters.model_files import inspect
from samovar.onnxfile import OnnxFile, Operator
from samovar.protobuf import fields, last_text, text

from samovar_cli.adding.graph_values import WIDTHS, axis_names, few_values, whole_numbers

MOST_CLASSES = 100_000
_TEXT_LISTS = ("cats_strings", "keys_strings")
_CLASS_LISTS = ("classlabels_strings", "classlabels_ints", "classlabels_int64s")


@dataclass(frozen=True, slots=True)
class Initializer:
    """A constant tensor: its shape, and its values where they are few strings or whole numbers."""

    shape: tuple[int, ...]
    values: tuple[str, ...] = ()


@dataclass(slots=True)
class Graph:
    """A file in full."""

    file: OnnxFile
    size_bytes: int
    producer: str = ""
    operators: Counter[Operator] = field(default_factory=Counter)
    parameters: int = 0
    weight_bytes: int = 0
    classes: tuple[str, ...] = ()  # that a classifier of scikit-learn's kind names
    categories: tuple[str, ...] = ()  # the first text that each encoder of texts knows
    makers: dict[str, str] = field(default_factory=dict)  # tensor → the operator that gives it
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)  # tensor → what it is made of
    constants: dict[str, Initializer] = field(default_factory=dict)
    symbols: dict[str, tuple[str, ...]] = field(default_factory=dict)  # input → its axes' names
    untyped: tuple[str, ...] = ()  # inputs that are no tensors
    hidden: tuple[str, ...] = ()  # outputs that are none

    @property
    def opset(self) -> int:
        """The version of ONNX's own operators; 0 where it uses none."""
        return self.file.opsets.get("", self.file.opsets.get("ai.onnx", 0))


def read_graph(path: Path) -> Graph:
    """A file in full. Raises ModelCorrupt."""
    file = inspect(path)
    with path.open("rb") as opened:
        view = memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
    graph = Graph(file, len(view))
    words = {2: "", 3: ""}
    for number, start, end in fields(view, 0, len(view)):
        if number in words and end >= 0:
            words[number] = text(view, start, end)
        elif number == 7:
            _read_graph(view, start, end, graph)
    graph.producer = " ".join(word for word in words.values() if word)
    graph.classes = graph.classes or _picked_classes(graph)
    return graph


def _read_graph(view: memoryview, start: int, end: int, graph: Graph) -> None:
    """The main graph; those within its nodes are only counted."""
    inputs: list[str] = []
    outputs: list[str] = []
    for number, at, to in fields(view, start, end):
        if number == 1:
            _read_node(view, at, to, graph)
        elif number == 5:
            _read_tensor(view, at, to, graph)
        elif number == 11:
            name = last_text(view, at, to, 1)
            inputs.append(name)
            graph.symbols[name] = axis_names(view, at, to)
        elif number == 12:
            outputs.append(last_text(view, at, to, 1))
    known = {spec.name for spec in (*graph.file.inputs, *graph.file.outputs)} | set(graph.constants)
    graph.untyped = tuple(name for name in inputs if name not in known)
    graph.hidden = tuple(name for name in outputs if name not in known)


def _read_node(view: memoryview, start: int, end: int, graph: Graph) -> None:
    taken: list[str] = []
    given: list[str] = []
    for number, at, to in fields(view, start, end):
        if number == 1:
            taken.append(text(view, at, to))
        elif number == 2:
            given.append(text(view, at, to))
        elif number == 5 and to >= 0:
            _read_attribute(view, at, to, graph)
    kind = last_text(view, start, end, 4)
    graph.operators[last_text(view, start, end, 7), kind] += 1
    for name in given:
        graph.makers[name] = kind
        graph.sources[name] = tuple(taken)


def _read_attribute(view: memoryview, start: int, end: int, graph: Graph) -> None:
    name = last_text(view, start, end, 1)
    classes: list[str] = []
    for number, at, to in fields(view, start, end):
        if number in (5, 10):
            _read_tensor(view, at, to, graph)
        elif number in (6, 11):
            _count_within(view, at, to, graph)
        elif name in _CLASS_LISTS and number in (8, 9) and len(classes) < MOST_CLASSES:
            classes += (
                [text(view, at, to)] if number == 9 else map(str, whole_numbers(view, at, to))
            )
    graph.classes = tuple(classes) or graph.classes
    first = next((f for f in fields(view, start, end) if f[0] == 9), None)
    if name in _TEXT_LISTS and first:
        graph.categories += (text(view, *first[1:]),)


def _count_within(view: memoryview, start: int, end: int, graph: Graph) -> None:
    """A graph within a node: its nodes and weights count, its names are its own."""
    for number, at, to in fields(view, start, end):
        if number == 1:
            _read_node(view, at, to, graph)
        elif number == 5:
            _read_tensor(view, at, to, graph)


def _read_tensor(view: memoryview, start: int, end: int, graph: Graph) -> None:
    shape: list[int] = []
    name, datatype = "", 0
    for number, at, to in fields(view, start, end):
        if number == 1:
            shape += whole_numbers(view, at, to)
        elif number == 2:
            datatype = at
        elif number == 8:
            name = text(view, at, to)
    count = prod(shape)
    graph.parameters += count
    graph.weight_bytes += count * WIDTHS.get(datatype, 0)
    if name:
        few = 0 < count <= 1000
        values = tuple(few_values(view, start, end, datatype)) if few else ()
        graph.constants[name] = Initializer(tuple(shape), values)


def _picked_classes(graph: Graph) -> tuple[str, ...]:
    """Classes that an ArrayFeatureExtractor picks from, as skl2onnx writes most classifiers."""
    for spec in graph.file.outputs:
        name, seen = spec.name, 0
        while name in graph.sources and seen < 8:
            if graph.makers[name] == "ArrayFeatureExtractor":
                table = graph.constants.get(graph.sources[name][0])
                return table.values if table else ()
            name, seen = (graph.sources[name] or ("",))[0], seen + 1
    return ()


def is_from(graph: Graph, *makers: str) -> bool:
    """Whether one of these wrote the file."""
    return graph.producer.lower().startswith(makers)


def metadata_classes(metadata: Mapping[str, str]) -> tuple[str, ...]:
    """Classes that a file's metadata lists, as a list or as a table from 0 up."""
    from samovar_cli.adding.labels import labels_in_text

    for key in ("labels", "classes", "class_names", "names", "id2label"):
        if key in metadata and (found := labels_in_text(metadata[key])):
            return found
    return ()
