"""HTTP requests and answers as values."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A client's request, whole; the path and the query string as they came."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    source_ip: str = "127.0.0.1"
    protocol: str = "HTTP/1.1"
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex[:15] + "=")

    @property
    def origin(self) -> str:
        """The page that asks; empty where none says so."""
        return next((value for name, value in self.headers if name == "origin"), "")


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What the client gets."""

    status: int
    headers: Headers
    body: bytes
