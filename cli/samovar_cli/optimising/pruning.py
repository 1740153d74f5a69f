"""Hidden units removed, and what they gave learned again by those that stay.

onnxruntime multiplies a zero as long as any other number: single weights that are set to zero
make a model neither smaller nor faster. So whole hidden units go, those between two matrices
with nothing but a bias and an element-wise function in the middle: those that matter least, by
magnitude, once the others have done what they can for them. The second matrix is fitted anew, by
least squares over the training rows, to give what it gave before.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from samovar.types import Array

from samovar_cli.extras import need
from samovar_cli.optimising.graphs import Build, Piece, Unfit, load, onnx, weights_of
from samovar_cli.optimising.matrices import Matrix, replace_weights, said_of

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

_PRODUCTS = ("MatMul", "Gemm")
_ELEMENTWISE = (
    "Relu",
    "Gelu",
    "FastGelu",
    "BiasGelu",
    "Tanh",
    "Sigmoid",
    "LeakyRelu",
    "Elu",
    "Add",
)
_LEAST_UNITS = 8
_RIDGE = 1e-4  # of the mean square of a hidden unit: keeps the fit from chasing noise
_MOST_ROWS = 20_000  # of hidden activations that a fit is made on


@dataclass(frozen=True, slots=True)
class Chain:
    """Two matrices with hidden units between them."""

    first: "NodeProto"
    between: Sequence["NodeProto"]
    second: "NodeProto"


def pruned(share: float) -> Build:
    """So large a share of the hidden units removed."""

    def build(piece: Piece) -> "ModelProto":
        if not piece.feeds:
            raise Unfit("no training row reaches this graph")
        model = load(piece.source)
        chains = list(_chains(model))
        if not chains:
            raise Unfit("no two of its matrices have hidden units of their own between them")
        for chain in chains:
            _prune(model, chain, share, _hidden(piece, model, chain.second.input[0]))
        return model

    return build


def _chains(model: "ModelProto") -> Iterator[Chain]:
    weights = weights_of(model)
    readers: dict[str, list[NodeProto]] = {}
    for node in model.graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    given = {one.name for one in model.graph.output}
    for node in model.graph.node:
        if node.op_type in _PRODUCTS and Matrix.of(node, weights) is not None:
            found = _follow(node, readers, weights, given)
            if found is not None:
                yield found


def _follow(
    first: "NodeProto",
    readers: Mapping[str, Sequence["NodeProto"]],
    weights: Mapping[str, Array],
    given: set[str],
) -> Chain | None:
    """What stands between a matrix and the next, if it is element-wise and read by nobody else."""
    between: list[NodeProto] = []
    at = first.output[0]
    while at not in given and len(following := readers.get(at, [])) == 1:
        node = following[0]
        if node.op_type in _PRODUCTS and node.input[0] == at:
            second = Matrix.of(node, weights)
            fits = second is not None and _alone(first, node, between, readers)
            return Chain(first, between, node) if fits else None
        if node.op_type not in _ELEMENTWISE or not _is_bias(node, at, weights):
            return None
        between.append(node)
        at = node.output[0]
    return None


def _is_bias(node: "NodeProto", at: str, weights: Mapping[str, Array]) -> bool:
    """Whether what an element-wise node reads besides is a vector of constants."""
    others = [name for name in node.input if name and name != at]
    return all(name in weights and weights[name].ndim <= 1 for name in others)


def _alone(
    first: "NodeProto",
    second: "NodeProto",
    between: Sequence["NodeProto"],
    readers: Mapping[str, Sequence["NodeProto"]],
) -> bool:
    """Whether nobody else reads the weights that will change."""
    held = [name for node in (first, *between, second) for name in node.input[1:] if name]
    return all(len(readers.get(name, [])) == 1 for name in held)


def _prune(model: "ModelProto", chain: Chain, share: float, hidden: Array) -> None:
    weights = weights_of(model)
    first, second = Matrix.of(chain.first, weights), Matrix.of(chain.second, weights)
    if first is None or second is None:
        return
    units = second.array.shape[0]
    keep = max(round(units * (1 - share)), _LEAST_UNITS)
    if keep >= units or hidden.shape[1] != units:
        return
    kept = chosen_units(hidden, second.array, keep)
    changed = {
        first.name: first.stored(first.array[:, kept]),
        second.name: second.stored(fitted(hidden, second.array, kept)),
    }
    for node in (chain.first, *chain.between):
        for name in (n for n in node.input[1:] if n in weights and n != first.name):
            if weights[name].shape == (units,):
                changed[name] = weights[name][kept]
    replace_weights(model, changed)


def chosen_units(hidden: Array, matrix: Array, keep: int) -> Array:
    """int64 (keep,), ascending: the units to keep of `hidden` (rows, units) before `matrix`.

    One after the other the strongest: by its activations, as far as no unit chosen before makes
    them, times its weights. A unit's twin is worth nothing beside it. By Cholesky's decomposition
    with pivots; source: Chee et al., Model Preserving Compression for Neural Networks (2022).
    """
    weight = np.linalg.norm(matrix.astype(np.float64), axis=1)
    scaled = hidden.astype(np.float64) * weight
    gram = scaled.T @ scaled
    left = np.diag(gram).copy()
    found: list[int] = []
    columns = np.zeros((keep, len(gram)))
    for at in range(keep):
        best = int(left.argmax())
        pivot = np.sqrt(max(left[best], 1e-12))
        columns[at] = (gram[best] - columns[:at, best] @ columns[:at]) / pivot
        left -= columns[at] ** 2
        left[[*found, best]] = -np.inf
        found.append(best)
    return np.sort(np.array(found))


def fitted(hidden: Array, matrix: Array, kept: Array) -> Array:
    """float32 (kept, columns): what of the kept units comes nearest to hidden @ matrix.

    Least squares over the rows of `hidden` (rows, units), with a little ridge. Source: the
    reconstruction step of He, Zhang and Sun, Channel Pruning (2017).
    """
    stays = hidden[:, kept].astype(np.float64)
    wanted = hidden.astype(np.float64) @ matrix.astype(np.float64)
    ridge = _RIDGE * max(float((stays**2).mean()), 1e-12) * len(stays)
    square = stays.T @ stays + ridge * np.eye(len(kept))
    # The ridge pulls towards the matrix as it was, not towards nothing.
    pulled = stays.T @ wanted + ridge * matrix[kept].astype(np.float64)
    found: Array = np.linalg.solve(square, pulled).astype(np.float32)
    return found


def _hidden(piece: Piece, model: "ModelProto", name: str) -> Array:
    """float32 (rows, units): what stands before the second matrix when the samples are run."""
    ort: Any = need("onnxruntime", "runtime", "to run a graph")
    watched = type(model)()
    watched.CopyFrom(model)
    del watched.graph.output[:]
    watched.graph.output.append(onnx().helper.make_empty_tensor_value_info(name))
    options = ort.SessionOptions()
    options.log_severity_level = 4
    session = ort.InferenceSession(said_of(watched, piece.scratch), options)
    found: list[Array] = []
    rows = 0
    for feed in piece.feeds:
        array = session.run([name], dict(feed))[0]
        found.append(array.reshape(-1, array.shape[-1]))
        rows += len(found[-1])
        if rows >= _MOST_ROWS:
            break
    return np.concatenate(found)[:_MOST_ROWS]
