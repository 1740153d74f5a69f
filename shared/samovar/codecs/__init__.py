"""Bodies to calls, by media type."""

from samovar.codecs import oip
from samovar.model import Call, Model
from samovar.types import OIP_BINARY, OIP_JSON, Payload

_OIP = frozenset({OIP_JSON, OIP_BINARY})


def decode(payload: Payload, model: Model) -> Call:
    """A request in tensors. Raises InvalidInput, PayloadTooLarge, UnsupportedMediaType."""
    if media_type(payload.content_type) in _OIP:
        return oip.decode(payload, model)
    from samovar.codecs import person

    return person.decode(payload, model)


def media_type(content_type: str) -> str:
    """A Content-Type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()
