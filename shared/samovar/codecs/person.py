"""What a person sends and reads: a text, a picture, rows, in; label, score, text… out."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

import orjson

from samovar.codecs.items import read_items
from samovar.errors import SamovarError
from samovar.model import Call, Model
from samovar.types import Array, Payload, Tensors

_JSON = "application/json"
Read = TypeVar("Read")


class Sent(NamedTuple):
    """Items as the model may read them, whether they were one, and of each what a guard tells."""

    items: list[Any]
    single: bool
    flags: Sequence[tuple[dict[str, Any], ...]]


def decode(payload: Payload, model: Model) -> Call:
    """The items of a predict request, prepared into tensors by the model's own steps."""
    read = _read(payload, model)
    items = read.items
    size = len(items) if model.shares_batch else 1
    chunks = [items[at : at + size] for at in range(0, len(items), size or 1)]
    runs = [model.program.prepare(chunk) for chunk in chunks]
    return _call(payload, model, runs, read)


def decode_many(payloads: Sequence[Payload], model: Model) -> list[Call | SamovarError]:
    """As `decode`, of each request, prepared as one batch for a model that allows it.

    Where the batch cannot be prepared, each request is by itself, and has its own error.
    """
    found = [_attempt(_read, payload, model) for payload in payloads]
    good = [items for items in found if isinstance(items, Sent)]
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


def _read(payload: Payload, model: Model) -> Sent:
    """The items of a request, as the model may read them.

    Raises InvalidInput, PayloadTooLarge, UnsupportedMediaType, GuardRefused.
    """
    spec = model.spec
    names = spec.input.columns or tuple(model.inputs)
    kind, limits = spec.input.kind, spec.limits
    read = read_items(kind, payload.content_type, payload.body, limits, names)
    if model.guards is None:
        return Sent(read.items, read.single, ())
    items, flags = model.guards.items(read.items)
    return Sent(items, read.single, flags)


def _call(payload: Payload, model: Model, runs: Sequence[Tensors], items: Sent) -> Call:
    counts = (
        [len(next(iter(run.values()))) for run in runs] if model.shares_batch else [1] * len(runs)
    )
    return Call(
        runs=runs,
        outputs=(),
        encode=partial(_encode, model, payload.request_id, counts, items, _tokens(model, runs)),
        flags=items.flags,
    )


def _tokens(model: Model, runs: Sequence[Tensors]) -> list[int]:
    """What an embedding model reads of each row; [] of others, and where no mask tells."""
    if model.spec.task != "text-embedding" or not model.padded:
        return []
    mask = model.padded[0]
    return [count for run in runs for count in (run[mask] != 0).sum(axis=1).tolist()]


def _encode(
    model: Model,
    request_id: str,
    rows: Sequence[int],
    items: Sent,
    tokens: Sequence[int],
    results: Sequence[dict[str, Array]],
) -> Payload:
    answers: list[dict[str, Any]] = []
    for result, count in zip(results, rows, strict=True):
        answers += model.program.answer(result, count)
    for answer, read in zip(answers, tokens, strict=False):  # nobody counted where there are none
        answer["tokens"] = read
    if model.guards is not None:
        answers = list(map(model.guards.answer, answers, items.flags))
    head = {"id": request_id, "model": model.spec.name, "version": model.version}
    body = head | answers[0] if items.single else head | {"predictions": answers}
    return Payload(dump(body), _JSON, request_id)


def dump(value: Any) -> bytes:
    """JSON bytes of an answer; numpy arrays and scalars are written as numbers."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY, default=_plain)


def _plain(value: Any) -> Any:
    """Arrays that orjson cannot write itself: strings, half floats, other memory orders."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.tolist()
