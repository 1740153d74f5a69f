"""The emulator of an asynchronous endpoint for tests: in a thread, with a clock to move."""

import asyncio
import json
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from samovar_cli.twin.chaos import Trouble
from samovar_cli.twin.deployment import client
from samovar_cli.twin.family import Family
from samovar_cli.twin.sagemaker.cloud import Cloud
from samovar_cli.twin.sagemaker.config import EndpointConfig, Scaling
from samovar_cli.twin.sagemaker.instance import Image, Instance
from samovar_cli.twin.sagemaker.request import AsyncCall
from samovar_cli.twin.sagemaker.runtime import Runtime
from samovar_cli.twin.sagemaker.server import SageMakerRuntime
from samovar_cli.twin.servers import Servers, listen, url_of

_Result = TypeVar("_Result")
ECHO = Path(__file__).parents[1] / "data" / "twin" / "echo_container.py"
LIMIT_S = 20.0


class Clock:
    """The time of day, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self.ahead_s


class Account:
    """A bucket, topics and a queue that hears them, at the AWS emulator."""

    def __init__(self, aws_url: str) -> None:
        self.url = aws_url
        self.s3, self.sns, self.sqs = (client(name, aws_url) for name in ("s3", "sns", "sqs"))
        self.bucket = f"data-{uuid.uuid4().hex}"
        self.s3.create_bucket(Bucket=self.bucket)
        self.queue = self.sqs.create_queue(QueueName=self.bucket)["QueueUrl"]
        self.topics = [self._topic(kind) for kind in ("success", "error")]
        self._heard: list[tuple[str, dict[str, Any]]] = []

    def _topic(self, kind: str) -> str:
        arn: str = self.sns.create_topic(Name=f"{kind}-{self.bucket}")["TopicArn"]
        asked = {"QueueUrl": self.queue, "AttributeNames": ["QueueArn"]}
        queue = self.sqs.get_queue_attributes(**asked)["Attributes"]["QueueArn"]
        self.sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)
        return arn

    def put(self, body: Any) -> str:
        """An input's URI."""
        key = f"inputs/{uuid.uuid4()}"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=json.dumps(body).encode())
        return f"s3://{self.bucket}/{key}"

    def object(self, uri: str) -> tuple[bytes, str] | None:
        """Body and content type; None where there is no such object."""
        _, _, bucket, key = uri.split("/", 3)
        try:
            found = self.s3.get_object(Bucket=bucket, Key=key)
        except self.s3.exceptions.NoSuchKey:
            return None
        return found["Body"].read(), found["ContentType"]

    def result(self, placed: dict[str, Any]) -> Any:
        """The JSON of a call's answer, once it lies there and was told of."""
        found = eventually(lambda: self.object(placed["OutputLocation"]))
        self.notice()
        return json.loads(found[0])

    def notice(self) -> tuple[str, dict[str, Any]]:
        """The next notice: its topic and its message."""
        eventually(lambda: self._heard or self._listen())
        return self._heard.pop(0)

    def _listen(self) -> bool:
        said = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        for message in said.get("Messages", []):
            envelope = json.loads(message["Body"])
            self._heard.append((envelope["TopicArn"], json.loads(envelope["Message"])))
            handle = message["ReceiptHandle"]
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=handle)
        return bool(self._heard)


class EndpointHost:
    """One endpoint, `echo`, at `url`, whose container is tests/data/twin/echo_container.py."""

    def __init__(
        self,
        cloud: Account,
        folder: Path,
        *,
        scaling: Scaling | None = None,
        chaos: Trouble | None = None,
        command: tuple[str, ...] = (sys.executable, str(ECHO)),
        calls: Sequence[AsyncCall] = (),
        **config: Any,
    ) -> None:
        self.clock = Clock()
        self.config = EndpointConfig(
            "echo",
            f"s3://{cloud.bucket}/out",
            f"s3://{cloud.bucket}/errors",
            *cloud.topics,
            scaling=scaling or Scaling(wake_s=0, idle_s=3600),
            **config,
        )
        self._family = Family()
        environment = {"PATH": os.environ["PATH"]}
        image = Image(folder, environment, folder / "log", folder, self._family.group, command)
        self.instances: list[Instance] = []

        def launch() -> Instance:
            self.instances.append(Instance(image))
            return self.instances[-1]

        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.runtime = Runtime(self.config, Cloud(cloud.url), launch, chaos, self.clock)
        self.runtime.accept(calls)
        listening = listen(0)
        self.url = url_of(listening)
        self._servers = Servers()
        app = SageMakerRuntime({"echo": self.runtime}, chaos)
        self._run(self._start(app, listening))
        self.client = client("sagemaker-runtime", self.url)

    def invoke(self, uri: str, **more: Any) -> dict[str, Any]:
        """A call with an input at a URI."""
        asked = {"EndpointName": "echo", "InputLocation": uri} | more
        answer: dict[str, Any] = self.client.invoke_endpoint_async(**asked)
        return answer

    def stop(self) -> list[AsyncCall]:
        """End it all; the calls that are left."""
        if not self._thread.is_alive():
            return []
        self._run(self._servers.stop())
        left = self._run(self.runtime.stop())
        self._family.end()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        return left

    async def _start(self, app: SageMakerRuntime, listening: Any) -> None:
        self.runtime.start()
        await self._servers.start(app, listening)

    def _run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)


def eventually(look: Callable[[], _Result], limit_s: float = LIMIT_S) -> _Result:
    """What `look` finds as soon as it finds something."""
    deadline = time.monotonic() + limit_s
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)
    return found
