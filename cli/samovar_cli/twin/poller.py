"""The pollers of event source mappings: messages out of a queue, in batches, into a function."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from samovar_cli.twin.emulator import REGION
from samovar_cli.twin.gateway import Invoke
from samovar_cli.twin.invocation import Invocation, Throttled
from samovar_cli.twin.mappings import Message, QueueMapping, done, event, fitting

_POLL_S = 2
_RECEIVE = 10  # messages that SQS gives at once
_REST_S = 1.0  # after a fault of the queue, and while a function is throttled


class QueueLost(Exception):
    """The queue does not answer, or is not there."""


class Queue(Protocol):
    """What a poller needs of SQS; each call blocks. Raises QueueLost."""

    def receive(self, most: int, wait_s: int) -> list[Message]: ...

    def delete(self, messages: Sequence[Message]) -> None: ...


class Poller:
    """One mapping at work. A batch is told to the function in a task of its own."""

    def __init__(self, mapping: QueueMapping, queue: Queue, deliver: Invoke, slots: int) -> None:
        self._mapping = mapping
        self._queue = queue
        self._deliver = deliver
        self._places = asyncio.Semaphore(min(mapping.most or slots, slots))
        self._held: list[Message] = []  # received, and in no batch yet
        self._threads = ThreadPoolExecutor(1, "poller")
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to poll."""
        self._keep(self._poll())

    async def stop(self) -> None:
        """Poll no more; messages under way come again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._threads.shutdown(wait=False)

    async def _poll(self) -> None:
        while True:
            await self._places.acquire()  # before: what is received and waits grows old
            try:
                batch = await self._batch()
            except QueueLost:
                batch = []
                await asyncio.sleep(_REST_S)
            if batch:
                self._keep(self._tell(batch))
            else:
                self._places.release()

    async def _batch(self) -> list[Message]:
        """The next batch: full, or as it is when its window closes. Raises QueueLost."""
        mapping = self._mapping
        if not self._held:
            self._held = await self._receive(_POLL_S)
        closes_s = time.monotonic() + mapping.window_s
        while 0 < len(self._held) < mapping.batch and time.monotonic() < closes_s:
            more = await self._receive(0)
            self._held += more
            if not more:
                await asyncio.sleep(0.02)
        count = fitting(self._held, mapping.batch)
        batch, self._held = self._held[:count], self._held[count:]
        return batch

    async def _receive(self, wait_s: int) -> list[Message]:
        most = min(_RECEIVE, self._mapping.batch - len(self._held))
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._queue.receive, most, wait_s)

    async def _tell(self, batch: list[Message]) -> None:
        mapping = self._mapping
        try:
            invocation = Invocation(event(mapping, REGION, batch))
            while isinstance(
                outcome := await self._deliver(mapping.function, invocation), Throttled
            ):
                await asyncio.sleep(_REST_S)
            if not outcome.error:
                finished = done(mapping, batch, outcome.payload)
                with contextlib.suppress(QueueLost):  # they come again: at least once
                    await asyncio.to_thread(self._queue.delete, finished)
        finally:
            self._places.release()

    def _keep(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
