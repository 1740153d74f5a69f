"""What a request asks, apart from how it is written: its key among the answers that are kept.

Two requests have one key where the model is handed the same for both: the order of JSON's keys,
blanks, tensors flat or nested, as JSON or as raw bytes, a picture as it is or in base64, the
request's id make no difference. Everything else does, what is not known here included. What is
only perhaps the same has keys of its own: to run once too often costs time, to answer with
another question's answer costs trust.
"""

import re
from hashlib import blake2b

import orjson

from samovar.caching.parts import Parts
from samovar.codecs import media_type
from samovar.codecs.media import is_rows
from samovar.errors import SamovarError
from samovar.types import OIP_BINARY, OIP_JSON, ModelSpec, Payload
from samovar.values import dataclass

GENERATES = "generate"
_PERSON_HEADS = (b'{"id":',)


@dataclass(frozen=True, slots=True)
class Question:
    """A request's key, and what is to be put into its answer."""

    key: bytes
    request_id: str
    heads: tuple[bytes, ...]
    """What the answer begins with, up to the id."""
    named: bool = False
    """Whether the id stands in the body, at the place that the protocol has for it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The model that a request is to, and what its answers depend on beside the request."""

    spec: ModelSpec
    version: str
    identity: bytes


def ask(payload: Payload, to: Asked) -> Question | None:
    """The question of a request; None where its answer must not be kept, or it will be refused."""
    try:
        if media_type(payload.content_type) in _OIP:
            return _infer(payload, to)
        return None if is_rows(payload.content_type) else _predict(payload, to)
    except SamovarError:
        return None


_OIP = frozenset({OIP_JSON, OIP_BINARY})


@dataclass(frozen=True, slots=True)
class Written:
    """A request as it is written, but for its id: a digest, and the id if there is one."""

    digest: bytes
    request_id: str = ""


def exact(payload: Payload, to: Asked) -> Written | None:
    """What tells a request by its bytes; None where an id may stand in them that is not plain.

    Who sends the same bytes again, under whatever id, need not be read again to know what is
    asked. Whether what looks like the id is it, only who reads the request knows.
    """
    body, kind = payload.body, payload.content_type
    if not kind.startswith(_OIP_TREE) or (_ID_KEY not in body and _ESCAPE not in body):
        digest = _digest(kind, to)
        digest.update(b"0" + body)
        return Written(digest.digest())
    found = _ID.search(body)
    if found is None or body.count(_ID_KEY) > 1 or _ESCAPE in body:
        return None
    start, end = found.span(1)
    digest = _digest(kind, to)
    digest.update(b"1" + start.to_bytes(8, "little") + body[:start])
    digest.update(body[end:])
    return Written(digest.digest(), found[1].decode())


def _digest(kind: str, to: Asked) -> blake2b:
    return blake2b(kind.encode("utf-8", "surrogatepass"), digest_size=32, key=to.identity)


_OIP_TREE, _ESCAPE, _ID_KEY = "application/vnd.", b"\\u", b'"id"'
_ID = re.compile(rb'"id"\s*:\s*"([ !#-\[\]-~]{1,128})"')  # in which no character is escaped


def _infer(payload: Payload, to: Asked) -> Question | None:
    from samovar.caching import oip_questions

    if to.spec.program.name == GENERATES:
        return None  # how its tokens are chosen stands in a tensor
    parts = Parts(b"infer", to.identity)
    own = oip_questions.read(payload, to.spec, parts)
    head = orjson.dumps({"model_name": to.spec.name, "model_version": to.version})
    heads = (head[:-1] + b',"id":',)
    return Question(parts.digest(), own or payload.request_id, heads, named=bool(own))


def _predict(payload: Payload, to: Asked) -> Question | None:
    from samovar.caching import person_questions

    parts = Parts(b"predict", to.identity)
    if not person_questions.read(payload, to.spec, to.version, parts):
        return None
    return Question(parts.digest(), payload.request_id, _PERSON_HEADS)
