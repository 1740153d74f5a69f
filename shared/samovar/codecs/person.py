"""What a person sends and reads: a text, a picture, rows, in; label, score, text… out."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import orjson

from samovar.codecs.items import Items, read_items
from samovar.errors import SamovarError
from samovar.model import Call, Model
from samovar.types import Array, Payload, Tensors

_JSON = "application/json"
Read = TypeVar("Read")


def decode(payload: Payload, model: Model) -> Call:
    """The items of a predict request, prepared into tensors by the model's own steps."""
    items, single = _read(payload, model)
    size = len(items) if model.shares_batch else 1
    chunks = [items[at : at + size] for at in range(0, len(items), size or 1)]
    runs = [model.program.prepare(chunk) for chunk in chunks]
    return _call(payload, model, runs, Items(items, single))


def decode_many(payloads: Sequence[Payload], model: Model) -> list[Call | SamovarError]:
    """As `decode`, of each request, prepared as one batch for a model that allows it.

    Where the batch cannot be prepared, each request is by itself, and has its own error.
    """
    found = [_attempt(_read, payload, model) for payload in payloads]
    good = [items for items in found if isinstance(items, Items)]
    try:
        tensors = model.program.prepare([item for items in good for item in items.items])
    except SamovarError:
        return [_attempt(decode, payload, model) for payload in payloads]
    calls: list[Call | SamovarError] = []
    end = 0
    for payload, items in zip(payloads, found, strict=True):
        if isinstance(items, SamovarError):
            calls.append(items)
            continue
        start, end = end, end + len(items.items)
        run = {name: array[start:end] for name, array in tensors.items()}
        calls.append(_call(payload, model, [run] if items.items else [], items))
    return calls


def _attempt(
    what: Callable[[Payload, Model], Read], payload: Payload, model: Model
) -> Read | SamovarError:
    try:
        return what(payload, model)
    except SamovarError as error:
        return error


def _read(payload: Payload, model: Model) -> Items:
    """The items of a request. Raises InvalidInput, PayloadTooLarge, UnsupportedMediaType."""
    spec = model.spec
    names = spec.input.columns or tuple(model.inputs)
    return read_items(spec.input.kind, payload.content_type, payload.body, spec.limits, names)


def _call(payload: Payload, model: Model, runs: Sequence[Tensors], items: Items) -> Call:
    counts = (
        [len(next(iter(run.values()))) for run in runs] if model.shares_batch else [1] * len(runs)
    )
    return Call(
        runs=runs,
        outputs=(),
        encode=partial(_encode, model, payload.request_id, counts, items.single),
    )


def _encode(
    model: Model,
    request_id: str,
    rows: Sequence[int],
    single: bool,  # noqa: FBT001 - bound once, by decode above
    results: Sequence[dict[str, Array]],
) -> Payload:
    answers: list[dict[str, Any]] = []
    for result, count in zip(results, rows, strict=True):
        answers += model.program.answer(result, count)
    head = {"id": request_id, "model": model.spec.name, "version": model.version}
    body = head | answers[0] if single else head | {"predictions": answers}
    return Payload(dump(body), _JSON, request_id)


def dump(value: Any) -> bytes:
    """JSON bytes of an answer; numpy arrays and scalars are written as numbers."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY, default=_plain)


def _plain(value: Any) -> Any:
    """Arrays that orjson cannot write itself: strings, half floats, other memory orders."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.tolist()
