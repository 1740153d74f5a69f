"""The inputs of an infer request: JSON, binary, raw, or what a person has in a BYTES tensor."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from samovar.codecs.oip_fields import parameters, text
from samovar.errors import (
    DuplicateName,
    InvalidInput,
    MalformedBody,
    MissingTensor,
    UnknownTensor,
    WrongDatatype,
    WrongShape,
)
from samovar.model import Model
from samovar.tensor_bytes import from_binary
from samovar.tensors import admits, check_spec, element_count, from_json
from samovar.types import DTYPES, Array, TensorSpec

Entries = Sequence[Mapping[str, Any]]
Flags = tuple[dict[str, Any], ...]


def read_inputs(
    entries: Entries, raw: memoryview, model: Model
) -> tuple[dict[str, Array], Sequence[Flags]]:
    """The tensors of a run, and what a guard tells of the texts that they were made of.

    `raw` is what follows the JSON header. Raises InvalidInput, GuardRefused.
    """
    person = model.person
    if person is None or len(entries) != 1 or entries[0].get("name") != person.name:
        check_guards(model)
        return _read_tensors(entries, raw, model), ()
    array, at = read_tensor(entries[0], person, raw, 0, model.spec.limits.max_elements)
    _check_end(at, raw)
    return _prepare(array, model)


def check_guards(model: Model) -> None:
    """Raises GuardRefused where tensors would go past what guards a model's texts."""
    if model.guards is not None:
        model.guards.check_tensors()


def _prepare(array: Array, model: Model) -> tuple[dict[str, Array], Sequence[Flags]]:
    from samovar.codecs.items import read_items

    spec, items = model.spec, []
    # A prompt is a text or JSON, whichever it looks like; of all others an element is a file.
    said = "" if spec.input.kind == "prompt" else "application/octet-stream"
    for element in array:
        body = element if isinstance(element, bytes) else element.encode()
        found = read_items(spec.input.kind, said, body, spec.limits)[0]
        if len(found) != 1:
            raise WrongShape(f"an element is one {spec.input.kind}, not {len(found)} of them")
        items += found
    if not model.shares_batch and len(items) != 1:
        raise WrongShape(f"{spec.name} takes one {spec.input.kind} a request, not {len(items)}")
    flags: Sequence[Flags] = ()
    if model.guards is not None:
        items, flags = model.guards.items(items)
    return model.program.prepare(items), flags


def _read_tensors(entries: Entries, raw: memoryview, model: Model) -> dict[str, Array]:
    if not entries:
        raise MissingTensor("inputs must list at least one tensor")
    specs, tensors, at = model.inputs, {}, 0
    limit = model.spec.limits.max_elements
    for entry in entries:
        name = text(entry, "name")
        spec = specs.get(name)
        if spec is None:
            raise UnknownTensor(
                f"{model.spec.name} has no input '{name[:80]}'; it takes {', '.join(specs)}"
            )
        if name in tensors:
            raise DuplicateName(f"input '{name}' is given twice")
        tensors[name], at = read_tensor(entry, spec, raw, at, limit)
    _check_end(at, raw)
    if len(tensors) < len(specs):
        missing = next(name for name in specs if name not in tensors)
        raise MissingTensor(f"{model.spec.name} needs input '{missing}', which is not there")
    return tensors


def read_tensor(
    entry: Mapping[str, Any], spec: TensorSpec, raw: memoryview, at: int, limit: int
) -> tuple[Array, int]:
    """A tensor that a request brings, and where the raw bytes after its own begin.

    Raises InvalidInput.
    """
    if entry.get("datatype") != spec.datatype or not admits(spec, entry.get("shape"), limit):
        _refuse_head(entry, spec, limit)
    name, datatype, shape = spec.name, spec.datatype, entry["shape"]
    size = parameters(entry).get("binary_data_size")
    if size is None:
        if "data" not in entry:
            raise MissingTensor(f"input '{name}' has neither data nor binary_data_size")
        return from_json(name, datatype, shape, entry["data"]), at
    if "data" in entry:
        raise InvalidInput(f"input '{name}' has both data and binary_data_size; send one of them")
    if type(size) is not int or size < 0 or at + size > len(raw):
        raise MalformedBody(
            f"input '{name}': binary_data_size {size!r:.60} does not lie within the "
            f"{len(raw)} bytes that follow the header"
        )
    return from_binary(name, datatype, shape, raw[at : at + size]), at + size


def _refuse_head(entry: Mapping[str, Any], spec: TensorSpec, limit: int) -> None:
    """Says what is wrong with a datatype or a shape that is not what the model takes."""
    name, datatype, shape = spec.name, text(entry, "datatype"), entry.get("shape")
    if datatype not in DTYPES:
        raise WrongDatatype(
            f"input '{name}': datatype '{datatype[:40]}' is none of {', '.join(DTYPES)}"
        )
    if not isinstance(shape, list):
        raise WrongShape(f"input '{name}': shape must be a list of whole numbers")
    element_count(name, shape, limit)
    check_spec(spec, datatype, shape)


def _check_end(at: int, raw: memoryview) -> None:
    if at != len(raw):
        raise MalformedBody(
            f"the sizes of the binary inputs add up to {at} bytes, but {len(raw)} follow the header"
        )


def read_raw(body: memoryview, model: Model) -> dict[str, Array]:
    """The one input of a raw request, whose body has no JSON at all. Raises InvalidInput."""
    check_guards(model)
    specs = model.program.signature.inputs
    if len(specs) != 1 or specs[0].shape.count(-1) > 1:
        raise InvalidInput(
            "a raw request (Inference-Header-Content-Length: 0) needs a model with one input "
            f"and at most one free dimension; {model.spec.name} has {len(specs)} inputs"
        )
    (spec,) = specs
    return {spec.name: _raw_array(spec, body)}


def _raw_array(spec: TensorSpec, body: memoryview) -> Array:
    if spec.datatype == "BYTES":
        check_spec(spec, "BYTES", (1,) * len(spec.shape))
        element = np.empty((1,) * len(spec.shape), dtype=object)
        element[...] = bytes(body)
        return element
    row = prod(size for size in spec.shape if size != -1) * DTYPES[spec.datatype].itemsize
    free, rest = divmod(len(body), row) if row else (0, len(body))
    if rest or (-1 not in spec.shape and free != 1):
        raise WrongShape(
            f"a raw body of {len(body)} bytes does not fill input '{spec.name}' "
            f"of shape {list(spec.shape)} {spec.datatype}"
        )
    shape = tuple(free if size == -1 else size for size in spec.shape)
    return from_binary(spec.name, spec.datatype, shape, body)
