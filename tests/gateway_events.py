"""What API Gateway hands a function, for any request; and what it makes of the answer."""

import base64
from collections.abc import Mapping
from typing import Any


def http_event(
    method: str,
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    request_id: str = "JKJaXmPLvHcESHA=",
    stage: str = "$default",
) -> dict[str, Any]:
    """An event in payload format 2.0 (HTTP API), its body in base64 as for any binary type."""
    at = path if stage == "$default" else f"/{stage}{path}"
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": at,
        "rawQueryString": "",
        "headers": {"host": "api.example", **(headers or {})},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-id",
            "domainName": "api.example",
            "http": {
                "method": method,
                "path": at,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "test",
            },
            "requestId": request_id,
            "stage": stage,
            "timeEpoch": 1583348638390,
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def rest_event(
    method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """An event in payload format 1.0 (REST API)."""
    sent = {"Host": "api.example", **(headers or {})}
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": None,
        "requestContext": {
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "stage": "prod",
            "identity": {"sourceIp": "192.0.2.1"},
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def answer_body(answer: Mapping[str, Any]) -> bytes:
    """The body that the client gets."""
    body: str = answer.get("body", "")
    return base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
