"""An answer without its request's id: what is kept of it, and the answer to another request."""

import zlib
from hashlib import blake2b

import orjson

from samovar.codecs.oip import binary_type, header_size
from samovar.types import OIP_BINARY, Payload
from samovar.values import dataclass

_FORMAT = b"samovar-answer-1\n"
_WORTH_COMPRESSING = 1024
_OVERHEAD = 500  # bytes of memory that an answer takes beside its own


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer in two parts, between which a request's id belongs, as JSON."""

    head: bytes
    tail: bytes
    content_type: str
    header_bytes: int
    """Of the JSON before raw tensors, without the id; −1 where all of it is JSON."""
    made_ms: int
    tag: str
    """Its entity tag: the same for the same answer, whoever asked."""
    named: bool = True
    """Whether an id belongs there at all."""

    @property
    def size(self) -> int:
        """The bytes that it takes."""
        return len(self.head) + len(self.tail) + _OVERHEAD

    def payload(self, request_id: str) -> Payload:
        """The answer to a request of this id."""
        name = orjson.dumps(request_id) if self.named else b""
        body = b"".join((self.head, name, self.tail))
        if self.header_bytes < 0:
            return Payload(body, self.content_type, request_id)
        return Payload(body, binary_type(self.header_bytes + len(name)), request_id)


def keep(answer: Payload, heads: tuple[bytes, ...], request_id: str, now_ms: int) -> Kept | None:
    """What is kept of the answer to a request of this id.

    `heads` is what answers with an id in them may begin with, up to it. None where this one
    does not: what is not known to be its own answer's is kept by nobody.
    """
    name = orjson.dumps(request_id)
    for head in heads:
        if answer.body.startswith(head + name + b","):
            break
    else:
        return None
    tail = bytes(answer.body[len(head) + len(name) :])
    size = header_size(answer.content_type)
    form = OIP_BINARY if size is not None else answer.content_type
    before = size - len(name) if size is not None else -1
    return Kept(head, tail, form, before, now_ms, tag_of(form, head, tail))


def tag_of(form: str, *parts: bytes) -> str:
    """The entity tag of an answer: weak, because each request's id stands in its own."""
    tag = blake2b(b"\n".join((form.encode(), *parts)), digest_size=12)
    return f'W/"{tag.hexdigest()}"'


def write(kept: Kept) -> bytes:
    """A kept answer as bytes, to be kept elsewhere."""
    facts = (
        *(len(kept.head), kept.content_type, kept.header_bytes, kept.made_ms),
        *(kept.tag, kept.named),
    )
    whole = b"".join((orjson.dumps(facts), b"\n", kept.head, kept.tail))
    if len(whole) < _WORTH_COMPRESSING:
        return _FORMAT + b"0" + whole
    return _FORMAT + b"z" + zlib.compress(whole, 1)


def read(body: bytes, max_bytes: int) -> Kept | None:
    """What `write` wrote; None for anything else, and for what is larger than `max_bytes`."""
    at = len(_FORMAT)
    try:
        whole = body[at + 1 :] if body[at : at + 1] == b"0" else _inflate(body[at + 1 :], max_bytes)
        facts, _, rest = whole.partition(b"\n")
        head, *others = orjson.loads(facts)
        if not body.startswith(_FORMAT) or not 0 <= head <= len(rest):
            return None
        return Kept(rest[:head], rest[head:], *others)
    except (ValueError, TypeError, zlib.error):
        return None


def _inflate(body: bytes, max_bytes: int) -> bytes:
    inflater = zlib.decompressobj()
    whole = inflater.decompress(body, max_bytes + _OVERHEAD)
    if not inflater.eof:
        raise ValueError
    return whole
