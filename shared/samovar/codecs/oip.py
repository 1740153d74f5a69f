"""The Open Inference Protocol's infer request and response, JSON and binary tensors.

Source: kserve/open-inference-protocol `inference_rest.md`, and Triton's binary tensor
data extension. Inside the house the media type carries the JSON header's length, as
SageMaker's Triton containers do: `…binary+json;json-header-size=N`.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from samovar.codecs.json_keys import parse
from samovar.codecs.oip_fields import entries, flag, parameters, text
from samovar.codecs.oip_inputs import Entries, Flags, read_inputs, read_raw
from samovar.errors import DuplicateName, MalformedBody, UnknownTensor, WrongDatatype
from samovar.model import Call, Model
from samovar.tensor_bytes import to_binary
from samovar.tensors import BINARY_ONLY, to_json
from samovar.types import OIP_BINARY, OIP_JSON, Array, Payload, TensorSpec
from samovar.values import dataclass

_HEADER_SIZE = "json-header-size="


@dataclass(frozen=True, slots=True)
class Wanted:
    """The requested outputs, and the names of those that travel as raw bytes."""

    specs: Sequence[TensorSpec]
    binary: Collection[str]


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
            f"Inference-Header-Content-Length must be a whole number, not {digits[:40]!r}"
        )
    return int(digits)


def decode(payload: Payload, model: Model) -> Call:
    """An infer request in tensors, each checked against the model's signature."""
    size = header_size(payload.content_type)
    if size is None:
        return _decode(payload, payload.body, _NOTHING, model)
    body = memoryview(payload.body)
    if size > len(body):
        raise MalformedBody(
            f"Inference-Header-Content-Length is {size}, but the body has {len(body)} bytes"
        )
    if size:
        return _decode(payload, bytes(body[:size]), body[size:], model)
    wanted = Wanted(model.program.signature.outputs, model.outputs)
    return _call(model, read_raw(body, model), wanted, payload.request_id)


_NOTHING = memoryview(b"")


def _decode(payload: Payload, head: bytes, raw: memoryview, model: Model) -> Call:
    request = parse(head)
    if not isinstance(request, dict):
        raise MalformedBody("an infer request is a JSON object")
    tensors, flags = read_inputs(entries(request, "inputs"), raw, model)
    wanted = _read_outputs(request, model)
    return _call(model, tensors, wanted, text(request, "id") or payload.request_id, flags)


def _call(
    model: Model,
    tensors: dict[str, Array],
    wanted: Wanted,
    request_id: str,
    flags: Sequence[Flags] = (),
) -> Call:
    return Call(
        runs=[tensors],
        outputs=tuple([spec.name for spec in wanted.specs]),
        encode=partial(_encode, model, request_id, wanted, flags),
        flags=flags,
    )


def _read_outputs(request: Mapping[str, Any], model: Model) -> Wanted:
    """What is listed, or every output that there is."""
    default = flag(parameters(request), "binary_data_output", default=False)
    listed = entries(request, "outputs")
    if listed:
        wanted = _read_listed(listed, model, default=default)
    else:
        wanted = Wanted(model.program.signature.outputs, model.outputs if default else ())
    for spec in wanted.specs:
        if spec.datatype in BINARY_ONLY and spec.name not in wanted.binary:
            raise WrongDatatype(
                f"output '{spec.name}' is {spec.datatype}, which has no JSON form; "
                "ask for it with binary_data"
            )
    return wanted


def _read_listed(listed: Entries, model: Model, *, default: bool) -> Wanted:
    specs = model.outputs
    wanted: dict[str, TensorSpec] = {}
    binary = set()
    for entry in listed:
        name = text(entry, "name")
        if name not in specs:
            raise UnknownTensor(
                f"{model.spec.name} has no output '{name[:80]}'; it gives {', '.join(specs)}"
            )
        if name in wanted:
            raise DuplicateName(f"output '{name}' is requested twice")
        wanted[name] = specs[name]
        if flag(parameters(entry), "binary_data", default=default):
            binary.add(name)
    return Wanted(list(wanted.values()), binary)


def _encode(
    model: Model,
    request_id: str,
    wanted: Wanted,
    flags: Sequence[Flags],
    results: Sequence[dict[str, Array]],
) -> Payload:
    (result,) = results
    told: Sequence[dict[str, Any]] = ()
    if model.guards is not None:
        result, told = model.guards.tensors(result, flags)
    outputs, parts = [], []
    for spec in wanted.specs:
        name, array = spec.name, result[spec.name]
        entry: dict[str, Any] = {
            "name": name,
            "datatype": spec.datatype,
            "shape": list(array.shape),
        }
        if name in wanted.binary:
            parts.append(to_binary(array))
            entry["parameters"] = {"binary_data_size": len(parts[-1])}
        else:
            entry["data"] = to_json(name, array)
        outputs.append(entry)
    head: dict[str, Any] = {
        "model_name": model.spec.name,
        "model_version": model.version,
        "id": request_id,
        "outputs": outputs,
    }
    if told:
        head["parameters"] = {"flags": orjson.dumps(told).decode()}
    body = orjson.dumps(head, option=orjson.OPT_SERIALIZE_NUMPY)
    if not parts:
        return Payload(body, OIP_JSON, request_id)
    return Payload(b"".join((body, *parts)), binary_type(len(body)), request_id)
