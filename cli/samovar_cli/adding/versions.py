"""What this onnxruntime reads, found by asking it."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from samovar.errors import ModelCorrupt, ModelFault

from samovar_cli.adding.graph import Graph

_IR, _OPSET = 8, 17  # that every onnxruntime reads which samovar runs on


def refusal(graph: Graph, said: str) -> ModelCorrupt:
    """Why a graph that is well formed cannot be opened; `said` is what onnxruntime says."""
    import onnxruntime

    reader = f"onnxruntime {onnxruntime.__version__} here"
    if graph.file.ir_version > _IR and not _opens(graph.file.ir_version, _OPSET):
        best = _best(graph.file.ir_version, lambda version: _opens(version, _OPSET))
        return ModelCorrupt(
            f"the file has ir_version {graph.file.ir_version}, and {reader} reads {best} at most: "
            f"save it with an older one (model.ir_version = {best}; onnx.save(model, …))"
        )
    if graph.opset > _OPSET and not _opens(_IR, graph.opset):
        best = _best(graph.opset, lambda version: _opens(_IR, version))
        return ModelCorrupt(
            f"the file has opset {graph.opset}, and {reader} knows {best} at most: export it for "
            f"an older one (opset_version={best}), or convert it (onnx.version_converter)"
        )
    return ModelCorrupt(said)


def _best(too_new: int, opens: Callable[[int], bool]) -> int:
    """The newest version below one that is too new."""
    return next((v for v in range(min(too_new, 100) - 1, 0, -1) if opens(v)), 0)


def _opens(ir_version: int, opset: int) -> bool:
    from samovar.adapters.onnx import OnnxRunner  # with onnxruntime, which takes its time

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "probe.onnx"
        path.write_bytes(_probe(ir_version, opset))
        try:
            OnnxRunner(path)
        except ModelFault:
            return False
    return True


def _probe(ir_version: int, opset: int) -> bytes:
    """The smallest model: y = Identity(x), of the given versions, in protobuf."""
    kind = _field(2, _field(1, _number(1, 1) + _field(2, _field(1, _number(1, 1)))))
    node = _field(1, b"x") + _field(2, b"y") + _field(4, b"Identity")
    values = _field(11, _field(1, b"x") + kind) + _field(12, _field(1, b"y") + kind)
    graph = _field(1, node) + _field(2, b"g") + values
    return _number(1, ir_version) + _field(7, graph) + _field(8, _number(2, opset))


def _field(number: int, body: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(body)) + body


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
