"""What a failed call of the endpoint means for its job, from what was said of it."""

from collections.abc import Iterator

import orjson

from samovar.errors import EndpointFailed, SamovarError
from samovar.jobs import Failure

_MAX_SAID = 1000


def read_failure(said: bytes, reason: str) -> Failure:
    """The container's own error, `{"error", "code"}`, with a code of samovar's tree.

    Whatever else was said is an attempt that ended without an answer: a container that was
    killed, timed out or never came up, an input that could not be fetched, a call that waited
    for too long. Nothing is decided by its text.
    """
    try:
        told = orjson.loads(said)
        code, message = told["code"], told["error"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        code, message = "", ""
    if isinstance(code, str) and code in _RETRYABLE and isinstance(message, str):
        return Failure(code, message[:_MAX_SAID])
    text = reason or said.decode("utf-8", "replace")
    return Failure(EndpointFailed.code, text[:_MAX_SAID] or "the endpoint gave no reason")


def is_passing(failure: Failure) -> bool:
    """Whether another attempt may go better. A fault of ours may: it is tried a few times."""
    return failure.code == SamovarError.code or _RETRYABLE.get(failure.code, True)


def _tree(root: type[SamovarError]) -> Iterator[type[SamovarError]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)


_RETRYABLE = {each.code: each.retryable for each in _tree(SamovarError)}
