"""Where collections lie: a port."""

from __future__ import annotations  # what is named here costs a start and does nothing

from typing import TYPE_CHECKING, Protocol

from samovar.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Kept:
    """A collection as it lies in a store: `tag` is another one after every change."""

    name: str
    tag: str
    size: int  # bytes
    body: bytes = b""


class CollectionStore(Protocol):
    """Sets of documents, each one file that is there whole or not. Raises StorageUnavailable."""

    def get(self, name: str, known: str = "") -> Kept | None:
        """What is kept under a name now; None where nothing is.

        Without its body where the tag is `known`: whoever knows it has it.
        """
        ...

    def put(self, name: str, body: bytes, expected: str | None = None) -> str:
        """Write over what has the tag `expected` ("": nothing; None: whatever is there); the tag.

        Raises CollectionConflict, and writes nothing, where that is not so.
        """
        ...

    def delete(self, name: str) -> bool:
        """Forget it; False where there was none."""
        ...

    def kept(self) -> Sequence[Kept]:
        """All that is kept, by name, without bodies; a thousand at the most."""
        ...
