"""A request made up for a model, as a person would send it, and the golden example of it."""

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from samovar.golden import compare
from samovar.types import OIP_JSON, Array, Payload, TensorSpec

from samovar_cli.adding.made_up import make
from samovar_cli.adding.proposal import Facts, Proposal

TEXT = "The kettle is on, and the guests are on their way."
_MOST_INLINE = 1500
_MOST_BYTES = 900_000  # of an example file: it is committed
_LEAD = 4  # numbers of a list that an example expects


@dataclass(frozen=True, slots=True)
class Request:
    """A body, and the file it is kept in where it is too long for a manifest."""

    payload: Payload
    source: Mapping[str, Any]
    file: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether it is small enough to be committed beside the manifest."""
        return not self.file or len(self.payload.body) <= _MOST_BYTES


def request(facts: Facts, proposal: Proposal) -> Request | None:
    """What a person would send; None where nothing could be made up."""
    if proposal.kind == "text":
        return Request(Payload(TEXT.encode(), "text/plain"), {"text": TEXT})
    if proposal.kind == "image":
        return _in_file(_png(*_picture_size(facts, proposal)), "image/png", "examples/made-up.png")
    if facts.said:
        return None
    made = make(facts.inputs, facts.graph.symbols, facts.guess)
    if proposal.kind == "row":
        return inline({"row": _row(proposal, made)}, "application/json")
    if all(shape[:1] == (1,) for shape in (array.shape for array in made.values())):
        row = {name: _plain(array[0]) for name, array in made.items()}
        return inline({"row": row}, "application/json")
    if any(spec.datatype in ("FP16", "BF16") for spec in facts.inputs):
        return None  # which have no form in JSON, and are no rows
    return inline({"inputs": [_tensor(spec, made[spec.name]) for spec in facts.inputs]}, OIP_JSON)


def example(request: Request, answers: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """An `[[examples]]` table; None where the model gives one input two answers."""
    expect = _expected(answers[0])
    largest = max(map(abs, _numbers(expect)), default=0.0)
    tolerance = float(f"{max(1e-3, largest * 1e-3):.1g}")
    same = compare(expect, answers[1], tolerance).same
    if not expect or not same or not request.is_kept:
        return None
    return {
        "name": "a made-up input",
        **request.source,
        "expect": expect,
        "tolerance": tolerance,
    }


def _tensor(spec: TensorSpec, array: Array) -> dict[str, Any]:
    return {
        "name": spec.name,
        "shape": list(array.shape),
        "datatype": spec.datatype,
        "data": _plain(array.reshape(-1)),
    }


def _plain(array: Array) -> Any:
    """Values as JSON writes them shortest: those made up have two decimals."""
    return (array.astype(np.float64).round(2) if array.dtype.kind == "f" else array).tolist()


def _row(proposal: Proposal, made: Mapping[str, Array]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for tensor in proposal.pre[0].table["tensors"]:
        values = _plain(made[tensor["name"]][0])
        row |= dict(zip(tensor["columns"], values, strict=True))
    return row


def inline(body: Mapping[str, Any], content_type: str) -> Request:
    """A body that a manifest can hold, or a file beside it where that is too long for one."""
    written = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
    if len(written) > _MOST_INLINE or _has_null(body):
        return _in_file(written, content_type, "examples/made-up.json")
    source: dict[str, Any] = {"json": body}
    if content_type == OIP_JSON:
        source = {"content_type": content_type, "json": body}
    return Request(Payload(written, content_type), source)


def _in_file(body: bytes, content_type: str, file: str) -> Request:
    source: dict[str, Any] = {"file": file}
    if content_type == OIP_JSON:
        source["content_type"] = content_type
    return Request(Payload(body, content_type), source, file)


def _has_null(found: Any) -> bool:
    if isinstance(found, Mapping):
        return any(map(_has_null, found.values()))
    return any(map(_has_null, found)) if isinstance(found, list) else found is None


def _picture_size(facts: Facts, proposal: Proposal) -> tuple[int, int]:
    """(height, width): the size that the steps bring to, or one that the graph ran on."""
    size = proposal.pre[-1].table.get("size")
    side = facts.guess.size
    if size:
        return size[0], size[1]
    shape = facts.inputs[0].shape
    sides = shape[2:] if proposal.pre[-1].table["layout"] == "NCHW" else shape[1:3]
    height, width = (at if at > 0 else side for at in sides)
    return height, width


def _png(height: int, width: int) -> bytes:
    """A picture of two gradients and a square."""
    from PIL import Image

    down, across = np.mgrid[0:height, 0:width]
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[..., 0] = across * 255 // max(width - 1, 1)
    pixels[..., 1] = down * 255 // max(height - 1, 1)
    pixels[..., 2] = 64
    pixels[height // 4 : height // 2, width // 4 : width // 2] = (240, 240, 220)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", optimize=True)
    return out.getvalue()


def _expected(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an answer that an example can expect: no nulls, lists by their beginning."""
    shown = {key: value for key, value in answer.items() if key not in ("id", "model", "version")}
    shown.pop("probabilities" if "label" in shown or "labels" in shown else "", None)
    if "outputs" in shown:
        shown = {"outputs": [{"data": one["data"]} for one in shown["outputs"]]}
    found = _cut(shown)
    return found if isinstance(found, dict) else {}


def _cut(value: Any) -> Any:
    if isinstance(value, Mapping):
        parts = {key: _cut(one) for key, one in value.items()}
        return {key: one for key, one in parts.items() if one is not None}
    if isinstance(value, list):
        kept = [_cut(one) for one in value[:_LEAD]]
        whole = kept[: kept.index(None)] if None in kept else kept
        return whole or ([] if not value else None)
    if isinstance(value, float):
        return float(f"{value:.5g}") if math.isfinite(value) else None
    return value


def _numbers(value: Any) -> list[float]:
    if isinstance(value, Mapping):
        return [number for one in value.values() for number in _numbers(one)]
    if isinstance(value, list):
        return [number for one in value for number in _numbers(one)]
    return [float(value)] if type(value) in (int, float) else []
