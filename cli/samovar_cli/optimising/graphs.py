"""ONNX graphs as builders take and give them: with their weights, on disk or in memory."""

import contextlib
import io
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samovar.adapters.model_files import inspect
from samovar.errors import CommandFailed
from samovar.types import Array

from samovar_cli.extras import need
from samovar_cli.models.recorder import Feed

if TYPE_CHECKING:
    from onnx import ModelProto

_EXTRA, _WHY = "optimise", "to change a graph"
_LARGEST = 1_900_000_000  # bytes: protobuf's own limit is 2 GiB
_MULTIPLY = (
    "MatMul", "Gemm", "Conv", "ConvTranspose", "Attention", "LSTM", "GRU", "Gather",
    "EmbedLayerNormalization",
)  # fmt: skip
_MAPPED_FROM = 1024  # bytes of a weight that is worth a mapping of its own


class Unfit(CommandFailed):
    """A graph that a builder can do nothing for, with the reason."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One graph of a model: its file, what samples put into it, a folder to work in."""

    source: Path
    feeds: Sequence[Feed]
    scratch: Path


Build = Callable[[Piece], "ModelProto"]
"""Raises Unfit where nothing can be done, CommandFailed where it went wrong."""


def onnx() -> Any:
    """The package, or how to get it."""
    return need("onnx", _EXTRA, _WHY)


def quantiser() -> Any:
    """Onnxruntime's tools, which stand on onnx. Here, so that each process that is forked has them.

    Raises CommandFailed where onnx is missing.
    """
    onnx()
    return need("onnxruntime.quantization", _EXTRA, _WHY)


def load(path: Path) -> "ModelProto":
    """A graph with its weights in memory. Raises CommandFailed."""
    try:
        found: ModelProto = onnx().load(str(path))
    except Exception as error:  # noqa: BLE001 - protobuf's and onnx's errors have no common base
        raise CommandFailed(f"{path.name} cannot be read: {error}") from None
    return found


def save(model: "ModelProto", path: Path, weights: str = "") -> None:
    """A graph as one file, or with its large weights in the file `weights` beside it."""
    if not weights:
        if model.ByteSize() > _LARGEST:
            raise CommandFailed(f"{path.name} would have over 1.9 GB: keep its weights in a file")
        onnx().save(model, str(path))
    else:
        onnx().save(
            model, str(path), save_as_external_data=True, location=weights,
            size_threshold=_MAPPED_FROM, convert_attribute=False,
        )  # fmt: skip
        if (path.parent / weights).is_file():  # there is none of small weights alone
            (path.parent / weights).chmod(0o644)  # it is made for its owner alone
    path.chmod(0o644)


def lift_constants(path: Path) -> None:
    """The file with its constants as initializers, where it has any in nodes of their own."""
    model = load(path)
    lifted = [
        (node, attribute.t)
        for node in model.graph.node
        for attribute in node.attribute
        if node.op_type == "Constant" and attribute.name == "value"
    ]
    for node, tensor in lifted:
        tensor.name = node.output[0]
        model.graph.initializer.append(tensor)
    for node, _ in lifted:
        model.graph.node.remove(node)
    if lifted and not inspect(path).external_data:
        save(model, path)


def weights_of(model: "ModelProto") -> Mapping[str, Array]:
    """The initializers by name."""
    read = onnx().numpy_helper.to_array
    return {one.name: read(one) for one in model.graph.initializer}


def is_changed(model: "ModelProto", operators: Sequence[str]) -> bool:
    """Whether a graph has any of these operators."""
    return any(node.op_type in operators for node in model.graph.node)


def has_matrices(model: "ModelProto") -> bool:
    """Whether the graph multiplies by, or looks up in, floats of its own."""
    held = {one.name for one in model.graph.initializer if one.data_type == 1 and len(one.dims) > 1}
    return any(
        node.op_type in _MULTIPLY and held.intersection(node.input) for node in model.graph.node
    )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Libraries that print and warn what a report says better; for a process of its own."""
    with contextlib.redirect_stdout(io.StringIO()):
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)


def first_words(error: BaseException) -> str:
    """An error of a library in one line."""
    said = " ".join(str(error).split()) or type(error).__name__
    return said[:200]
