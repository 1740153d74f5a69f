"""Collections held in memory, for tests: ours and our users'. Safe to share by threads."""

import hashlib
import threading
from collections.abc import Sequence

from samovar.errors import CollectionConflict
from samovar.search.store import Kept


class MemoryCollections:
    """Files by name, in a dictionary."""

    def __init__(self) -> None:
        self._bodies: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def get(self, name: str, known: str = "") -> Kept | None:
        """What is kept under a name, without its body where that is known."""
        body = self._bodies.get(name)
        if body is None:
            return None
        tag = tag_of(body)
        return Kept(name, tag, len(body), b"" if tag == known else body)

    def put(self, name: str, body: bytes, expected: str | None = None) -> str:
        """Keep it, where what is there has the expected tag. Raises CollectionConflict."""
        with self._lock:
            there = self._bodies.get(name)
            if expected is not None and expected != (tag_of(there) if there is not None else ""):
                raise conflict(name)
            self._bodies[name] = bytes(body)
        return tag_of(body)

    def delete(self, name: str) -> bool:
        """Forget it."""
        with self._lock:
            return self._bodies.pop(name, None) is not None

    def kept(self) -> Sequence[Kept]:
        """All, by name."""
        found = sorted(self._bodies.items())[:MOST]
        return [Kept(name, tag_of(body), len(body)) for name, body in found]


MOST = 1000
"""Collections that are listed: as many as S3 lists in one answer."""


def tag_of(body: bytes) -> str:
    """What stands for these bytes and no others."""
    return hashlib.sha256(body).hexdigest()[:32]


def conflict(name: str) -> CollectionConflict:
    """The refusal to write over what is not as it was expected."""
    return CollectionConflict(
        f"collection '{name}' is not as you expect: it was written, or deleted, meanwhile"
    )
