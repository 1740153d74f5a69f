"""Variants that ought to answer alike.

The graph as onnxruntime fuses it, attention as one operator, and floats of half the size.
"""

from typing import TYPE_CHECKING

from samovar.adapters.compiler import SAVES, save_graph

from samovar_cli.extras import need
from samovar_cli.optimising.graphs import Piece, Unfit, is_changed, load

if TYPE_CHECKING:
    from onnx import ModelProto

_ATTENTION = ("Attention", "MultiHeadAttention")
_PORTABLE = next(save for save in SAVES if save.name == "portable")


def optimised(piece: Piece) -> "ModelProto":
    """What onnxruntime makes of it for any CPU: constants folded, operators fused."""
    saved = save_graph(piece.source, piece.scratch, _PORTABLE)
    return load(piece.scratch / saved.file)


def fused(piece: Piece) -> "ModelProto":
    """An encoder's attention and normalisation, each as the one operator that onnxruntime has.

    It then takes padding on the right alone, as the tokenize step pads.
    """
    before = load(piece.source)
    if is_changed(before, _ATTENTION):
        raise Unfit("its attention is one operator already")
    if not is_changed(before, ("Softmax",)):
        raise Unfit("it has no attention")
    optimizer = need("onnxruntime.transformers.optimizer", "optimise", "to fuse attention")
    found = optimizer.optimize_model(
        str(piece.source), model_type="bert", num_heads=0, hidden_size=0, opt_level=0
    )
    model: ModelProto = found.model
    if not is_changed(model, _ATTENTION):
        raise Unfit("no attention of a known form was found")
    return model


def halved(piece: Piece) -> "ModelProto":
    """Floats of 16 bits within, of 32 at its doors. For a GPU: CPUs convert them back and forth."""
    converter = need("onnxruntime.transformers.float16", "optimise", "to halve floats")
    before = load(piece.source)
    if not any(one.data_type == 1 for one in before.graph.initializer):
        raise Unfit("it has no weights in 32 bits")
    model: ModelProto = converter.convert_float_to_float16(before, keep_io_types=True)
    return model
