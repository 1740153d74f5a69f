"""The platform's side of one process: the twin's Runtime API in a thread, a runtime beside it."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import closing, suppress
from typing import Any, TypeVar

from samovar.bootstrap.loop import Open, answer
from samovar.bootstrap.runtime_api import RuntimeApi as Client
from samovar.bootstrap.wire import Broken
from samovar_cli.twin.invocation import Invocation, Outcome
from samovar_cli.twin.pipe import Pipe
from samovar_cli.twin.runtime_api import RuntimeApi, deadline_ms

_Result = TypeVar("_Result")


class Platform:
    """Hands events to a handler that runs under our bootstrap, and hears its answers."""

    def __init__(self, opened: Open | None) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.api = self.run(_made())
        self.address = self.run(self.api.open())
        self._runtime = threading.Thread(target=self._work, args=(opened,))
        self._runtime.start()

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """What a coroutine gives in the platform's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def streamed(
        self, event: object, heard: Callable[[bytes, Pipe], None] | None = None
    ) -> tuple[Outcome, bytes]:
        """What came of a streamed invocation; `heard` sees each piece, and may leave."""
        return self.run(self._streamed(event, heard or (lambda piece, pipe: None)))

    def whole(self, event: object) -> Outcome:
        """What came of a plain invocation."""
        return self.run(self._whole(event))

    def close(self) -> None:
        """The platform goes, and with it the runtime's reason to live."""
        self.run(self.api.close())
        self._runtime.join(5)
        self.run(_let_go())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _work(self, opened: Open | None) -> None:
        client = Client(self.address)
        with suppress(Broken), closing(client):
            while opened is not None:
                answer(client, opened, client.next())

    async def _streamed(
        self, event: object, heard: Callable[[bytes, Pipe], None]
    ) -> tuple[Outcome, bytes]:
        pipe, found = Pipe(), b""
        invocation = Invocation(json.dumps(event).encode(), pipe=pipe)
        outcome = asyncio.ensure_future(self._outcome(invocation))
        async for piece in _until_end(pipe, outcome):
            found += piece
            heard(piece, pipe)
        return await outcome, found

    async def _whole(self, event: object) -> Outcome:
        return await self._outcome(Invocation(json.dumps(event).encode()))

    async def _outcome(self, invocation: Invocation) -> Outcome:
        outcome = await self.api.send(invocation, deadline_ms(20))
        if invocation.pipe is not None:
            await invocation.pipe.end(broken=bool(outcome.error))
        return outcome


async def _let_go() -> None:
    """Connections on which the runtime has hung up end: a loop that is closed cannot end them."""
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others, timeout=5)
    await asyncio.sleep(0.02)


async def _made() -> RuntimeApi:
    return RuntimeApi("arn:aws:lambda:us-east-1:000000000000:function:f")


async def _until_end(pipe: Pipe, outcome: "asyncio.Future[Outcome]") -> AsyncIterator[bytes]:
    async for piece in pipe:
        yield piece
    await outcome
