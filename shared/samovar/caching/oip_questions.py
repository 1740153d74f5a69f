"""What an infer request asks: tensors by name, the outputs wanted, and in which form each."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from samovar.caching.parts import Parts, ordered
from samovar.codecs.json_keys import parse
from samovar.codecs.oip import header_size
from samovar.codecs.oip_fields import entries, flag, parameters, text
from samovar.codecs.oip_inputs import read_tensor
from samovar.errors import DuplicateName, InvalidInput, MalformedBody, WrongDatatype, WrongShape
from samovar.tensor_bytes import to_binary
from samovar.tensors import element_count
from samovar.types import DTYPES, Array, ModelSpec, Payload, TensorSpec

_OF_INPUT = frozenset({"name", "datatype", "shape", "data", "parameters"})
_OF_OUTPUT = frozenset({"name", "parameters"})
_OF_REQUEST = frozenset({"inputs", "outputs", "id", "parameters"})
_DATA_SIZE = frozenset({"binary_data_size"})
_ALL_RAW, _RAW = frozenset({"binary_data_output"}), frozenset({"binary_data"})


def read(payload: Payload, spec: ModelSpec, parts: Parts) -> str:
    """Adds to `parts` what is asked; the id that the request names, or "". Raises InvalidInput."""
    size, body = header_size(payload.content_type), memoryview(payload.body)
    if size == 0:  # one tensor, whose shape only the model knows
        parts.add(b"raw")
        parts.add(body)
        return ""
    if size is not None and size > len(body):
        raise MalformedBody("the header is longer than the body")
    head, raw = (payload.body, body[:0]) if size is None else (bytes(body[:size]), body[size:])
    request = parse(head)
    if not isinstance(request, dict):
        raise MalformedBody("an infer request is a JSON object")
    tensors = _tensors(request, raw, spec)
    names = sorted(tensors)
    said = [tensors[name].said for name in names]
    parts.say((names, said, _outputs(request), ordered(request, _OF_REQUEST)))
    for name in names:
        parts.add(to_binary(tensors[name].array))
    return text(request, "id")


class _Tensor(NamedTuple):
    """A tensor, and all that its request says of it beside its values."""

    array: Array
    said: tuple[Any, ...]


def _tensors(request: Mapping[str, Any], raw: memoryview, spec: ModelSpec) -> dict[str, _Tensor]:
    """The tensors, by name; raw bytes belong to them in the order in which they stand."""
    found: dict[str, _Tensor] = {}
    at, limit = 0, spec.limits.max_elements
    for entry in entries(request, "inputs"):
        name = text(entry, "name")
        if name in found:
            raise DuplicateName(f"input '{name[:80]}' is given twice")
        known = _spec(entry, name, limit)
        array, at = read_tensor(entry, known, raw, at, limit)
        beside = ordered(entry, _OF_INPUT), ordered(parameters(entry), _DATA_SIZE)
        found[name] = _Tensor(array, (known.datatype, known.shape, beside))
    if at != len(raw):
        raise MalformedBody("bytes are left over")
    return found


def _spec(entry: Mapping[str, Any], name: str, limit: int) -> TensorSpec:
    """A tensor as its request describes it. Raises WrongDatatype, WrongShape, PayloadTooLarge."""
    datatype, shape = text(entry, "datatype"), entry.get("shape")
    if datatype not in DTYPES:
        raise WrongDatatype(f"input '{name[:80]}' has no datatype of the protocol's")
    if not isinstance(shape, list):
        raise WrongShape(f"input '{name[:80]}': shape must be a list of whole numbers")
    element_count(name, shape, limit)
    return TensorSpec(name, datatype, tuple(shape))


def _outputs(request: Mapping[str, Any]) -> tuple[Any, ...]:
    """The outputs in their order, which is the answer's; each as JSON or as raw bytes."""
    said = parameters(request)
    default = flag(said, "binary_data_output", default=False)
    listed = entries(request, "outputs")
    if len({text(entry, "name") for entry in listed}) < len(listed):
        raise InvalidInput("an output is requested twice")
    wanted = [_output(entry, default=default) for entry in listed]
    return wanted or default, ordered(said, _ALL_RAW)


def _output(entry: Mapping[str, Any], *, default: bool) -> tuple[str, bool, Any, Any]:
    said = parameters(entry)
    binary = flag(said, "binary_data", default=default)
    beside = ordered(entry, _OF_OUTPUT), ordered(said, _RAW)
    return text(entry, "name"), binary, *beside
