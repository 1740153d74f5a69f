"""Requests that work, for the documentation: from golden examples, else from the tensors."""

from collections.abc import Sequence
from math import prod
from typing import Any

from samovar.service import Description
from samovar.tensors import BINARY_ONLY
from samovar.types import DTYPES, Example, Kind, TensorSpec

_MOST_ELEMENTS = 256  # of a tensor that an example shows in full


def person_tensor(found: Description) -> TensorSpec | None:
    """The BYTES tensor that may stand for the model's own: a text, a file, as predict takes."""
    kind = found.spec.input.kind
    taken = {spec.name for spec in found.signature.inputs}
    if kind in (Kind.TENSORS, Kind.ROWS) or kind.value in taken:
        return None
    return TensorSpec(kind.value, "BYTES", (-1,))


def infer_example(found: Description) -> dict[str, Any] | None:
    """A request in JSON that works: a golden text, or zeros in every input; None for neither."""
    person, text = person_tensor(found), golden_text(found.spec.examples)
    if person and text is not None:
        return _example(found, [_tensor(person, (1,), [text])])
    specs = found.signature.inputs
    shapes = [tuple(1 if size == -1 else size for size in spec.shape) for spec in specs]
    if person or any(spec.datatype in BINARY_ONLY for spec in specs):
        return None
    if any(prod(shape) > _MOST_ELEMENTS for shape in shapes):
        return None
    pairs = zip(specs, shapes, strict=True)
    return _example(found, [_tensor(s, shape, _zeros(s, shape)) for s, shape in pairs])


def _example(found: Description, inputs: list[dict[str, Any]]) -> dict[str, Any]:
    if any(spec.datatype in BINARY_ONLY for spec in found.signature.outputs):
        return {"inputs": inputs, "parameters": {"binary_data_output": True}}
    return {"inputs": inputs}


def _tensor(spec: TensorSpec, shape: Sequence[int], data: list[Any]) -> dict[str, Any]:
    return {"name": spec.name, "datatype": spec.datatype, "shape": list(shape), "data": data}


def _zeros(spec: TensorSpec, shape: Sequence[int]) -> list[Any]:
    zero = {"O": "", "b": False, "f": 0.0}.get(DTYPES[spec.datatype].kind, 0)
    return [zero] * prod(shape)


def golden_text(examples: Sequence[Example]) -> str | None:
    """The first golden example that is a plain text."""
    texts = (e.payload.body for e in examples if e.payload.content_type.startswith("text/plain"))
    return next((body.decode("utf-8", "replace") for body in texts), None)
