"""The events of jobs' functions, through their own handlers, against moto's AWS."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from samovar import wiring
from samovar.adapters.clock import SystemClock
from samovar.jobs import Job, Source, State, claim
from samovar.ports import JobPorts
from samovar.settings import read_settings

from tests.house.template_file import ROOT
from tools.job_events import BUCKET

Context = Callable[[], Any]


@pytest.fixture
def ports(environment: dict[str, str]) -> JobPorts:
    """The jobs that the events name: two that wait, and one that another attempt holds."""
    ports = wiring.job_ports(read_settings(environment))
    now_ms = SystemClock().now_ns() // 1_000_000
    for name in ("waiting", "waiting-2", "held"):
        ports.table.create(job(name, now_ms))
    ports.table.replace(claim(job("held", now_ms), now_ms, 60_000))
    return ports


def job(name: str, now_ms: int) -> Job:
    source = Source("text/plain", b"Prepare quarterly report")
    return Job(name, "task-priority", "", source, now_ms, changed_ms=now_ms)


def event(name: str) -> Any:
    return json.loads((ROOT / "events" / f"{name}.json").read_text())


def state(ports: JobPorts, name: str) -> State:
    found = ports.table.get(name)
    assert found is not None
    return found.state


def objects() -> dict[str, bytes]:
    """What lies in the bucket by now."""
    s3 = boto3.client("s3")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
    return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}


def waiting(url: str) -> int:
    said = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return int(said["Attributes"]["ApproximateNumberOfMessages"])


@pytest.mark.parametrize(
    ("name", "succeeded"),
    [
        ("run", ["waiting"]),
        ("batch", ["waiting", "waiting-2"]),
        ("duplicate", ["waiting"]),
        ("malformed", ["waiting"]),
        ("forgotten", []),
    ],
)
def test_messages_are_run_and_consumed(
    name: str, succeeded: list[str], ports: JobPorts, environment: dict[str, str], context: Context
) -> None:
    worker = wiring.worker_handler(environment)
    assert worker(event(f"job_worker/{name}"), context()) == {"batchItemFailures": []}
    for each in ("waiting", "waiting-2"):
        wanted = State.SUCCEEDED if each in succeeded else State.QUEUED
        assert state(ports, each) is wanted
    assert set(objects()) == {f"results/{each}/1" for each in succeeded}


def test_a_message_whose_job_another_holds_comes_again(
    ports: JobPorts, environment: dict[str, str], context: Context
) -> None:
    held = event("job_worker/kept")
    answer = wiring.worker_handler(environment)(held, context())
    kept = [{"itemIdentifier": record["messageId"]} for record in held["Records"]]
    assert answer == {"batchItemFailures": kept}


@pytest.mark.parametrize(
    ("name", "jobs"),
    [
        ("upload", 1),
        ("version", 1),
        ("encoded-key", 1),
        ("duplicate", 1),
        ("overwritten", 2),
        ("malformed", 1),
        ("our-own-result", 0),
        ("removed", 0),
        ("test-event", 0),
    ],
)
def test_each_version_of_an_upload_is_one_job(
    name: str, jobs: int, environment: dict[str, str], context: Context
) -> None:
    made = wiring.upload_handler(environment)(event(f"s3_upload/{name}"), context())["jobs"]
    assert len(set(made)) == jobs
    assert waiting(environment["SAMOVAR_JOBS_QUEUE_URL"]) == len(made)
    assert objects() == {}


@pytest.mark.parametrize(
    ("name", "key", "code"),
    [
        ("unknown-model", "results/nobody/note.txt.error.json", "model_not_found"),
        ("empty", "results/task-priority/empty.txt.error.json", "invalid_input"),
        ("no-model", "results/note.txt.error.json", "invalid_input"),
    ],
)
def test_an_upload_that_cannot_be_a_job_is_answered_with_its_error(
    name: str, key: str, code: str, environment: dict[str, str], context: Context
) -> None:
    made = wiring.upload_handler(environment)(event(f"s3_upload/{name}"), context())
    assert made == {"jobs": []}
    assert {each: json.loads(body)["code"] for each, body in objects().items()} == {key: code}


def test_the_sweeper_sends_nothing_again_that_is_on_its_way(
    ports: JobPorts, environment: dict[str, str], context: Context
) -> None:
    sweeper = wiring.sweeper_handler(environment)
    assert sweeper(event("job_sweeper/sweep"), context()) == {"touched": 0}
    assert waiting(environment["SAMOVAR_JOBS_QUEUE_URL"]) == 0
