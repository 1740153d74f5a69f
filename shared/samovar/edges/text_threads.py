"""Threads for work that looks whether anybody waits for it, and ends where nobody does."""

import asyncio
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from samovar.edges.asgi import ClientGone, Receive
from samovar.wanted import while_wanted

Result = TypeVar("Result")
_TELLING_S = 2.0
"""Of the time to drain, what is left to tell clients that their texts end."""


class TextThreads:
    """As many as `most` requests at once, each in a thread: models' schedulers put them in a row.

    Pools of fewer threads would let a text that is nearly over wait for one that has not begun.
    """

    def __init__(self, most: int) -> None:
        self.pool = ThreadPoolExecutor(most, "texts")
        self._ending = threading.Event()

    async def run(self, receive: Receive, work: Callable[[], Result]) -> Result:
        """What `work` gives; it ends at its next step where the client hangs up.

        So it does where whoever awaits this is cancelled, or where the server ends. Raises
        ClientGone, and what it raises.
        """
        over = threading.Event()
        gone = asyncio.ensure_future(client_gone(receive))
        loop = asyncio.get_running_loop()
        made = loop.run_in_executor(self.pool, self._wanted, work, over.is_set)
        both: list[asyncio.Future[Any]] = [made, gone]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not made.done():
                raise ClientGone
            return made.result()
        finally:
            over.set()
            gone.cancel()
            made.add_done_callback(forget)

    def next_piece(
        self, pieces: Generator[bytes, None, None], gone: "asyncio.Future[None]"
    ) -> "asyncio.Future[bytes]":
        """The next piece, b"" after the last; what makes it ends once `gone` is done."""
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self.pool, self._wanted, lambda: next(pieces, b""), gone.done)

    async def drain(self, is_busy: Callable[[], bool], timeout_s: float) -> None:
        """Wait for what is under way; texts that last end with an error, which is told."""
        await _while(is_busy, timeout_s - _TELLING_S)
        self._ending.set()
        await _while(is_busy, _TELLING_S)

    def close(self) -> None:
        """Let go of the threads; what they do is over, or given up."""
        self._ending.set()
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _wanted(self, work: Callable[[], Result], is_over: Callable[[], bool]) -> Result:
        with while_wanted(lambda: not (is_over() or self._ending.is_set())):
            return work()


async def _while(is_busy: Callable[[], bool], timeout_s: float) -> None:
    end_s = time.monotonic() + timeout_s
    while is_busy() and time.monotonic() < end_s:
        await asyncio.sleep(0.02)


def forget(made: "asyncio.Future[Any]") -> None:
    """What nobody waits for may have failed; asyncio would tell of it."""
    if not made.cancelled():
        made.exception()


async def client_gone(receive: Receive) -> None:
    """Returns when the client has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass
