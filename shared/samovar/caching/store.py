"""What keeps answers for all processes: a port, apart from those that every start meets."""

from typing import Protocol


class AnswerStore(Protocol):
    """Answers that all processes share, as bytes, by key. Raises StorageUnavailable."""

    def get(self, key: bytes) -> bytes | None:
        """What was last kept under a key, perhaps a moment ago; None where nothing is."""
        ...

    def put(self, key: bytes, body: bytes, until_s: int) -> None:
        """Keep bytes under a key, in place of what was there, until a time or a little longer."""
        ...
