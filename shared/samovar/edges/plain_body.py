"""A request's body, within a size and a time."""

import asyncio

from samovar.edges.asgi import Receive, read_bytes, said_length
from samovar.edges.messages import Request, too_large
from samovar.errors import Unavailable


async def read_within(request: Request, receive: Receive, limit: int, timeout_s: float) -> bytes:
    """The body. Raises PayloadTooLarge, Unavailable when its time is out, ClientGone.

    A client that asked first (`Expect: 100-continue`) whether to send one that is too large
    is told not to.
    """
    if "expect" in request.headers and said_length(request) > limit:
        raise too_large(limit)
    try:
        async with asyncio.timeout(timeout_s):
            return await read_bytes(receive, limit)
    except TimeoutError:  # a client that never ends its body must not hold a place for ever
        raise Unavailable("the body did not come in time; send the request again") from None
