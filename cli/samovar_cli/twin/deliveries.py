"""Events on their way from the AWS emulator to functions, with the trouble that there is to be."""

import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from samovar_cli.twin.chaos import Trouble
from samovar_cli.twin.gateway import Invoke
from samovar_cli.twin.invocation import Invocation, Outcome, Throttled

_RETRY_DELAYS_S = (1.0, 2.0)  # Lambda waits minutes; nobody waits that long at a laptop


class Deliveries:
    """Invokes functions for event sources. Calls of people and of gateways do not come this way."""

    def __init__(
        self, invoke: Invoke, chaos: Trouble, retry_delays_s: Sequence[float] = _RETRY_DELAYS_S
    ) -> None:
        self._invoke = invoke
        self._chaos = chaos
        self._delays = retry_delays_s
        self._tasks: set[asyncio.Task[Outcome | Throttled]] = set()

    async def __call__(self, function: str, invocation: Invocation) -> Outcome | Throttled:
        """What came of it; a notice of SNS is taken at once, and tried again where it fails."""
        source = source_of(invocation.event)
        if source == "aws:sns":  # the emulator waits for the answer, and does not try again
            self._keep(self._told(function, invocation))
            return Outcome(b"null")
        return await self._delivered(function, invocation, source)

    async def stop(self) -> None:
        """Give up what is on its way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _told(self, function: str, invocation: Invocation) -> Outcome | Throttled:
        for delay_s in self._delays:
            outcome = await self._delivered(function, invocation, "aws:sns")
            if isinstance(outcome, Outcome) and not outcome.error:
                return outcome
            await asyncio.sleep(delay_s)
        return await self._delivered(function, invocation, "aws:sns")

    async def _delivered(
        self, function: str, invocation: Invocation, source: str
    ) -> Outcome | Throttled:
        what, chaos = f"{source} to {function}", self._chaos
        while chaos.strikes("throttle", what):  # its source asks again
            await asyncio.sleep(chaos.moment_s())
        if chaos.strikes("duplicate", what):
            self._keep(self._again(function, invocation))
        if chaos.strikes("reorder", what):
            invocation = await self._reordered(invocation, source)
        if chaos.strikes("kill", what):
            invocation = replace(invocation, killed_after_s=chaos.moment_s())
        return await self._invoke(function, invocation)

    async def _again(self, function: str, invocation: Invocation) -> Outcome | Throttled:
        """The same event once more, a little later; nobody hears what comes of it."""
        await asyncio.sleep(self._chaos.moment_s())
        return await self._invoke(
            function, replace(invocation, request_id=f"{invocation.request_id}-2")
        )

    async def _reordered(self, invocation: Invocation, source: str) -> Invocation:
        """A batch with its records shuffled; a single event after a while."""
        if source != "aws:sqs":
            await asyncio.sleep(self._chaos.moment_s())
            return invocation
        event = json.loads(invocation.event)
        random.Random(self._chaos.moment_s()).shuffle(event["Records"])  # noqa: S311 - dice
        return replace(invocation, event=json.dumps(event).encode())

    def _keep(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def source_of(event: bytes) -> str:
    """`aws:sqs`, `aws:s3`, `aws:sns`… of an event's first record, or "" of one without records."""
    try:
        record = json.loads(event)["Records"][0]
        source = record.get("eventSource") or record.get("EventSource")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return ""
    return source if isinstance(source, str) else ""
