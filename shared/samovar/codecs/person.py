"""What a person sends and reads: a text, a picture, rows, in; label, score, text… out."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import orjson

from samovar.codecs.items import read_items
from samovar.errors import PayloadTooLarge
from samovar.model import Call, Model
from samovar.types import Array, Payload

_JSON = "application/json"


def decode(payload: Payload, model: Model) -> Call:
    """The items of a predict request, prepared into tensors by the model's own steps."""
    spec = model.spec
    names = spec.input.columns or tuple(model.inputs)
    items, single = read_items(
        spec.input.kind, payload.content_type, payload.body, spec.limits, names
    )
    if len(items) > spec.limits.max_rows:
        raise PayloadTooLarge(
            f"{len(items)} rows in one request; this model takes {spec.limits.max_rows} at most"
        )
    size = spec.batch.max_size if model.shares_batch else 1
    chunks = [items[at : at + size] for at in range(0, len(items), size)]
    return Call(
        runs=[model.program.prepare(chunk) for chunk in chunks],
        outputs=(),
        encode=partial(_encode, model, payload.request_id, [len(c) for c in chunks], single),
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
