"""An endpoint at work: the core's orders carried out by processes, objects and notices."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from samovar_cli.twin.chaos import Calm, Trouble
from samovar_cli.twin.sagemaker.cloud import Unreadable
from samovar_cli.twin.sagemaker.config import EndpointConfig
from samovar_cli.twin.sagemaker.core import Endpoint
from samovar_cli.twin.sagemaker.instance import InstanceGone
from samovar_cli.twin.sagemaker.notices import Ending, answered, notice
from samovar_cli.twin.sagemaker.orders import Give, Launch, Order, Retire, Run
from samovar_cli.twin.sagemaker.ports import Machine, Store
from samovar_cli.twin.sagemaker.request import AsyncCall, read_call

_TICK_S = 0.05
_END_PATIENCE_S = 3.0
_MISSED_S = 0.5  # by then an instance that has died is missed


class Runtime:
    """One asynchronous endpoint. All of it happens in one event loop; the store has threads."""

    def __init__(
        self,
        config: EndpointConfig,
        store: Store,
        launch: Callable[[], Machine],
        chaos: Trouble | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.config = config
        self._core = Endpoint(config.concurrent, config.scaling)
        self._store = store
        self._launch = launch
        self._chaos = chaos or Calm()
        self._clock = clock
        self._machines: dict[int, Machine] = {}
        self._calls: dict[int, asyncio.Task[None]] = {}  # by ticket
        self._tasks: set[asyncio.Task[None]] = set()
        self._looking = asyncio.Event()

    @property
    def awake(self) -> int:
        """Instances that take calls."""
        return self._core.ready

    @property
    def backlog(self) -> int:
        """Calls that wait or are being run."""
        return self._core.backlog

    def start(self) -> None:
        """Begin to look after the queue."""
        self._keep(self._look_after())

    def accept(self, calls: Iterable[AsyncCall]) -> None:
        """Take calls that were accepted before, by an endpoint that is no more."""
        for call in calls:
            self._core.accept(call)

    async def stop(self) -> list[AsyncCall]:
        """End every instance. The calls that are left: whoever starts again may accept them."""
        left = self._core.calls
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(each.stop(_END_PATIENCE_S) for each in self._machines.values()))
        self._machines.clear()
        return left

    def invoke(self, headers: dict[str, str], body: bytes) -> AsyncCall:
        """Take a call. Raises Refused."""
        call = read_call(self.config, headers, body, self._clock())
        self._core.accept(call)
        self._looking.set()
        return call

    def reload(self) -> None:
        """Models or code have changed: calls go to new instances, what runs is finished."""
        self._core.outdate()
        self._looking.set()

    async def _look_after(self) -> None:
        while True:
            for order in self._core.tick(self._clock()):
                self._do(order)
            self._looking.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause_s):
                    await self._looking.wait()

    @property
    def _pause_s(self) -> float:
        return _TICK_S if self._core.backlog or self._core.instances else 1.0

    def _do(self, order: Order) -> None:
        match order:
            case Launch(instance):
                self._keep(self._live(instance))
            case Retire(instance):
                self._keep(self._retire(instance))
            case Run(instance, ticket, call):
                self._calls[ticket] = self._keep(self._run(instance, ticket, call))
            case Give(ticket, call, reason):
                if ticket in self._calls:
                    self._calls[ticket].cancel()
                self._keep(self._end(Ending(call, reason=reason)))

    async def _live(self, instance: int) -> None:
        """An instance's life: started, warmed, and missed when it is gone."""
        machine = self._machines[instance] = self._launch()
        with contextlib.suppress(OSError):  # it cannot be started: it is gone at once
            await machine.start()
            if await machine.warm(self.config.scaling.start_s):
                self._core.became_ready(instance)
                self._looking.set()
            else:
                await machine.stop(_END_PATIENCE_S)
            await machine.gone()
        self._machines.pop(instance, None)
        for order in self._core.died(instance):
            self._do(order)
        await machine.stop(0)  # what is left of it here
        self._looking.set()

    async def _retire(self, instance: int) -> None:
        machine = self._machines.get(instance)
        if machine is not None:
            await machine.stop()

    async def _run(self, instance: int, ticket: int, call: AsyncCall) -> None:
        try:
            ending = await self._ending(instance, call)
        except InstanceGone:
            await self._dropped(instance, ticket)
            return
        finally:
            if self._calls.get(ticket) is asyncio.current_task():  # not that of its next try
                del self._calls[ticket]
        if self._core.ended(instance, ticket):
            self._looking.set()
            await self._end(ending)

    async def _dropped(self, instance: int, ticket: int) -> None:
        """The call tried again: by whoever misses the instance, or here if it lives."""
        await asyncio.sleep(_MISSED_S)
        for order in self._core.dropped(instance, ticket):
            self._do(order)
        self._looking.set()

    async def _ending(self, instance: int, call: AsyncCall) -> Ending:
        """What becomes of a call. Raises InstanceGone."""
        try:
            body = call.body or await asyncio.to_thread(self._store.read, call.input_uri)
        except Unreadable as fault:
            reason = f"ClientError: Unable to download the input {call.input_uri}: {fault}"
            return Ending(call, reason=reason)
        machine = self._machines.get(instance)
        if machine is None:
            raise InstanceGone("it has ended")
        if self._chaos.strikes("kill", f"the container under {call.id}"):
            asyncio.get_running_loop().call_later(self._chaos.moment_s(), machine.kill)
        reply = await machine.invoke(call, body)
        return answered(call, reply.status, reply.body, reply.content_type)

    async def _end(self, ending: Ending) -> None:
        """The answer written where the call was told, and the topic told of it."""
        call = ending.call
        if ending.status:
            uri = call.output_uri if ending.ok else call.failure_uri
            kind = ending.content_type
            written = await asyncio.to_thread(self._store.write, uri, ending.body, kind)
            if ending.ok and not written:
                ending = Ending(call, reason=f"ClientError: Unable to upload the answer to {uri}")
        topic, message = notice(self.config, ending, self._clock())
        if not topic or self._chaos.strikes("lose", f"the notice of {call.id}"):
            return
        if self._chaos.strikes("reorder", f"the notice of {call.id}"):
            await asyncio.sleep(self._chaos.moment_s())
        for _ in range(1 + self._chaos.strikes("duplicate", f"the notice of {call.id}")):
            await asyncio.to_thread(self._store.publish, topic, message)

    def _keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task, held until it is done: asyncio itself forgets it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
