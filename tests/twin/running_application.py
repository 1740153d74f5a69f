"""The whole application on the running twin, and what its operator sees of it, for tests."""

import json
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samovar_cli.twin.deployment import client

from tests.twin.host import ROOT
from tests.twin.running import RunningTwin, children

TO_DO = "Prepare quarterly report"
MINISTACK = ROOT / ".venvs" / "ministack" / "bin" / "ministack"
_POLL_S = 2  # of the twin's pollers
LIMIT_S = 60.0


@dataclass(frozen=True)
class Application:
    """The whole application, running, and what its operator sees of it."""

    twin: RunningTwin
    resources: dict[str, str]

    def aws(self, service: str) -> Any:
        return client(service, self.twin.aws_url)

    def http(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The JSON of an answer."""
        data = json.dumps(body).encode() if body is not None else None
        names = {"content-type": "application/json"} | headers
        request = urllib.request.Request(f"{self.twin.url}{path}", data, names, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())

    def submit(self, **more: Any) -> str:
        job = {"model": "task-priority", "input": {"text": TO_DO}} | more
        name: str = self.http("POST", "/v1/jobs", job)["id"]
        return name

    def job(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.http("GET", f"/v1/jobs/{name}")
        return found

    def ended(self, name: str, limit_s: float = LIMIT_S) -> dict[str, Any]:
        """The job when nothing moves it any more."""
        final = {"succeeded", "failed", "cancelled", "expired"}
        eventually(lambda: self.job(name)["state"] in final, limit_s)
        return self.job(name)

    def put(self, key: str, body: bytes) -> None:
        self.aws("s3").put_object(Bucket=self.resources["DataBucket"], Key=key, Body=body)

    def keys(self, prefix: str) -> list[str]:
        bucket = self.resources["DataBucket"]
        found = self.aws("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
        return [entry["Key"] for entry in found.get("Contents", [])]

    def object(self, key: str) -> Any:
        found = self.aws("s3").get_object(Bucket=self.resources["DataBucket"], Key=key)
        return json.loads(found["Body"].read())

    def send(self, body: str, queue: str = "LightQueue") -> None:
        self.aws("sqs").send_message(QueueUrl=self.resources[queue], MessageBody=body)

    def depth(self, queue: str = "LightQueue") -> int:
        """Messages that wait or are in a worker's hands."""
        said = self.aws("sqs").get_queue_attributes(
            QueueUrl=self.resources[queue], AttributeNames=["All"]
        )["Attributes"]
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return sum(int(said[name]) for name in names)

    def hide_messages_for(self, seconds: int, queue: str = "LightQueue") -> None:
        """What is received and not deleted comes again after so long, not after six minutes."""
        self.aws("sqs").set_queue_attributes(
            QueueUrl=self.resources[queue], Attributes={"VisibilityTimeout": str(seconds)}
        )
        # A long poll that has begun hides what it receives for as long as it was told then.
        time.sleep(_POLL_S + 0.5)

    def processes(self, function: str = "job_worker") -> list[int]:
        """The processes of a function."""
        mark = f"AWS_LAMBDA_FUNCTION_NAME=samovar-{function}\0".encode()
        return [pid for pid in descendants(self.twin.pid) if mark in environment_of(pid)]


def descendants(pid: int) -> set[int]:
    found = children(pid)
    return found.union(*(descendants(child) for child in found))


def environment_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes() + b"\0"
    except OSError:
        return b""


def eventually(holds: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.1)


def start(state: Path, *options: str, folder: Path = ROOT) -> Application:
    """The application, running, its state in a folder."""
    twin = RunningTwin(folder, state, "--no-reload", "--slots", "2", *options)
    record = json.loads((state / "aws" / "stack.json").read_text("utf-8"))
    deployed = json.loads(record["application"])
    moved = (deployed["aws_url"], twin.aws_url)  # the emulator's port is another at each start
    names = {name: value.replace(*moved) for name, value in deployed["resources"].items()}
    return Application(twin, names)
