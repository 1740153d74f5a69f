"""Collections that were read of late, in memory: the least recently asked go first."""

import threading
from collections import OrderedDict

from samovar.search.collection import Collection
from samovar.search.words import Words

_WORDS_BYTES = 4
"""What the words of a text take in memory, for each of its letters, about."""


class Held:
    """A collection as it was under a tag, its file's bytes, and its words once they are asked."""

    __slots__ = ("_words", "collection", "size", "tag")

    def __init__(self, tag: str, size: int, collection: Collection) -> None:
        self.tag = tag
        self.size = size
        self.collection = collection
        self._words: Words | None = None

    @property
    def words(self) -> Words:
        """By which words its documents are found; two threads at once may both make them."""
        if self._words is None:
            self._words = Words([each.text for each in self.collection.documents])
        return self._words

    @property
    def nbytes(self) -> int:
        """What it takes in memory, about, with its words."""
        letters = sum(len(each.text) for each in self.collection.documents)
        return self.collection.nbytes + letters * _WORDS_BYTES


class Shelf:
    """Collections by name, as many as fit. Safe to share by threads."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held: OrderedDict[str, tuple[Held, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def held_bytes(self) -> int:
        """What is held now, about."""
        return self._bytes

    def find(self, name: str) -> Held | None:
        """What was kept under a name."""
        with self._lock:
            found = self._held.get(name)
            if found is None:
                return None
            self._held.move_to_end(name)
            return found[0]

    def keep(self, name: str, held: Held) -> None:
        """Keep one in place of what was there; one that is too large by itself is not kept."""
        size = held.nbytes
        with self._lock:
            self._drop(name)
            if size > self._max_bytes:
                return
            self._held[name] = held, size
            self._bytes += size
            while self._bytes > self._max_bytes:
                _, (_, gone) = self._held.popitem(last=False)
                self._bytes -= gone

    def forget(self, name: str) -> None:
        """Let go of one."""
        with self._lock:
            self._drop(name)

    def _drop(self, name: str) -> None:
        _, size = self._held.pop(name, (None, 0))
        self._bytes -= size
