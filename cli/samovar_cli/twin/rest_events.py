"""HTTP requests as events of a REST API (payload format 1.0).

Source: API Gateway developer guide, "Set up Lambda proxy integrations in API Gateway".
"""

import base64
import time
from urllib.parse import parse_qsl

import orjson

from samovar_cli.twin.events import decoded_path, forwarded
from samovar_cli.twin.messages import HttpRequest


def build_rest_event(request: HttpRequest, stage: str, api_id: str, trace_id: str) -> bytes:
    """The event of a REST API's `/{proxy+}` (payload format 1.0), as JSON; its body in base64."""
    headers = forwarded(dict(request.headers), request, trace_id)
    path = decoded_path(request.path).removeprefix(f"/{stage}") or "/"
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    context = {
        "accountId": "000000000000",
        "apiId": api_id,
        "domainName": headers.get("host", ""),
        "httpMethod": request.method,
        "identity": {"sourceIp": request.source_ip, "userAgent": headers.get("user-agent", "")},
        "path": request.path,
        "protocol": request.protocol,
        "requestId": request.request_id,
        "requestTimeEpoch": int(time.time() * 1000),
        "resourcePath": "/{proxy+}",
        "stage": stage,
    }
    event = {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": request.method,
        "headers": headers,
        "queryStringParameters": query or None,
        "pathParameters": {"proxy": path.lstrip("/")},
        "stageVariables": None,
        "requestContext": context,
        "body": base64.b64encode(request.body).decode("ascii") if request.body else None,
        "isBase64Encoded": bool(request.body),
    }
    return orjson.dumps(event)
