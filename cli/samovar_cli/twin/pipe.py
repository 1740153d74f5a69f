"""A streamed answer on its way from a function's process to whoever asked."""

import asyncio
from collections.abc import AsyncIterator, Callable

_PIECES = 16
"""On their way at once; a function that is faster than its client waits, as it does on AWS."""


class Pipe:
    """Bytes in order, from one side; the other side may go away."""

    def __init__(self) -> None:
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(_PIECES)
        self._gone = asyncio.Event()
        self._hang_up: Callable[[], None] | None = None
        self.content_type = ""
        """The type of what the function sends, once it has begun."""
        self.broken = False
        """Whether the answer has ended in the middle."""

    @property
    def gone(self) -> bool:
        """Whether nobody listens any more."""
        return self._gone.is_set()

    def begin(self, content_type: str, hang_up: Callable[[], None]) -> None:
        """The function sends; `hang_up` ends that where nobody listens any more."""
        self.content_type, self._hang_up = content_type, hang_up
        if self.gone:
            hang_up()

    async def put(self, piece: bytes | None) -> None:
        """A piece, or None for the end; it waits for its place, unless nobody listens."""
        putting = asyncio.ensure_future(self._pieces.put(piece))
        leaving = asyncio.ensure_future(self._gone.wait())
        await asyncio.wait((putting, leaving), return_when=asyncio.FIRST_COMPLETED)
        putting.cancel()
        leaving.cancel()

    async def end(self, *, broken: bool) -> None:
        """Nothing more comes."""
        self.broken = self.broken or broken
        await self.put(None)

    def leave(self) -> None:
        """Nobody listens any more."""
        self._gone.set()
        while not self._pieces.empty():
            self._pieces.get_nowait()
        self._pieces.put_nowait(None)
        if self._hang_up is not None:
            self._hang_up()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await self._pieces.get()) is not None:
            yield piece
