"""HTTP requests as API Gateway events (payload format 2.0), and answers back.

Source: API Gateway developer guide, "Working with AWS Lambda proxy integrations for HTTP APIs".
"""

import base64
import json
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from samovar_cli.twin.messages import HOP_BY_HOP, Headers, HttpAnswer, HttpRequest
from samovar_cli.twin.routing import Match

_TEXT = frozenset({"application/json", "application/xml", "application/javascript"})
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*")
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


def is_text(content_type: str) -> bool:
    """Whether API Gateway hands a body of this type on as text; base64 is for all others."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type.startswith("text/") or media_type in _TEXT


def build_event(request: HttpRequest, match: Match, api_id: str, trace_id: str) -> bytes:
    """The event that the route's function gets, as JSON."""
    headers, cookies = _joined(request.headers)
    headers = forwarded(headers, request, trace_id)
    host = headers.get("host", "")
    path = decoded_path(request.path)
    now = time.time()
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": match.route.key,
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": api_id,
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": request.protocol,
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request.request_id,
            "routeKey": match.route.key,
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
    }
    event |= _optional(request, match, cookies)
    return orjson.dumps(event | _body(request.body, headers.get("content-type", "")))


def read_answer(payload: bytes) -> HttpAnswer | None:
    """The function's result as HTTP; None where API Gateway answers 500."""
    try:
        result = json.loads(payload)
        if not isinstance(result, dict) or "statusCode" not in result:
            return _bare(result)
        return _proxied(result)
    except (ValueError, TypeError):
        return None


def decoded_path(path: str) -> str:
    """`rawPath`: every escape decoded but %25, so that a decoded path stays one."""
    return _ESCAPES.sub(_decode, path)


def _decode(found: "re.Match[str]") -> str:
    parts = re.split("%25", found[0])
    return "%25".join(
        bytes.fromhex(part.replace("%", "")).decode("utf-8", "replace") for part in parts
    )


def _joined(headers: Headers) -> tuple[dict[str, str], list[str]]:
    """Headers by lower-case name, doubles joined by commas, and the cookies apart."""
    joined: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in headers:
        if name == "cookie":
            cookies += [cookie.strip() for cookie in value.split(";") if cookie.strip()]
        elif name not in HOP_BY_HOP:
            joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined, cookies


def forwarded(headers: Mapping[str, str], request: HttpRequest, trace_id: str) -> dict[str, str]:
    """The headers that API Gateway hands on, its own among them."""
    port = headers.get("host", "").rpartition(":")[2]
    seen = headers.get("x-forwarded-for")
    return {
        **headers,
        "content-length": str(len(request.body)),
        "x-amzn-trace-id": headers.get("x-amzn-trace-id") or trace_id.partition(";")[0],
        "x-forwarded-for": f"{seen}, {request.source_ip}" if seen else request.source_ip,
        "x-forwarded-port": port if port.isdigit() else "80",
        "x-forwarded-proto": "http",
    }


def _optional(request: HttpRequest, match: Match, cookies: list[str]) -> dict[str, Any]:
    """The fields that an event lacks rather than have them empty."""
    query: dict[str, str] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    fields = {
        "cookies": cookies,
        "queryStringParameters": query,
        "pathParameters": match.path_parameters,
    }
    return {name: value for name, value in fields.items() if value}


def _body(body: bytes, content_type: str) -> dict[str, Any]:
    if not body:
        return {"isBase64Encoded": False}
    if is_text(content_type):
        return {"body": body.decode("utf-8", "replace"), "isBase64Encoded": False}
    return {"body": base64.b64encode(body).decode("ascii"), "isBase64Encoded": True}


def _bare(result: Any) -> HttpAnswer:
    """A result that is no proxy answer is the body itself, as JSON with status 200."""
    body = result.encode() if isinstance(result, str) else json.dumps(result).encode()
    return HttpAnswer(200, [("content-type", "application/json")], body)


def _proxied(result: Mapping[str, Any]) -> HttpAnswer:
    status = int(result["statusCode"])
    if not 200 <= status <= 599:
        raise ValueError(status)
    body = result.get("body") or ""
    text = body if isinstance(body, str) else json.dumps(body)
    encoded = result.get("isBase64Encoded")
    data = base64.b64decode(text, validate=True) if encoded else text.encode()
    headers = _own_headers(dict(result.get("headers") or {}))
    if not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain; charset=utf-8"))
    return HttpAnswer(status, [*headers, *_cookies(result.get("cookies") or ())], data)


def _own_headers(headers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The headers that a function may set, in lower case."""
    own = [(name.lower(), _text(value)) for name, value in headers.items()]
    if any(not _HEADER.fullmatch(f"{name}:{value}") for name, value in own):
        raise ValueError("a header that HTTP does not allow")
    return [(name, value) for name, value in own if name not in HOP_BY_HOP | {"content-length"}]


def _cookies(cookies: Iterable[str]) -> list[tuple[str, str]]:
    return [("set-cookie", cookie) for cookie in cookies]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
