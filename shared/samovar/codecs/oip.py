"""The Open Inference Protocol's infer request and response, JSON and binary tensors.

Source: kserve/open-inference-protocol `inference_rest.md`, and Triton's binary tensor
data extension. Inside the house the media type carries the JSON header's length, as
SageMaker's Triton containers do: `…binary+json;json-header-size=N`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from samovar.codecs.strict_json import parse_object
from samovar.errors import (
    DuplicateName,
    InvalidInput,
    MalformedBody,
    MissingTensor,
    UnknownTensor,
    WrongDatatype,
    WrongShape,
)
from samovar.model import Call, Model
from samovar.tensors import (
    BINARY_ONLY,
    check_spec,
    element_count,
    from_binary,
    from_json,
    to_binary,
    to_json,
)
from samovar.types import DTYPES, OIP_BINARY, OIP_JSON, Array, Payload, TensorSpec

_HEADER_SIZE = "json-header-size="


@dataclass(frozen=True, slots=True)
class Wanted:
    """One requested output: its spec, and whether it travels as raw bytes."""

    spec: TensorSpec
    binary: bool


def binary_type(header_size: int) -> str:
    """The media type of a body whose JSON header has so many bytes."""
    return f"{OIP_BINARY};{_HEADER_SIZE}{header_size}"


def header_size(content_type: str) -> int | None:
    """The JSON header's length that a media type names; None for a body that is all JSON."""
    _, found, digits = content_type.partition(_HEADER_SIZE)
    if not found:
        return None
    digits = digits.partition(";")[0].strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) < 16):
        raise MalformedBody(
            f"Inference-Header-Content-Length must be a whole number, not {digits!r}"
        )
    return int(digits)


def decode(payload: Payload, model: Model) -> Call:
    """An infer request in tensors, each checked against the model's signature."""
    size = header_size(payload.content_type)
    body = memoryview(payload.body)
    if size is not None and size > len(body):
        raise MalformedBody(
            f"Inference-Header-Content-Length is {size}, but the body has {len(body)} bytes"
        )
    if size == 0:
        return _decode_raw(body, payload.request_id, model)
    request = parse_object(payload.body if size is None else body[:size])
    raw = body[len(body) if size is None else size :]
    tensors = _read_inputs(request, raw, model)
    wanted = _read_outputs(request, model)
    return _call(model, tensors, wanted, _text(request, "id") or payload.request_id)


def _call(
    model: Model, tensors: dict[str, Array], wanted: Sequence[Wanted], request_id: str
) -> Call:
    return Call(
        runs=[tensors],
        outputs=tuple(want.spec.name for want in wanted),
        encode=partial(_encode, model, request_id, wanted),
    )


def _decode_raw(body: memoryview, request_id: str, model: Model) -> Call:
    """A raw request: the body is the one input, with no JSON at all; so are the answers."""
    specs = model.program.signature.inputs
    if len(specs) != 1 or specs[0].shape.count(-1) > 1:
        raise InvalidInput(
            "a raw request (Inference-Header-Content-Length: 0) needs a model with one input "
            f"and at most one free dimension; {model.spec.name} has {len(specs)} inputs"
        )
    (spec,) = specs
    array = _raw_array(spec, body)
    wanted = [Wanted(output, binary=True) for output in model.program.signature.outputs]
    return _call(model, {spec.name: array}, wanted, request_id)


def _raw_array(spec: TensorSpec, body: memoryview) -> Array:
    if spec.datatype == "BYTES":
        shape = tuple(1 for _ in spec.shape)
        check_spec(spec, "BYTES", shape)
        return from_json(spec.name, "BYTES", shape, [""]) if not body else _one(bytes(body), shape)
    fixed = 1
    for size in spec.shape:
        fixed *= size if size != -1 else 1
    per_row = fixed * DTYPES[spec.datatype].itemsize
    free, rest = divmod(len(body), per_row) if per_row else (0, len(body))
    if rest or (-1 not in spec.shape and free != 1):
        raise WrongShape(
            f"a raw body of {len(body)} bytes does not fill input '{spec.name}' "
            f"of shape {list(spec.shape)} {spec.datatype}"
        )
    shape = tuple(free if size == -1 else size for size in spec.shape)
    return from_binary(spec.name, spec.datatype, shape, body)


def _one(value: bytes, shape: tuple[int, ...]) -> Array:
    framed = len(value).to_bytes(4, "little") + value
    return from_binary("raw", "BYTES", shape, memoryview(framed))


def _read_inputs(request: Mapping[str, Any], raw: memoryview, model: Model) -> dict[str, Array]:
    entries = _entries(request, "inputs")
    if not entries:
        raise MissingTensor("inputs must list at least one tensor")
    specs, tensors, at = model.inputs, {}, 0
    limit = model.spec.limits.max_elements
    for entry in entries:
        name = _text(entry, "name")
        spec = specs.get(name)
        if spec is None:
            raise UnknownTensor(
                f"{model.spec.name} has no input '{name}'; it takes {', '.join(specs)}"
            )
        if name in tensors:
            raise DuplicateName(f"input '{name}' is given twice")
        tensors[name], at = _read_tensor(entry, spec, raw, at, limit)
    if at != len(raw):
        raise MalformedBody(
            f"the sizes of the binary inputs add up to {at} bytes, but {len(raw)} follow the header"
        )
    missing = [name for name in specs if name not in tensors]
    if missing:
        raise MissingTensor(f"{model.spec.name} needs input '{missing[0]}', which is not there")
    return tensors


def _read_tensor(
    entry: Mapping[str, Any], spec: TensorSpec, raw: memoryview, at: int, limit: int
) -> tuple[Array, int]:
    name, datatype, shape = spec.name, _text(entry, "datatype"), entry.get("shape")
    if datatype not in DTYPES:
        raise WrongDatatype(f"input '{name}': datatype '{datatype}' is none of {', '.join(DTYPES)}")
    if not isinstance(shape, list):
        raise WrongShape(f"input '{name}': shape must be a list of whole numbers")
    element_count(name, shape, limit)
    check_spec(spec, datatype, shape)
    size = _parameters(entry).get("binary_data_size")
    if size is None:
        if "data" not in entry:
            raise MissingTensor(f"input '{name}' has neither data nor binary_data_size")
        return from_json(name, datatype, shape, entry["data"]), at
    if "data" in entry:
        raise InvalidInput(f"input '{name}' has both data and binary_data_size; send one of them")
    if type(size) is not int or size < 0 or at + size > len(raw):
        raise MalformedBody(
            f"input '{name}': binary_data_size {size!r} does not lie within the "
            f"{len(raw)} bytes that follow the header"
        )
    return from_binary(name, datatype, shape, raw[at : at + size]), at + size


def _read_outputs(request: Mapping[str, Any], model: Model) -> list[Wanted]:
    default = _flag(_parameters(request), "binary_data_output", default=False)
    specs = model.outputs
    entries = _entries(request, "outputs")
    wanted: dict[str, Wanted] = {}
    for entry in entries:
        name = _text(entry, "name")
        if name not in specs:
            raise UnknownTensor(
                f"{model.spec.name} has no output '{name}'; it gives {', '.join(specs)}"
            )
        if name in wanted:
            raise DuplicateName(f"output '{name}' is requested twice")
        binary = _flag(_parameters(entry), "binary_data", default=default)
        wanted[name] = Wanted(specs[name], binary)
    if not entries:
        wanted = {name: Wanted(spec, default) for name, spec in specs.items()}
    for want in wanted.values():
        if want.spec.datatype in BINARY_ONLY and not want.binary:
            raise WrongDatatype(
                f"output '{want.spec.name}' is {want.spec.datatype}, which has no JSON form; "
                "ask for it with binary_data"
            )
    return list(wanted.values())


def _encode(
    model: Model, request_id: str, wanted: Sequence[Wanted], results: Sequence[dict[str, Array]]
) -> Payload:
    (result,) = results
    outputs, parts = [], []
    for want in wanted:
        name, array = want.spec.name, result[want.spec.name]
        entry: dict[str, Any] = {
            "name": name,
            "datatype": want.spec.datatype,
            "shape": list(array.shape),
        }
        if want.binary:
            parts.append(to_binary(array))
            entry["parameters"] = {"binary_data_size": len(parts[-1])}
        else:
            entry["data"] = to_json(name, array)
        outputs.append(entry)
    head = {
        "model_name": model.spec.name,
        "model_version": model.version,
        "id": request_id,
        "outputs": outputs,
    }
    body = orjson.dumps(head, option=orjson.OPT_SERIALIZE_NUMPY)
    if not parts:
        return Payload(body, OIP_JSON, request_id)
    return Payload(b"".join((body, *parts)), binary_type(len(body)), request_id)


def _entries(request: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    entries = request.get(key, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise MalformedBody(f"{key} must be a list of objects")
    return entries


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key, "")
    if not isinstance(value, str):
        raise MalformedBody(f"{key} must be a string, not {value!r:.60}")
    return value


def _parameters(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    parameters = entry.get("parameters", {})
    if not isinstance(parameters, dict):
        raise MalformedBody("parameters must be an object")
    return parameters


def _flag(parameters: Mapping[str, Any], key: str, *, default: bool) -> bool:
    value = parameters.get(key, default)
    if not isinstance(value, bool):
        raise MalformedBody(f"parameter {key} must be true or false, not {value!r:.60}")
    return value
