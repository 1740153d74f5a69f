"""What an ONNX file says of itself, read without onnxruntime and before it is trusted.

The walk follows the file's structure and steps over the weights, so a 90 MB file costs
milliseconds, and a door that runs no model can still describe one. Field numbers are
those of onnx.proto (IR version 10).
"""

from samovar.errors import ModelCorrupt
from samovar.protobuf import fields, last_text, text
from samovar.types import Signature, TensorSpec
from samovar.values import dataclass, field

DATATYPES = {
    1: "FP32", 2: "UINT8", 3: "INT8", 4: "UINT16", 5: "INT16", 6: "INT32", 7: "INT64",
    8: "BYTES", 9: "BOOL", 10: "FP16", 11: "FP64", 12: "UINT32", 13: "UINT64", 16: "BF16",
}  # fmt: skip
"""ONNX TensorProto.DataType → Open Inference Protocol datatype."""

_MAX_DEPTH = 32  # of graphs within graphs
_INT32 = (1 << 32) - 1  # protobuf keeps no more bits of an enum or int32
_EXTERNAL = 1  # TensorProto.DataLocation

Operator = tuple[str, str]
"""An operator's domain ("" for onnx's own) and name."""


@dataclass(slots=True)
class OnnxFile:
    """A file's signature and all that decides whether it is safe to open."""

    ir_version: int = 0
    opsets: dict[str, int] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    inputs: list[TensorSpec] = field(default_factory=list)
    outputs: list[TensorSpec] = field(default_factory=list)
    operators: set[Operator] = field(default_factory=set)
    functions: set[Operator] = field(default_factory=set)  # operators that the file defines itself
    external_data: set[str] = field(default_factory=set)
    nodes: int = 0

    @property
    def signature(self) -> Signature:
        """The graph's inputs that have no default, and its tensor outputs."""
        return Signature(tuple(self.inputs), tuple(self.outputs))

    @property
    def domains(self) -> set[str]:
        """Whose operators the file calls, those aside that it defines itself."""
        return {domain for domain, _ in self.operators - self.functions}


def read_onnx(buffer: bytes | memoryview) -> OnnxFile:
    """An ONNX model's structure. Raises ModelCorrupt where the bytes are not one."""
    view = memoryview(buffer)
    found = OnnxFile()
    graphs = 0
    for number, start, end in fields(view, 0, len(view)):
        if number == 1 and end == -1:
            found.ir_version = start
        elif number == 8:
            domain, version = _opset(view, start, end)
            found.opsets[domain] = version
        elif number == 14:
            key, value = _pair(view, start, end)
            found.metadata[key] = value
        elif number == 7:
            graphs += 1
            _read_graph(view, start, end, found)
        elif number in _MODEL_CHILDREN and end >= 0:
            _scan(view, start, end, found, _MODEL_CHILDREN[number], 1)
    if graphs != 1 or not found.ir_version:
        raise ModelCorrupt("the file is not an ONNX model: it has no graph")
    return found


def _read_graph(view: memoryview, start: int, end: int, found: OnnxFile) -> None:
    initializers: set[str] = set()
    inputs: list[TensorSpec] = []
    for number, at, to in fields(view, start, end):
        if number == 5:
            initializers.add(last_text(view, at, to, 8))
        elif number in (11, 12):
            spec = _value_info(view, at, to)
            if spec is not None:
                (inputs if number == 11 else found.outputs).append(spec)
    found.inputs = [spec for spec in inputs if spec.name not in initializers]
    _scan(view, start, end, found, _GRAPH, 0)


# Which fields of a message hold which messages, for the walk that looks for external
# data and operators wherever they hide: subgraphs and attributes included.
_GRAPH, _NODE, _ATTRIBUTE, _TENSOR, _SPARSE, _FUNCTION, _TRAINING = range(7)
_CHILDREN: dict[int, dict[int, int]] = {
    _GRAPH: {1: _NODE, 5: _TENSOR, 15: _SPARSE},
    _NODE: {5: _ATTRIBUTE},
    _ATTRIBUTE: {5: _TENSOR, 6: _GRAPH, 10: _TENSOR, 11: _GRAPH, 22: _SPARSE, 23: _SPARSE},
    _SPARSE: {1: _TENSOR, 2: _TENSOR},
    _FUNCTION: {7: _NODE, 11: _ATTRIBUTE},
    _TRAINING: {1: _GRAPH, 2: _GRAPH},
}
_MODEL_CHILDREN = {20: _TRAINING, 25: _FUNCTION}


def _scan(view: memoryview, start: int, end: int, found: OnnxFile, kind: int, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise ModelCorrupt(f"graphs are nested deeper than {_MAX_DEPTH}")
    if kind == _TENSOR:
        _note_external(view, start, end, found)
        return
    children = _CHILDREN[kind]
    for number, at, to in fields(view, start, end):
        child = children.get(number)
        if child is not None and to >= 0:
            _scan(view, at, to, found, child, depth + (child == _GRAPH))
    if kind == _NODE:
        found.nodes += 1
        found.operators.add((last_text(view, start, end, 7), last_text(view, start, end, 4)))
    elif kind == _FUNCTION:
        found.functions.add((last_text(view, start, end, 10), last_text(view, start, end, 1)))


def _note_external(view: memoryview, start: int, end: int, found: OnnxFile) -> None:
    locations: list[str] = []
    external = False
    for number, at, to in fields(view, start, end):
        if number == 13:
            key, value = _pair(view, at, to)
            locations += [value] if key == "location" else []
        elif number == 14 and to == -1:
            external = at & _INT32 == _EXTERNAL
    found.external_data.update(locations or ([""] if external else []))


def _value_info(view: memoryview, start: int, end: int) -> TensorSpec | None:
    name = ""
    datatype: str | None = None
    shape: tuple[int, ...] = ()
    for number, at, to in fields(view, start, end):
        if number == 1:
            name = text(view, at, to)
        elif number == 2:
            for kind, a, b in fields(view, at, to):
                if kind == 1:
                    datatype, shape = _tensor_type(view, a, b)
    return None if datatype is None else TensorSpec(name, datatype, shape)


def _tensor_type(view: memoryview, start: int, end: int) -> tuple[str | None, tuple[int, ...]]:
    datatype: str | None = None
    shape: tuple[int, ...] = ()  # also where the file gives none, as onnxruntime says then
    for number, at, to in fields(view, start, end):
        if number == 1:
            datatype = DATATYPES.get(at & _INT32)
        elif number == 2:
            shape = tuple(
                _dimension(view, a, b) for kind, a, b in fields(view, at, to) if kind == 1
            )
    return datatype, shape


def _dimension(view: memoryview, start: int, end: int) -> int:
    for number, value, to in fields(view, start, end):
        if number == 1 and to == -1:
            return value if 0 <= value < 1 << 62 else -1
    return -1


def _opset(view: memoryview, start: int, end: int) -> tuple[str, int]:
    domain, version = "", 0
    for number, at, to in fields(view, start, end):
        if number == 1:
            domain = text(view, at, to)
        elif number == 2:
            version = at
    return domain, version


def _pair(view: memoryview, start: int, end: int) -> tuple[str, str]:
    return last_text(view, start, end, 1), last_text(view, start, end, 2)
