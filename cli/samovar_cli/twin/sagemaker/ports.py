"""What an endpoint's runtime needs of the world."""

from typing import Protocol

from samovar_cli.twin.sagemaker.instance import Reply
from samovar_cli.twin.sagemaker.request import AsyncCall


class Machine(Protocol):
    """What a runtime needs of an instance; `instance.Instance` is the real one."""

    async def start(self) -> None: ...

    async def warm(self, limit_s: float) -> bool: ...

    async def invoke(self, call: AsyncCall, body: bytes) -> Reply: ...

    async def gone(self) -> None: ...

    def kill(self) -> None: ...

    async def stop(self, patience_s: float = ...) -> None: ...


class Store(Protocol):
    """What a runtime needs of S3 and SNS; each call blocks."""

    def read(self, uri: str) -> bytes: ...

    def write(self, uri: str, body: bytes, content_type: str) -> bool: ...

    def publish(self, topic: str, message: str) -> None: ...
