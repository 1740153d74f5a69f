"""`sagemaker-runtime` over HTTP, as SDKs send it: calls for later, at once, and in parts.

Source: the service model `sagemaker-runtime` 2017-05-13.
"""

import json
import re
import uuid
from collections.abc import Mapping
from urllib.parse import unquote

from samovar_cli.twin.chaos import Calm, Trouble
from samovar_cli.twin.gateway import Receive, Scope, Send
from samovar_cli.twin.messages import Headers, HttpAnswer
from samovar_cli.twin.sagemaker.frames import send_frames
from samovar_cli.twin.sagemaker.live import BODY_LIMIT_BYTES, LiveEndpoint
from samovar_cli.twin.sagemaker.request import INLINE_LIMIT_BYTES, ModelRefused, Refused
from samovar_cli.twin.sagemaker.runtime import Runtime

_PATH = re.compile(
    r"/endpoints/([^/]+)/(async-invocations|invocations|invocations-response-stream)"
)
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")
_IN_PARTS = "invocations-response-stream"
_PATIENCE_BYTES = 16 * 1024 * 1024


class SageMakerRuntime:
    """An ASGI application with the endpoints of one account: asynchronous ones, and real-time."""

    def __init__(
        self,
        endpoints: Mapping[str, Runtime],
        chaos: Trouble | None = None,
        live: Mapping[str, LiveEndpoint] | None = None,
    ) -> None:
        self._endpoints = endpoints
        self._chaos = chaos or Calm()
        self._live = live or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call."""
        if scope["type"] != "http":
            return
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        found = _PATH.fullmatch(scope["path"])
        live = self._live.get(unquote(found[1])) if found else None
        body = await _read(receive, BODY_LIMIT_BYTES if live else INLINE_LIMIT_BYTES)
        try:
            if live is not None and found is not None and found[2] == _IN_PARTS:
                named, frames = await live.stream(headers, body)
                await send_frames(send, receive, named, frames)
                return
            if live is not None and found is not None and scope["method"] == "POST":
                answer = await _now(live, found[2], headers, body)
            else:
                answer = self._answer(scope["method"], scope["path"], headers, body)
        except Refused as refusal:
            answer = _error(refusal)
        named = [("x-amzn-requestid", str(uuid.uuid4())), *answer.headers]
        wire = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in named]
        wire.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": wire})
        await send({"type": "http.response.body", "body": answer.body})

    def _answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> HttpAnswer:
        found = _PATH.fullmatch(path)
        if found is None or method != "POST":
            message = "the twin's SageMaker has InvokeEndpoint, its streams and InvokeEndpointAsync"
            raise Refused(message, "UnknownOperationException", 404)
        endpoint = self._endpoint(unquote(found[1]))
        if found[2] != "async-invocations":
            name = endpoint.config.name
            raise Refused(f"Endpoint {name} is asynchronous: it takes InvokeEndpointAsync only.")
        if self._chaos.strikes("throttle", f"a call to {endpoint.config.name}"):
            raise Refused("Rate exceeded", "ThrottlingException", 400)
        call = endpoint.invoke(dict(headers), body)
        said: Headers = [
            ("content-type", "application/json"),
            ("x-amzn-sagemaker-outputlocation", call.output_uri),
            ("x-amzn-sagemaker-failurelocation", call.failure_uri),
        ]
        return HttpAnswer(202, said, json.dumps({"InferenceId": call.id}).encode())

    def _endpoint(self, name: str) -> Runtime:
        if len(name) > 63 or not _NAME.fullmatch(name):
            raise Refused(
                f"1 validation error detected: Value '{name[:128]}' at 'endpointName' failed to "
                "satisfy constraint: Member must satisfy regular expression pattern: "
                "^[a-zA-Z0-9](-*[a-zA-Z0-9])*"
            )
        if name not in self._endpoints:
            raise Refused(f"Endpoint {name} of account 000000000000 not found.")
        return self._endpoints[name]


async def _now(
    live: LiveEndpoint, operation: str, headers: Mapping[str, str], body: bytes
) -> HttpAnswer:
    if operation != "invocations":
        raise Refused(f"Endpoint {live.name} is real-time: it takes no InvokeEndpointAsync.")
    named, said = await live.invoke(headers, body)
    return HttpAnswer(200, named, said)


def _error(refusal: Refused) -> HttpAnswer:
    headers: Headers = [("content-type", "application/json"), ("x-amzn-errortype", refusal.code)]
    more = refusal.more if isinstance(refusal, ModelRefused) else {}
    body = {"Message": refusal.message, **more}
    return HttpAnswer(refusal.status, headers, json.dumps(body).encode())


async def _read(receive: Receive, limit: int) -> bytes:
    """The body, or enough of one that is too long to say so."""
    chunks, size, more = bytearray(), 0, True
    while more and size <= _PATIENCE_BYTES:
        message = await receive()
        chunk, more = message.get("body", b""), message.get("more_body", False)
        size += len(chunk)
        if len(chunks) <= limit:
            chunks += chunk
    return bytes(chunks)
