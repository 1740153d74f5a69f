"""A set of documents with the vectors of their passages: one value, one file.

The file is a magic number, a sha256 of all that follows, the length of a header, the header
(JSON), and the parts that it counts: rows, scales, owners, documents (JSON). What a disk or a
hand has changed is never searched.
"""

import hashlib
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from samovar.errors import CollectionCorrupt
from samovar.search.packed import PRECISIONS, Packed
from samovar.types import Array
from samovar.values import dataclass

_MAGIC = b"SMVSET1\n"
_LENGTH = struct.Struct("<I")
_OBJECT_BYTES = 300
"""Bytes of a document in memory beside its letters, about."""

Metadata = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """A text under an id, with what a filter may ask for."""

    id: str
    text: str
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents, and the passages that a model (by its digest) made of them.

    `owners` int32 (passages,) has each passage's document, ascending.
    """

    model: str
    digest: str
    precision: str
    documents: tuple[Document, ...]
    packed: Packed
    owners: Array

    @property
    def nbytes(self) -> int:
        """What it takes in memory, about."""
        letters = sum(len(each.text) for each in self.documents)
        own = len(self.documents) * _OBJECT_BYTES
        return self.packed.nbytes + self.owners.nbytes + letters + own


def to_bytes(found: Collection) -> bytes:
    """A collection as a file: equal ones give equal bytes."""
    parts = (
        found.packed.rows.tobytes(),
        found.packed.scales.astype("<f4").tobytes(),
        found.owners.astype("<i4").tobytes(),
        orjson.dumps([[each.id, each.text, each.metadata] for each in found.documents]),
    )
    header = {
        "model": found.model,
        "digest": found.digest,
        "precision": found.precision,
        "passages": len(found.owners),
        "width": found.packed.rows.shape[1],
        "parts": [len(part) for part in parts],
    }
    head = orjson.dumps(header)
    rest = b"".join((_LENGTH.pack(len(head)), head, *parts))
    return b"".join((_MAGIC, hashlib.sha256(rest).digest(), rest))


def from_bytes(name: str, body: bytes) -> Collection:
    """The collection of a file. Raises CollectionCorrupt for any other bytes than it had."""
    try:
        return _read(body)
    except (ValueError, KeyError, TypeError, struct.error):
        raise CollectionCorrupt(
            f"the kept collection '{name}' is not as it was written: send its documents again"
        ) from None


def _read(body: bytes) -> Collection:
    begin = len(_MAGIC) + hashlib.sha256().digest_size
    if body[:begin] != _MAGIC + hashlib.sha256(memoryview(body)[begin:]).digest():
        raise ValueError
    (size,) = _LENGTH.unpack_from(body, begin)
    at = begin + _LENGTH.size
    header = orjson.loads(body[at : at + size])
    parts = list(_parts(body, at + size, header["parts"]))
    shape = (header["passages"], header["width"])
    rows = np.frombuffer(parts[0], PRECISIONS[header["precision"]]).reshape(shape)
    return Collection(
        header["model"],
        header["digest"],
        header["precision"],
        tuple(Document(*each) for each in orjson.loads(parts[3])),
        Packed(rows, np.frombuffer(parts[1], "<f4")),
        np.frombuffer(parts[2], "<i4"),
    )


def _parts(body: bytes, at: int, sizes: Sequence[int]) -> Iterator[bytes]:
    for size in sizes:
        yield body[at : at + size]
        at += size
