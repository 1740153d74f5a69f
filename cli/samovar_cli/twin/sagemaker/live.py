"""A real-time endpoint: one instance that answers at once, whole or in parts as they come.

Source: the service model `sagemaker-runtime` 2017-05-13 (InvokeEndpoint,
InvokeEndpointWithResponseStream), and SageMaker's developer guide, "Invoke models for real-time
inference".
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from samovar_cli.twin.chaos import Calm, Trouble
from samovar_cli.twin.messages import Headers
from samovar_cli.twin.sagemaker import event_stream
from samovar_cli.twin.sagemaker.instance import Answering, Instance, InstanceGone
from samovar_cli.twin.sagemaker.request import PREFIX, ModelRefused, Refused

BODY_LIMIT_BYTES = 6_291_456
_END_PATIENCE_S = 3.0
_HANDED_ON = ("custom-attributes", "target-model", "inference-id")
"""Of SageMaker's own headers, those that the container sees."""
_VARIANT = ("x-amzn-invoked-production-variant", "AllTraffic")


@dataclass(frozen=True, slots=True)
class LiveLimits:
    """Seconds that SageMaker waits."""

    start_s: float = 480.0  # for /ping
    answer_s: float = 60.0  # for an answer, or its first part
    stream_s: float = 480.0  # for the last one


class LiveEndpoint:
    """An endpoint that is always there: its instance starts with the first call, on a laptop."""

    def __init__(
        self,
        name: str,
        launch: Callable[[], Instance],
        chaos: Trouble | None = None,
        limits: LiveLimits | None = None,
        part_bytes: int = 0,  # of a part at most, to be cut where nobody expects it; 0: uncut
    ) -> None:
        self.name = name
        self._launch = launch
        self._chaos = chaos or Calm()
        self._limits = limits or LiveLimits()
        self._part_bytes = part_bytes
        self._instance: Instance | None = None
        self._starting = asyncio.Lock()

    async def invoke(self, headers: Mapping[str, str], body: bytes) -> tuple[Headers, bytes]:
        """InvokeEndpoint: the answer's headers and body. Raises Refused."""
        answering = await self._asked(headers, body)
        try:
            async with aclosing(answering.pieces()) as pieces:
                whole = b"".join([piece async for piece in pieces])
        except InstanceGone:
            raise _failed(500, "the connection was closed") from None
        return [("content-type", answering.content_type), *self._told(answering)], whole

    async def stream(
        self, headers: Mapping[str, str], body: bytes
    ) -> tuple[Headers, AsyncIterator[bytes]]:
        """InvokeEndpointWithResponseStream: headers, and frames as they come. Raises Refused."""
        answering = await self._asked(headers, body)
        named: Headers = [
            ("content-type", event_stream.MEDIA_TYPE),
            ("x-amzn-sagemaker-content-type", answering.content_type),
            *self._told(answering),
        ]
        return named, self._frames(answering)

    async def stop(self) -> None:
        """End the instance."""
        if self._instance is not None:
            await self._instance.stop(_END_PATIENCE_S)

    async def reload(self) -> None:
        """Models or code have changed: the next call finds a new instance."""
        async with self._starting:
            await self.stop()
            self._instance = None

    async def _asked(self, headers: Mapping[str, str], body: bytes) -> Answering:
        """The container's answer from its head on. Raises Refused."""
        if len(body) > BODY_LIMIT_BYTES:
            raise Refused(f"Body is over {BODY_LIMIT_BYTES} bytes.", "ValidationError", 413)
        if self._chaos.strikes("throttle", f"a call to {self.name}"):
            raise Refused("Rate exceeded", "ThrottlingException", 400)
        instance = await self._there()
        try:
            async with asyncio.timeout(self._limits.answer_s):
                answering = await instance.ask(_seen(headers), body)
        except TimeoutError:
            raise _failed(0, "the container did not answer in time") from None
        except InstanceGone as gone:
            raise _failed(500, str(gone)) from None
        if not 200 <= answering.status < 300:
            async with aclosing(answering.pieces()) as pieces:
                said = b"".join([piece async for piece in pieces]).decode("utf-8", "replace")
            raise _failed(answering.status, said)
        if self._chaos.strikes("kill", f"the container under a call to {self.name}"):
            asyncio.get_running_loop().call_later(self._chaos.moment_s(), instance.kill)
        return answering

    async def _there(self) -> Instance:
        """The instance, started if there is none that runs. Raises Refused."""
        async with self._starting:
            if self._instance is not None and self._instance.is_running:
                return self._instance
            self._instance = self._launch()
            await self._instance.start()
            if not await self._instance.warm(self._limits.start_s):
                raise Refused("the instance did not start", "ServiceUnavailable", 503)
            return self._instance

    async def _frames(self, answering: Answering) -> AsyncIterator[bytes]:
        try:
            async with asyncio.timeout(self._limits.stream_s), aclosing(answering.pieces()) as all_:
                async for piece in all_:
                    for cut in self._cut(piece):
                        yield event_stream.part(cut)
        except TimeoutError:
            yield _broken("ModelInvocationTimeExceeded", "the answer did not end in time")
        except InstanceGone:
            yield _broken("StreamBroken", "the connection to the container was closed")

    def _cut(self, piece: bytes) -> list[bytes]:
        size = self._part_bytes or max(len(piece), 1)
        return [piece[at : at + size] for at in range(0, len(piece), size)]

    def _told(self, answering: Answering) -> Headers:
        said = answering.attributes
        return [_VARIANT, *([(f"{PREFIX}custom-attributes", said)] if said else [])]


def _failed(status: int, said: str) -> ModelRefused:
    kind = "client" if 400 <= status < 500 else "server"
    return ModelRefused(
        f'Received {kind} error ({status}) from primary with message "{said}". See the '
        "endpoint's log for more information.",
        {"OriginalStatusCode": status, "OriginalMessage": said, "LogStreamArn": ""},
    )


def _broken(code: str, message: str) -> bytes:
    return event_stream.failure("ModelStreamError", {"Message": message, "ErrorCode": code})


def _seen(headers: Mapping[str, str]) -> dict[str, str]:
    """What the container sees of a call's headers."""
    accept = headers.get(f"{PREFIX}accept") or headers.get("accept", "")
    own = {f"{PREFIX}{name}": headers.get(f"{PREFIX}{name}", "") for name in _HANDED_ON}
    given = {"content-type": headers.get("content-type", ""), "accept": accept, **own}
    return {name: value for name, value in given.items() if value and value != "*/*"}
