"""Requests to an API that is closed: signed as IAM asks (SigV4), or with a bearer token."""

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import httpx

TOKEN_VARIABLE = "SAMOVAR_TOKEN"  # noqa: S105 - the name of a variable, not what is in it
_SERVICE = "execute-api"
_HOST = re.compile(r"[a-z0-9]+\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?")
_SIGNED = ("content-type", "host")  # others a proxy may change on the way


def auth_for(url: str) -> "httpx.Auth | None":
    """What a request to a URL carries: $SAMOVAR_TOKEN where it is set, else a signature where the
    host is an API Gateway's own and there are AWS credentials; None elsewhere.
    """
    if token := os.environ.get(TOKEN_VARIABLE):
        return bearer(token)
    found = _HOST.fullmatch(urlsplit(url).hostname or "")
    if found is None:
        return None
    import boto3

    credentials = boto3.Session().get_credentials()
    return signed(credentials, found[1]) if credentials else None


def signed(credentials: Any, region: str) -> "httpx.Auth":
    """Signs each request for API Gateway with botocore's credentials, fresh ones each time."""
    import httpx
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    class Signed(httpx.Auth):
        requires_request_body = True

        def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]  # a generator that is sent nothing
            kept = {key: request.headers[key] for key in _SIGNED if key in request.headers}
            asked = AWSRequest(request.method, str(request.url), headers=kept, data=request.content)
            SigV4Auth(credentials.get_frozen_credentials(), _SERVICE, region).add_auth(asked)
            request.headers.update(dict(asked.headers.items()))
            yield request

    return Signed()


def bearer(token: str) -> "httpx.Auth":
    """Sends a token with each request."""
    import httpx

    class Bearer(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]  # a generator that is sent nothing
            request.headers["authorization"] = f"Bearer {token.strip()}"
            yield request

    return Bearer()
