"""A response whose body is sent as it is made, and is not made for nobody."""

import asyncio
from collections.abc import Callable
from typing import Any

from samovar.edges.asgi import ClientGone, Receive, Send, start
from samovar.edges.messages import Response
from samovar.edges.observe import Exchange
from samovar.edges.text_threads import TextThreads, client_gone, forget

_CLIENT_GONE = 499  # nginx's status for it; nobody is there to read it


async def send_pieces(
    wire: tuple[Receive, Send],
    response: Response,
    seen: Exchange,
    threads: TextThreads,
    failed: Callable[[Exception, Exchange], Response],
) -> None:
    """Send the pieces, each made in a thread. One that cannot be made is told, as the last."""
    receive, send = wire
    seen.status = response.status
    try:
        seen.bytes_out = await write_pieces(send, receive, response, seen.request_id, threads)
    except ClientGone:
        seen.status = _CLIENT_GONE
    except Exception as error:  # noqa: BLE001 - the last line of defence of a door
        last = b"data: " + failed(error, seen).body + b"\n\n"
        await send({"type": "http.response.body", "body": last})


async def write_pieces(
    send: Send, receive: Receive, response: Response, own_id: str, threads: TextThreads
) -> int:
    """Send a response's pieces as they are made, each in a thread; how many bytes they had.

    Raises ClientGone as soon as the client has hung up; what made the pieces has ended then.
    """
    assert response.pieces is not None  # noqa: S101 - callers have looked
    loop, pieces, count = asyncio.get_running_loop(), response.pieces, 0
    await start(send, response, own_id)
    gone = asyncio.ensure_future(client_gone(receive))
    made: asyncio.Future[Any] | None = None
    try:
        while True:
            made = threads.next_piece(pieces, gone)
            both: list[asyncio.Future[Any]] = [made, gone]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                raise ClientGone
            piece = made.result()
            await send({"type": "http.response.body", "body": piece, "more_body": bool(piece)})
            count += len(piece)
            if not piece:
                return count
    finally:
        gone.cancel()
        if made is not None:
            await asyncio.wait([made])  # it ends with its next step: nobody waits for it
            forget(made)
        await loop.run_in_executor(threads.pool, pieces.close)
