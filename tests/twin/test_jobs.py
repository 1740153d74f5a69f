"""Jobs on the running twin: from each door through the queue, and one effect whatever happens."""

import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from samovar_cli.twin.deployment import client

from tests.twin.host import ROOT
from tests.twin.running import RunningTwin, children

pytestmark = [
    pytest.mark.twin,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("jobs"),
    pytest.mark.skipif(
        not (ROOT / ".venvs" / "ministack" / "bin" / "ministack").exists(),
        reason="make .venvs/.stamps/ministack sets up the AWS emulator",
    ),
]
TO_DO = "Prepare quarterly report"
_LIMIT_S = 60.0
_LEASE_S = 60.0


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

    def ended(self, name: str, limit_s: float = _LIMIT_S) -> dict[str, Any]:
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

    def hide_messages_for(self, seconds: int) -> None:
        """What is received and not deleted comes again after so long, not after six minutes."""
        self.aws("sqs").set_queue_attributes(
            QueueUrl=self.resources["LightQueue"], Attributes={"VisibilityTimeout": str(seconds)}
        )

    def workers(self) -> list[int]:
        """The processes of functions/job_worker."""
        mark = b"AWS_LAMBDA_FUNCTION_NAME=samovar-job_worker\0"
        return [pid for pid in descendants(self.twin.pid) if mark in environment_of(pid)]


def descendants(pid: int) -> set[int]:
    found = children(pid)
    return found.union(*(descendants(child) for child in found))


def environment_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes() + b"\0"
    except OSError:
        return b""


def eventually(holds: Callable[[], bool], limit_s: float = _LIMIT_S) -> None:
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    state = tmp_path_factory.mktemp("jobs") / "state"
    twin = RunningTwin(ROOT, state, "--no-reload", "--slots", "2")
    record = json.loads((state / "aws" / "stack.json").read_text("utf-8"))
    deployed = json.loads(record["application"])
    moved = (deployed["aws_url"], twin.aws_url)  # the emulator's port is another at each start
    names = {name: value.replace(*moved) for name, value in deployed["resources"].items()}
    yield Application(twin, names)
    twin.end()


def test_a_job_is_submitted_run_and_its_result_fetched(app: Application) -> None:
    name = app.submit(tags={"who": "a test"})
    job = app.ended(name)
    assert (job["state"], job["attempt"], job["tags"]) == ("succeeded", 1, {"who": "a test"})
    result = app.http("GET", f"/v1/jobs/{name}/result")
    assert (result["model"], result["label"]) == ("task-priority", "High")


def test_predict_is_answered_later_where_the_client_prefers_it(app: Application) -> None:
    path = "/v1/models/task-priority/predict"
    made = app.http("POST", path, {"text": TO_DO}, prefer="respond-async")
    assert app.ended(made["id"])["state"] == "succeeded"


def test_an_upload_is_answered_under_its_own_name(app: Application) -> None:
    app.put("uploads/task-priority/to do (1).txt", TO_DO.encode())
    three = ROOT / "models" / "digits" / "examples" / "three.png"
    app.put("uploads/digits/three.png", three.read_bytes())
    answers = {
        "results/task-priority/to do (1).txt.json": "High",
        "results/digits/three.png.json": "3",
    }
    for key, label in answers.items():
        eventually(lambda key=key: bool(app.keys(key)))  # type: ignore[misc]  # bound at once
        assert app.object(key)["label"] == label


@pytest.mark.parametrize(
    ("key", "body", "code"),
    [
        ("nobody/note.txt", b"x", "model_not_found"),
        ("digits/broken.png", b"no picture", "malformed_body"),
        ("digits/empty.png", b"", "invalid_input"),
    ],
)
def test_an_upload_that_cannot_be_answered_has_its_error_there(
    app: Application, key: str, body: bytes, code: str
) -> None:
    app.put(f"uploads/{key}", body)
    eventually(lambda: bool(app.keys(f"results/{key}.error.json")))
    assert app.object(f"results/{key}.error.json")["code"] == code


def test_a_form_uploads_what_a_job_then_takes(app: Application) -> None:
    form = app.http("POST", "/v1/uploads", {"content_type": "text/plain"})
    boundary = "a-boundary"
    parts = [
        f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in [*form["fields"].items(), ("file", TO_DO)]
    ]
    body = "".join([*parts, f"--{boundary}--\r\n"]).encode()
    kind = {"content-type": f"multipart/form-data; boundary={boundary}"}
    request = urllib.request.Request(form["url"], body, kind, method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status in {200, 204}
    name = app.http("POST", "/v1/jobs", {"model": "task-priority", "upload_id": form["upload_id"]})[
        "id"
    ]
    assert app.ended(name)["state"] == "succeeded"


def test_duplicate_messages_have_one_effect(app: Application) -> None:
    name = app.submit()
    for _ in range(20):
        app.send(json.dumps({"job": name}))
    assert app.ended(name)["attempt"] == 1
    eventually(lambda: app.depth() == 0)
    assert app.keys(f"results/{name}/") == [f"results/{name}/1"]


def test_messages_that_name_no_job_are_consumed_and_harm_no_other(app: Application) -> None:
    for body in ("{", "[]", '{"job": 1}', '{"job": "never-was"}'):
        app.send(body)
    name = app.submit()
    assert app.ended(name)["state"] == "succeeded"
    eventually(lambda: app.depth() == 0)
    assert app.depth("LightDeadLetters") == 0


@pytest.mark.slow
def test_a_killed_worker_s_job_still_ends_once(app: Application) -> None:
    app.hide_messages_for(10)
    app.ended(app.submit())
    rows = {"rows": [{"text": f"{TO_DO} {number}" * 20} for number in range(64)]}
    name = app.submit(model="minilm", input=rows)
    eventually(lambda: app.job(name)["state"] == "running")
    for pid in app.workers():
        os.kill(pid, signal.SIGKILL)
    job = app.ended(name, 2 * _LEASE_S)
    assert (job["state"], job["attempt"]) == ("succeeded", 2)
    eventually(lambda: app.depth() == 0)
    assert app.depth("LightDeadLetters") == 0
    assert app.keys(f"results/{name}/") == [f"results/{name}/2"]


@pytest.mark.slow
def test_what_always_fails_ends_in_the_dead_letters_and_the_job_says_why(app: Application) -> None:
    """The last test of this file: it takes the bucket away, so that no result can be written."""
    app.hide_messages_for(2)
    bucket, storage = app.resources["DataBucket"], app.aws("s3")
    for key in app.keys(""):
        storage.delete_object(Bucket=bucket, Key=key)
    storage.delete_bucket(Bucket=bucket)
    name = app.submit()
    job = app.ended(name)
    assert (job["state"], job["attempt"]) == ("failed", 5)
    assert job["error"]["code"] == "storage_unavailable"
    eventually(lambda: app.depth("LightDeadLetters") == 1)
    eventually(lambda: app.depth() == 0)
