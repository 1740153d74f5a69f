"""A request of Starlette as one of ours, with no more of its body in memory than is allowed."""

from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse

from samovar.edges.messages import Request, Response, too_large

_DRAINED = 64 * 1024 * 1024


async def read_request(http: HttpRequest, limit: int) -> Request:
    """The request with its whole body. Raises PayloadTooLarge as soon as that is known.

    What its Content-Length says is believed before anything is read. The rest of a body
    that is too large is thrown away as it comes, up to 64 MB: a server that closes a socket
    with bytes unread resets it, and the client would never see the answer. A client that
    asked first (`Expect: 100-continue`) has not sent it, and is told not to.
    """
    said = http.headers.get("content-length", "")
    size = int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0
    body, seen, fits = bytearray(), 0, size <= limit
    if not fits and "expect" in http.headers:
        raise too_large(limit)
    async for chunk in http.stream():
        seen += len(chunk)
        fits = fits and seen <= limit
        if fits:
            body += chunk
        elif seen > _DRAINED:
            break
    http.state.bytes_in = seen
    if not fits:
        raise too_large(limit)
    return to_request(http, bytes(body))


def to_request(http: HttpRequest, body: bytes = b"") -> Request:
    """The request with a body that has been read, or without one."""
    headers = {name.lower(): value for name, value in http.headers.items()}
    state = http.state
    query = http.url.query
    return Request(http.method, state.path, headers, body, state.request_id, query)


def to_http(response: Response) -> HttpResponse:
    """Our response as Starlette sends it; the bytes and headers are ours alone."""
    headers = {"content-type": response.content_type, **response.headers}
    return HttpResponse(response.body, response.status, headers)
