"""Kept answers held in memory, for tests; one suite holds them and the table's alike."""

from samovar.ports import Clock


class MemoryAnswers:
    """Answers in a dictionary, and how often it was asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answers: dict[bytes, tuple[bytes, int]] = {}
        self.reads = self.writes = 0

    def get(self, key: bytes) -> bytes | None:
        """What was last kept under a key; None where nothing is."""
        self.reads += 1
        body, until_s = self._answers.get(key, (None, 0))
        return body if until_s > self._clock.now_ns() // 1_000_000_000 else None

    def put(self, key: bytes, body: bytes, until_s: int) -> None:
        """Keep bytes under a key until a time."""
        self.writes += 1
        self._answers[key] = bytes(body), until_s
