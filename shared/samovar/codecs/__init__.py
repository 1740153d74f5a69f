"""Bodies to calls, by media type."""

from collections.abc import Sequence

from samovar.codecs import oip
from samovar.errors import SamovarError
from samovar.model import Call, Model
from samovar.types import OIP_BINARY, OIP_JSON, Payload

_OIP = frozenset({OIP_JSON, OIP_BINARY})


def decode(payload: Payload, model: Model) -> Call:
    """A request in tensors. Raises InvalidInput, PayloadTooLarge, UnsupportedMediaType."""
    if payload.content_type == OIP_JSON or media_type(payload.content_type) in _OIP:
        return oip.decode(payload, model)
    from samovar.codecs import person

    return person.decode(payload, model)


def decode_many(payloads: Sequence[Payload], model: Model) -> list[Call | SamovarError]:
    """Each request in tensors, or its error; what people sent is prepared as one batch."""
    found: dict[int, Call | SamovarError] = {}
    ours = [at for at, sent in enumerate(payloads) if media_type(sent.content_type) not in _OIP]
    if len(ours) > 1 and model.prepares_together:
        from samovar.codecs import person

        together = person.decode_many([payloads[at] for at in ours], model)
        found.update(zip(ours, together, strict=True))
    for at, payload in enumerate(payloads):
        if at not in found:
            found[at] = _attempt(payload, model)
    return [found[at] for at in range(len(payloads))]


def _attempt(payload: Payload, model: Model) -> Call | SamovarError:
    try:
        return decode(payload, model)
    except SamovarError as error:
        return error


def media_type(content_type: str) -> str:
    """A Content-Type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()
