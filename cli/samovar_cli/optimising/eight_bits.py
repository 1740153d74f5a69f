"""Weights, or weights and what they are multiplied with, in eight bits: by onnxruntime's tools."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samovar_cli.extras import need
from samovar_cli.models.recorder import Feed
from samovar_cli.optimising.graphs import Build, Piece, Unfit, has_matrices, load, quantiser

if TYPE_CHECKING:
    from onnx import ModelProto

_WHY = "to quantise a graph"
_NOTHING = "it has no matrix or kernel that eight bits would hold"
_EIGHT = (2, 3)  # onnx.TensorProto.UINT8, INT8
_OPTIONS = {
    "DefaultTensorType": 1,  # floats, where a fused graph says less than shape inference wants
    "MatMulConstBOnly": True,
    "QDQDisableWeightAdjustForInt32Bias": True,  # it fails on kernels with a scale a channel
}


def dynamic(*, reduced: bool) -> Build:
    """Weights a channel at a time, activations by the range of each run; 7 bits if `reduced`."""

    def build(piece: Piece) -> "ModelProto":
        _check(piece)
        quantization = quantiser()
        target = piece.scratch / "dynamic.onnx"
        quantization.quantize_dynamic(
            _prepared(piece), target, per_channel=True, reduce_range=reduced,
            weight_type=quantization.QuantType.QInt8, extra_options=dict(_OPTIONS),
        )  # fmt: skip
        return _changed(load(target))

    return build


def static(*, reduced: bool) -> Build:
    """Weights and activations by the ranges that samples showed; 7 bits of weights if `reduced`."""

    def build(piece: Piece) -> "ModelProto":
        if not piece.feeds:
            raise Unfit("no sample reaches this graph")
        _check(piece)
        quantization = quantiser()
        kinds, target = quantization.QuantType, piece.scratch / "static.onnx"
        quantization.quantize_static(
            _prepared(piece), target, _reader(piece), per_channel=True, reduce_range=reduced,
            quant_format=quantization.QuantFormat.QDQ, activation_type=kinds.QUInt8,
            weight_type=kinds.QInt8, extra_options=dict(_OPTIONS),
        )  # fmt: skip
        return _changed(load(target))

    return build


def _check(piece: Piece) -> None:
    """A graph of nothing that could be quantised, before a quantiser stumbles over it."""
    if not has_matrices(load(piece.source)):
        raise Unfit(_NOTHING)


def _prepared(piece: Piece) -> Path:
    """The graph as a quantiser wants it: shapes inferred, normalisations folded away.

    As it is, where that fails: shapes cannot be inferred through every operator.
    """
    shapes = need("onnxruntime.quantization.shape_inference", "optimise", _WHY)
    target = piece.scratch / "prepared.onnx"
    with contextlib.suppress(Exception):
        shapes.quant_pre_process(str(piece.source), str(target), skip_symbolic_shape=True)
        return target
    return piece.source


def _changed(model: "ModelProto") -> "ModelProto":
    held = [one for one in model.graph.initializer if one.data_type in _EIGHT]
    if all(len(one.dims) < 2 for one in held):
        raise Unfit(_NOTHING)
    return model


def _reader(piece: Piece) -> Any:
    """The samples, as the quantiser asks for them: one at a time, then None."""
    calibrate: Any = need("onnxruntime.quantization.calibrate", "optimise", _WHY)

    class Reader(calibrate.CalibrationDataReader):  # type: ignore[misc]  # it has no types
        def __init__(self) -> None:
            self._feeds: Iterator[Feed] = iter(piece.feeds)

        def get_next(self) -> Any:
            return next(self._feeds, None)

    return Reader()
