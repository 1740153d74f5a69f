"""JSON schemas of the Open Inference Protocol's infer, for each model with its own tensors."""

from collections.abc import Mapping, Sequence
from typing import Any

from samovar.edges.openapi_examples import infer_example, person_tensor
from samovar.service import Description
from samovar.tensors import BINARY_ONLY
from samovar.types import DTYPES, TensorSpec

Schema = dict[str, Any]


def data_schemas() -> dict[str, Schema]:
    """Component schemas `<datatype>.data`: values of a tensor, flat or nested to its shape."""
    return {
        f"{datatype}.data": {
            "type": "array",
            "description": "In row-major order, flat or nested to the shape.",
            "items": {"anyOf": [value_schema(datatype), {"$ref": _data(datatype)}]},
        }
        for datatype in DTYPES
        if datatype not in BINARY_ONLY
    }


def _data(datatype: str) -> str:
    return f"#/components/schemas/{datatype}.data"


def value_schema(datatype: str) -> Schema:
    """One element as a client may write it in JSON."""
    dtype = DTYPES[datatype]
    if datatype == "BYTES":
        return {"type": "string"}
    if datatype == "BOOL":
        return {"enum": [False, True, 0, 1]}
    if datatype in _FLOATS:
        return {"type": ["number", "null"], "description": "null is NaN", **_FLOATS[datatype]}
    bits, signed = dtype.itemsize * 8, dtype.kind == "i"
    least, most = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return {"type": "integer", "minimum": least, "maximum": most}


def _within(limit: float) -> Schema:
    return {"exclusiveMinimum": -limit, "exclusiveMaximum": limit}


# Halfway between the largest number and what would follow it: from there on a value of JSON,
# which has the range of FP64, is rounded to infinity.
_FLOATS: Mapping[str, Schema] = {
    "FP16": _within(65520.0),
    "BF16": _within(3.3961775292304957e38),
    "FP32": _within(3.4028235677973366e38),
    "FP64": {},
}


def infer_content(found: Description) -> dict[str, Any]:
    """The media types of an infer request, with a body that works where one can be shown."""
    inputs = found.signature.inputs
    binary = {"application/octet-stream": {"schema": {"description": _BINARY}}}
    person = person_tensor(found)
    forms = [_inputs([person])] if person else []
    if all(spec.datatype not in BINARY_ONLY for spec in inputs):
        forms.append(_inputs(inputs))
    if not forms:
        return binary
    listed = {"anyOf": forms} if len(forms) > 1 else forms[0]
    media: dict[str, Any] = {"schema": _request(found, listed)}
    example = infer_example(found)
    return {"application/json": media | ({"example": example} if example else {}), **binary}


_BINARY = (
    "A JSON header, then the tensors' raw bytes; the header Inference-Header-Content-Length "
    "has the length of the JSON. See the binary tensor data extension."
)


def _request(found: Description, inputs: Schema) -> Schema:
    names = [spec.name for spec in found.signature.outputs]
    return {
        "type": "object",
        "required": ["inputs"],
        "properties": {
            "id": {"type": "string", "description": "Comes back in the answer."},
            "inputs": inputs,
            "outputs": {
                "type": "array",
                "description": "The outputs to answer with; all of them when left out.",
                "items": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {"name": {"enum": names}, "parameters": {"type": "object"}},
                },
            },
            "parameters": {"type": "object"},
        },
    }


def _inputs(specs: Sequence[TensorSpec]) -> Schema:
    """The list of inputs: every one of them, in any order."""
    items = [_input(spec) for spec in specs]
    return {
        "type": "array",
        "minItems": len(items),
        "maxItems": len(items),
        "items": {"anyOf": items} if len(items) > 1 else items[0],
    }


def _input(spec: TensorSpec) -> Schema:
    return {
        "type": "object",
        "required": ["name", "datatype", "shape", "data"],
        "properties": {
            "name": {"const": spec.name},
            "datatype": {"const": spec.datatype},
            "shape": _shape(spec.shape),
            "data": {"$ref": _data(spec.datatype)},
        },
    }


def _shape(shape: Sequence[int]) -> Schema:
    if -1 not in shape:
        return {"const": list(shape)}
    free: Schema = {"type": "integer", "minimum": 0}
    return {
        "type": "array",
        "description": f"{list(shape)}: -1 is free",
        "minItems": len(shape),
        "maxItems": len(shape),
        "prefixItems": [free if size == -1 else {"const": size} for size in shape],
    }


def infer_answer(found: Description) -> Schema:
    """An infer answer: each output in JSON or, where it was asked for, by its size in bytes."""
    outputs = [_output(spec) for spec in found.signature.outputs]
    return {
        "type": "object",
        "required": ["model_name", "model_version", "id", "outputs"],
        "properties": {
            "model_name": {"const": found.spec.name},
            "model_version": {"type": "string"},
            "id": {"type": "string"},
            "outputs": {
                "type": "array",
                "items": {"anyOf": outputs} if len(outputs) > 1 else outputs[0],
            },
        },
    }


def _output(spec: TensorSpec) -> Schema:
    data = {} if spec.datatype in BINARY_ONLY else {"data": {"$ref": _data(spec.datatype)}}
    return {
        "type": "object",
        "required": ["name", "datatype", "shape"],
        "properties": {
            "name": {"const": spec.name},
            "datatype": {"const": spec.datatype},
            "shape": _shape(spec.shape),
            "parameters": {"type": "object"},
            **data,
        },
    }
