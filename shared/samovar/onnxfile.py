"""What an ONNX file says of itself, read without onnxruntime and before it is trusted.

A small reader of protobuf's wire format walks the file's structure and steps over the
weights, so a 90 MB file costs milliseconds, and a door that runs no model can still
describe one. Field numbers are those of onnx.proto3 (IR version 10).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from samovar.errors import ModelCorrupt
from samovar.types import Signature, TensorSpec

DATATYPES = {
    1: "FP32", 2: "UINT8", 3: "INT8", 4: "UINT16", 5: "INT16", 6: "INT32", 7: "INT64",
    8: "BYTES", 9: "BOOL", 10: "FP16", 11: "FP64", 12: "UINT32", 13: "UINT64", 16: "BF16",
}  # fmt: skip
"""ONNX TensorProto.DataType → Open Inference Protocol datatype."""

_MAX_DEPTH = 32  # of graphs within graphs
_VARINT, _I64, _BYTES, _I32 = 0, 1, 2, 5
Field = tuple[int, int, int]  # field number, then start and end, or the value and −1


@dataclass(slots=True)
class OnnxFile:
    """A file's signature and all that decides whether it is safe to open."""

    ir_version: int = 0
    opsets: dict[str, int] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    inputs: list[TensorSpec] = field(default_factory=list)
    outputs: list[TensorSpec] = field(default_factory=list)
    domains: set[str] = field(default_factory=set)
    external_data: set[str] = field(default_factory=set)
    nodes: int = 0

    @property
    def signature(self) -> Signature:
        """The graph's inputs that have no default, and its tensor outputs."""
        return Signature(tuple(self.inputs), tuple(self.outputs))


def read_onnx(buffer: bytes | memoryview) -> OnnxFile:
    """An ONNX model's structure. Raises ModelCorrupt where the bytes are not one."""
    view = memoryview(buffer)
    found = OnnxFile()
    graphs = 0
    for number, start, end in _fields(view, 0, len(view)):
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
        elif number == 25:
            _scan(view, start, end, found, _FUNCTION, 1)
    if graphs != 1 or not found.ir_version:
        raise ModelCorrupt("the file is not an ONNX model: it has no graph")
    return found


def _read_graph(view: memoryview, start: int, end: int, found: OnnxFile) -> None:
    initializers: set[str] = set()
    inputs: list[TensorSpec] = []
    for number, at, to in _fields(view, start, end):
        if number == 5:
            initializers.add(_first_text(view, at, to, 8))
        elif number in (11, 12):
            spec = _value_info(view, at, to)
            if spec is not None:
                (inputs if number == 11 else found.outputs).append(spec)
    found.inputs = [spec for spec in inputs if spec.name not in initializers]
    _scan(view, start, end, found, _GRAPH, 0)


# Which fields of a message hold which messages, for the walk that looks for external
# data and operator domains wherever they hide: subgraphs and attributes included.
_GRAPH, _NODE, _ATTRIBUTE, _TENSOR, _SPARSE, _FUNCTION = range(6)
_CHILDREN: dict[int, dict[int, int]] = {
    _GRAPH: {1: _NODE, 5: _TENSOR, 15: _SPARSE},
    _NODE: {5: _ATTRIBUTE},
    _ATTRIBUTE: {5: _TENSOR, 6: _GRAPH, 10: _TENSOR, 11: _GRAPH, 22: _SPARSE, 23: _SPARSE},
    _SPARSE: {1: _TENSOR, 2: _TENSOR},
    _FUNCTION: {7: _NODE, 11: _ATTRIBUTE},
}


def _scan(view: memoryview, start: int, end: int, found: OnnxFile, kind: int, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise ModelCorrupt(f"graphs are nested deeper than {_MAX_DEPTH}")
    if kind == _TENSOR:
        _note_external(view, start, end, found)
        return
    children = _CHILDREN[kind]
    domain = ""
    for number, at, to in _fields(view, start, end):
        if kind == _NODE and number == 7:
            domain = _text(view, at, to)
        child = children.get(number)
        if child is not None and to >= 0:
            _scan(view, at, to, found, child, depth + (child == _GRAPH))
    if kind == _NODE:
        found.nodes += 1
        found.domains.add(domain)


def _note_external(view: memoryview, start: int, end: int, found: OnnxFile) -> None:
    location, external = None, False
    for number, at, to in _fields(view, start, end):
        if number == 13:
            key, value = _pair(view, at, to)
            location = value if key == "location" else location
        elif number == 14:
            external = at == 1
    if external or location is not None:
        found.external_data.add(location or "")


def _value_info(view: memoryview, start: int, end: int) -> TensorSpec | None:
    name = ""
    datatype: str | None = None
    shape: tuple[int, ...] = (-1,)
    for number, at, to in _fields(view, start, end):
        if number == 1:
            name = _text(view, at, to)
        elif number == 2:
            for kind, a, b in _fields(view, at, to):
                if kind == 1:
                    datatype, shape = _tensor_type(view, a, b)
    return None if datatype is None else TensorSpec(name, datatype, shape)


def _tensor_type(view: memoryview, start: int, end: int) -> tuple[str | None, tuple[int, ...]]:
    datatype: str | None = None
    shape: tuple[int, ...] = (-1,)
    for number, at, to in _fields(view, start, end):
        if number == 1:
            datatype = DATATYPES.get(at)
        elif number == 2:
            shape = tuple(
                _dimension(view, a, b) for kind, a, b in _fields(view, at, to) if kind == 1
            )
    return datatype, shape


def _dimension(view: memoryview, start: int, end: int) -> int:
    for number, value, to in _fields(view, start, end):
        if number == 1 and to == -1:
            return value if 0 <= value < 1 << 62 else -1
    return -1


def _opset(view: memoryview, start: int, end: int) -> tuple[str, int]:
    domain, version = "", 0
    for number, at, to in _fields(view, start, end):
        if number == 1:
            domain = _text(view, at, to)
        elif number == 2:
            version = at
    return domain, version


def _pair(view: memoryview, start: int, end: int) -> tuple[str, str]:
    return _first_text(view, start, end, 1), _first_text(view, start, end, 2)


def _first_text(view: memoryview, start: int, end: int, wanted: int) -> str:
    for number, at, to in _fields(view, start, end):
        if number == wanted:
            return _text(view, at, to)
    return ""


def _text(view: memoryview, start: int, end: int) -> str:
    if end < 0:
        raise ModelCorrupt("the file is not an ONNX model: a name is not text")
    return bytes(view[start:end]).decode("utf-8", "replace")


def _fields(view: memoryview, at: int, end: int) -> Iterator[Field]:
    """The fields of one message: (number, start, end) of bytes, (number, value, −1) of ints."""
    while at < end:
        key, at = _varint(view, at, end)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, at = _varint(view, at, end)
            yield number, value, -1
            continue
        size, at = _varint(view, at, end) if wire == _BYTES else (_fixed(wire), at)
        if at + size > end:
            raise ModelCorrupt("the file is not an ONNX model, or it is cut short")
        if wire == _BYTES:
            yield number, at, at + size
        at += size


def _fixed(wire: int) -> int:
    if wire == _I64:
        return 8
    if wire == _I32:
        return 4
    raise ModelCorrupt("the file is not an ONNX model")


def _varint(view: memoryview, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while at < end and shift < 64:
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ModelCorrupt("the file is not an ONNX model, or it is cut short")
