"""An instance of an endpoint: the container's own process, and what SageMaker does with it."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samovar_cli.twin.emulator import HOST, free_port
from samovar_cli.twin.sagemaker.request import PREFIX, AsyncCall

_PING_EVERY_S = 0.1
_KILL_AFTER_S = 30.0
_COMMAND = (sys.executable, "-c", "from samovar_cli.main import main; main()", "container")


class InstanceGone(Exception):
    """The process has ended, or closed its connection, before it answered."""


@dataclass(frozen=True, slots=True)
class Image:
    """What an instance is started from."""

    models: Path
    environment: Mapping[str, str]
    log: Path
    folder: Path
    group: int = 0  # the process group that it joins; 0: one of its own
    command: tuple[str, ...] = _COMMAND  # takes --port and --models


@dataclass(frozen=True, slots=True)
class Reply:
    """The container's answer."""

    status: int
    body: bytes
    content_type: str


class Answering:
    """A container's answer from its head on; its body comes as it is made."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer
        self.status: int = answer.status_code
        self.content_type: str = answer.headers.get("content-type", "")
        self.attributes: str = answer.headers.get(f"{PREFIX}custom-attributes", "")

    async def pieces(self) -> AsyncGenerator[bytes]:
        """The body; left early, the connection is closed. Raises InstanceGone."""
        import httpx

        try:
            async for piece in self._answer.aiter_raw():
                yield piece
        except httpx.TransportError as error:
            raise InstanceGone(str(error)) from None
        finally:
            await self._answer.aclose()


class Instance:
    """One container. It is not there before `start`."""

    def __init__(self, image: Image) -> None:
        self._image = image
        self._port = 0
        self._process: asyncio.subprocess.Process | None = None
        self._killed = False
        self._client: Any = None

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid if self._process else 0

    async def start(self) -> None:
        """Start the process. Raises OSError where that cannot be."""
        import httpx  # a fifth of a second, for those who have a heavy job

        image, self._port = self._image, free_port()
        image.log.parent.mkdir(parents=True, exist_ok=True)
        with image.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(*image.command, "--port", str(self._port), "--models", str(image.models)),
                cwd=image.folder,
                env=dict(image.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=image.group,
            )
        self._client = httpx.AsyncClient(base_url=f"http://{HOST}:{self._port}", timeout=None)  # noqa: S113 - a call's own time ends it

    async def warm(self, limit_s: float) -> bool:
        """Wait until /ping is 200; False where the process ends, or the time, before."""
        end_s = time.monotonic() + limit_s
        while time.monotonic() < end_s and self._running():
            if await self._ping() == 200:
                return True
            await asyncio.sleep(_PING_EVERY_S)
        return False

    async def invoke(self, call: AsyncCall, body: bytes) -> Reply:
        """The container's answer to a call. Raises InstanceGone."""
        import httpx

        try:
            answer = await self._client.post("/invocations", content=body, headers=_headers(call))
        except httpx.TransportError as error:
            raise InstanceGone(str(error)) from None
        content_type = answer.headers.get("content-type", "")
        return Reply(answer.status_code, answer.content, content_type)

    async def ask(self, headers: Mapping[str, str], body: bytes) -> Answering:
        """The container's answer to a call, as soon as its head is there. Raises InstanceGone."""
        import httpx

        asked = self._client.build_request("POST", "/invocations", content=body, headers=headers)
        try:
            return Answering(await self._client.send(asked, stream=True))
        except httpx.TransportError as error:
            raise InstanceGone(str(error)) from None

    @property
    def is_running(self) -> bool:
        """Whether its process is there."""
        return self._running()

    async def gone(self) -> None:
        """Return when the process has ended."""
        if self._process is not None:
            await self._process.wait()

    def kill(self) -> None:
        """SIGKILL. From now on it counts as gone: asyncio hears of the end some time later."""
        if self._running():
            self._process_there().kill()
            self._killed = True

    async def stop(self, patience_s: float = _KILL_AFTER_S) -> None:
        """SIGTERM, and SIGKILL for one that does not end."""
        with contextlib.suppress(ProcessLookupError):
            if self._running():
                self._process_there().send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(patience_s):
                await self.gone()
        except TimeoutError:
            self.kill()
            await self.gone()
        if self._client is not None:
            await self._client.aclose()

    def _running(self) -> bool:
        there = self._process is not None and self._process.returncode is None
        return there and not self._killed

    def _process_there(self) -> asyncio.subprocess.Process:
        assert self._process is not None  # noqa: S101 - asked for only while it runs
        return self._process

    async def _ping(self) -> int:
        import httpx

        try:
            status: int = (await self._client.get("/ping", timeout=2)).status_code
        except httpx.TransportError:
            return 0
        return status


def _headers(call: AsyncCall) -> dict[str, str]:
    """What SageMaker hands on of a call; it strips everything else."""
    given = {
        "content-type": call.content_type,
        "accept": call.accept,
        f"{PREFIX}custom-attributes": call.attributes,
        f"{PREFIX}inference-id": call.id,
    }
    return {name: value for name, value in given.items() if value}
