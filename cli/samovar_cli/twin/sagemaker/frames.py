"""A response in frames sent as they come, and not made for a caller that has hung up."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from samovar_cli.twin.gateway import Receive, Send
from samovar_cli.twin.messages import Headers


async def send_frames(
    send: Send, receive: Receive, headers: Headers, frames: AsyncIterator[bytes]
) -> None:
    """Send them until the last one is there, or the caller has gone."""
    named = [("x-amzn-requestid", str(uuid.uuid4())), *headers]
    wire = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in named]
    await send({"type": "http.response.start", "status": 200, "headers": wire})
    sending = asyncio.ensure_future(_send(send, frames))
    gone = asyncio.ensure_future(_gone(receive))
    both: list[asyncio.Future[Any]] = [sending, gone]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in both:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await sending


async def _send(send: Send, frames: AsyncIterator[bytes]) -> None:
    async for frame in frames:
        await send({"type": "http.response.body", "body": frame, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
