"""Events as API Gateway sends them to a function, in payload formats 2.0 and 1.0."""

import base64
import json
from collections.abc import Mapping
from typing import Any

API = "a1b2c3d4e5"
HOST = f"{API}.execute-api.eu-central-1.amazonaws.com"
AGENT = "curl/8.5.0"
CALLER = "203.0.113.7"  # an address that is kept for documentation

Body = str | bytes | Mapping[str, Any]


def http(
    route: str, path: str, body: Body = "", headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """An event of API Gateway's HTTP API, payload format 2.0, as a stage without auth sends it."""
    method, raw_path = path.split(" ")
    text, is_base64 = _carried(body)
    return {
        "version": "2.0",
        "routeKey": route,
        "rawPath": raw_path,
        "rawQueryString": "",
        "headers": _headers(headers or {}, len(_bytes(body))),
        "requestContext": {
            "accountId": "anonymous",
            "apiId": API,
            "domainName": HOST,
            "domainPrefix": API,
            "http": {
                "method": method,
                "path": raw_path,
                "protocol": "HTTP/1.1",
                "sourceIp": CALLER,
                "userAgent": AGENT,
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": route,
            "stage": "$default",
            "time": "22/Nov/2026:09:30:00 +0000",
            "timeEpoch": 1795339800000,
        },
        **({"pathParameters": _parameters(route, raw_path)} if "{" in route else {}),
        **({"body": text} if text else {}),
        "isBase64Encoded": is_base64,
    }


def rest(path: str, body: Body, headers: Mapping[str, str]) -> dict[str, Any]:
    """An event of API Gateway's REST API, payload format 1.0."""
    method, raw_path = path.split(" ")
    text, is_base64 = _carried(body)
    sent = _headers(headers, len(_bytes(body)))
    return {
        "resource": "/{proxy+}",
        "path": raw_path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"proxy": raw_path.removeprefix("/")},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/{proxy+}",
            "httpMethod": method,
            "path": f"/prod{raw_path}",
            "stage": "prod",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "requestTimeEpoch": 1795339800000,
            "identity": {"sourceIp": CALLER, "userAgent": AGENT},
            "apiId": API,
        },
        "body": text,
        "isBase64Encoded": is_base64,
    }


def _bytes(body: Body) -> bytes:
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def _carried(body: Body) -> tuple[str, bool]:
    raw = _bytes(body)
    if isinstance(body, bytes):
        return base64.b64encode(raw).decode(), True
    return raw.decode(), False


def _headers(own: Mapping[str, str], length: int) -> dict[str, str]:
    return {
        "accept": "*/*",
        "content-length": str(length),
        "host": HOST,
        "user-agent": AGENT,
        "x-amzn-trace-id": "Root=1-6b02a5d8-0f2c1d3e4a5b6c7d8e9f0a1b",
        "x-forwarded-for": CALLER,
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
        **own,
    }


def _parameters(route: str, path: str) -> dict[str, str]:
    names, parts = route.split(" ")[1].split("/"), path.split("/")
    pairs = zip(names, parts, strict=True)
    return {name.strip("{}"): part for name, part in pairs if name.startswith("{")}
