"""What makes up a question, one after the other, as one digest."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any


class Parts:
    """A digest that no two rows of parts share: each is counted before it is taken in."""

    def __init__(self, kind: bytes, identity: bytes) -> None:
        self._digest = blake2b(digest_size=32)
        self.add(kind)
        self.add(identity)

    def add(self, part: bytes | memoryview) -> None:
        """The next part, as it is."""
        size = part.nbytes if isinstance(part, memoryview) else len(part)
        self._digest.update(size.to_bytes(8, "little"))
        self._digest.update(part)

    def say(self, value: Any) -> None:
        """The next part: what JSON can hold, its numbers told apart by their type.

        An object's keys count in the order in which they stand; see `ordered`.
        """
        self.add(repr(value).encode("utf-8", "surrogatepass"))

    def digest(self) -> bytes:
        """32 bytes."""
        return self._digest.digest()


def ordered(table: Mapping[str, Any], without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """A JSON object whose own keys are in the one order that there is for them.

    What lies deeper stays as it is: the order of a schema's properties, say, is that of the
    answer's.
    """
    if table.keys() <= without:
        return {}
    return {name: table[name] for name in sorted(table) if name not in without}
