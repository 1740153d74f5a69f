"""API Gateway's proxy events, payload formats 2.0 and 1.0, as requests and responses."""

import binascii
from collections.abc import Mapping
from typing import Any

from samovar.edges.messages import Request, Response, is_binary, request_id
from samovar.errors import InvalidInput, MalformedBody

Event = Mapping[str, Any]


def read_event(event: Event, own_id: str) -> Request:
    """The request in an event of either format. Raises InvalidInput, MalformedBody."""
    context = event.get("requestContext") if isinstance(event, dict) else None
    if not isinstance(context, dict):
        raise InvalidInput("not an API Gateway event: it has no requestContext")
    second = event.get("version") == "2.0"
    method = _table(context, "http").get("method") if second else event.get("httpMethod")
    headers = {str(k).lower(): str(v) for k, v in _table(event, "headers").items()}
    return Request(
        method=str(method or "").upper(),
        path=read_path(event),
        headers=headers,
        body=_body(event),
        request_id=request_id(headers, str(context.get("requestId") or own_id)),
    )


def read_path(event: Event) -> str:
    """The path as the API's author wrote it.

    A named stage stands before it in events of an HTTP API, which say their format's
    version; those of a REST API do not, and there a stage may be named `v2` as a path is.
    """
    path = str(event.get("rawPath") or event.get("path") or "/")
    stage = event["requestContext"].get("stage")
    if not stage or stage == "$default" or "version" not in event:
        return path
    return path[len(str(stage)) + 1 :] if path.startswith(f"/{stage}/") else path


def _table(event: Event, key: str) -> Event:
    found = event.get(key)
    return found if isinstance(found, dict) else {}


def _body(event: Event) -> bytes:
    body = event.get("body") or ""
    if not isinstance(body, str):
        raise MalformedBody("the event's body is not a string")
    if not event.get("isBase64Encoded"):
        return body.encode("utf-8", "surrogatepass")
    try:
        return binascii.a2b_base64(body, strict_mode=True)
    except ValueError:
        raise MalformedBody("the event's body is not base64, though it says so") from None


def write_event(response: Response, own_id: str) -> dict[str, Any]:
    """The response as API Gateway takes it: text as it is, all else in base64."""
    binary = is_binary(response)
    body = binascii.b2a_base64(response.body, newline=False) if binary else response.body
    return {
        "statusCode": response.status,
        "headers": {
            "content-type": response.content_type,
            **response.headers,
            "x-request-id": own_id,
        },
        "body": body.decode(),
        "isBase64Encoded": binary,
    }


def unescaped(part: str) -> str:
    """A part of a path as its client meant it. Escapes are rare, and who reads them is slow."""
    if "%" not in part:
        return part
    from urllib.parse import unquote

    return unquote(part)
