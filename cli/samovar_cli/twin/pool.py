"""A function's environments: started on demand, used again, never more than there may be."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from samovar_cli.twin.invocation import Invocation, Outcome, Throttled

_Result = TypeVar("_Result")


class Worker(Protocol):
    """What a pool needs of an environment."""

    @property
    def alive(self) -> bool: ...

    async def start(self) -> Outcome | None: ...

    async def invoke(self, invocation: Invocation) -> Outcome: ...

    async def stop(self) -> None: ...


class Pool:
    """Environments of one function.

    `reserved` is the template's limit: beyond it Lambda throttles, and so does this. `slots`
    is this machine's: beyond it an invocation waits for its turn, as if it were slower.
    """

    def __init__(
        self, launch: Callable[[], Worker], slots: int, reserved: int | None = None
    ) -> None:
        self._launch = launch
        self._slots = slots
        self._reserved = reserved
        self._idle: list[Worker] = []
        self._waiting: deque[asyncio.Future[Worker | Outcome]] = deque()
        self._members: set[Worker] = set()
        self._starting = 0
        self._tasks: set[asyncio.Task[Any]] = set()  # starts and replacements under way
        self._farewells: set[asyncio.Task[None]] = set()  # which the end waits for
        self._retired: set[Worker] = set()
        self._running = 0

    @property
    def members(self) -> int:
        """Environments that there are, those in INIT too."""
        return len(self._members)

    async def invoke(self, invocation: Invocation) -> Outcome | Throttled:
        """Run it in an environment that is free, started for it if need be."""
        if self._reserved is not None and self._running >= self._reserved:
            return Throttled()
        self._running += 1
        try:
            worker = await self._acquire()
            if isinstance(worker, Outcome):
                return worker
            try:
                return await worker.invoke(invocation)
            finally:
                self._release(worker)
        finally:
            self._running -= 1

    async def prewarm(self) -> Outcome | None:
        """Start one environment now; the error when its INIT fails."""
        return await self._begin()

    async def retire(self) -> None:
        """Let go of every environment: those at work finish first."""
        self._retired |= self._members
        idle, self._idle = self._idle, []
        for worker in idle:
            await self._dismiss(worker)

    async def stop(self) -> None:
        """End every environment, at work or not."""
        for task in self._tasks:
            task.cancel()
        for waiter in self._waiting:
            waiter.cancel()
        leaving = (self._dismiss(worker) for worker in list(self._members))
        await asyncio.gather(*leaving, *self._farewells)

    async def _acquire(self) -> Worker | Outcome:
        while self._idle:
            worker = self._idle.pop()  # the last that was used: its memory is warm
            if worker.alive:
                return worker
            await self._dismiss(worker)
        waiter: asyncio.Future[Worker | Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        self._grow()
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._put_back(waiter.result())
            raise

    def _grow(self) -> None:
        """An environment for each that waits, as far as there are slots."""
        wanted = min(len(self._waiting) - self._starting, self._slots - len(self._members))
        for _ in range(wanted):
            self._begin()

    def _begin(self) -> "asyncio.Task[Outcome | None]":
        worker = self._launch()
        self._members.add(worker)  # at once, so that the next call counts it
        self._starting += 1
        return self._keep(asyncio.create_task(self._start(worker)))

    async def _start(self, worker: Worker) -> Outcome | None:
        try:
            fault = await worker.start()
        finally:
            self._starting -= 1
        if fault is not None:
            self._serve(fault)
        self._release(worker, usable=fault is None)
        return fault

    def _release(self, worker: Worker, *, usable: bool = True) -> None:
        if usable and worker.alive and worker not in self._retired:
            self._offer(worker)
        else:
            self._keep(asyncio.create_task(self._replace(worker)))

    async def _replace(self, worker: Worker) -> None:
        await self._dismiss(worker)
        self._grow()

    def _offer(self, worker: Worker) -> None:
        if not self._serve(worker):
            self._idle.append(worker)

    def _put_back(self, result: Worker | Outcome) -> None:
        if not isinstance(result, Outcome):
            self._offer(result)

    def _serve(self, result: Worker | Outcome) -> bool:
        """Give it to whom has waited longest; False when nobody waits."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(result)
                return True
        return False

    def _keep(self, task: "asyncio.Task[_Result]") -> "asyncio.Task[_Result]":
        """The task, held until it is done: asyncio itself forgets it."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _dismiss(self, worker: Worker) -> None:
        self._members.discard(worker)
        self._retired.discard(worker)
        farewell = asyncio.create_task(_stop(worker))
        self._farewells.add(farewell)
        farewell.add_done_callback(self._farewells.discard)
        await asyncio.shield(farewell)  # half a farewell would leave a folder and a port behind


async def _stop(worker: Worker) -> None:
    with contextlib.suppress(ProcessLookupError):
        await worker.stop()
