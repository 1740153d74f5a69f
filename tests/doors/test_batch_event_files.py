"""The events of files of rows, through the real handlers, against moto's AWS."""

import json
import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from samovar import wiring
from samovar.jobs import Job
from samovar.ports import JobPorts
from samovar.settings import read_settings

from tests.doors.test_job_event_files import event, objects
from tools.job_events import BUCKET, ROWS

Context = Callable[[], Any]
BESIDE = "results/task-priority/"
BODIES = {
    "csv": b'text,id\nPrepare quarterly report,a\n"Water the plants, twice",b\n',
    "malformed": b'text\nPrepare quarterly report\n"never closed\nWater the plants,3\nCall mum\n',
    "bad-zip": b"PK\x03\x04 and then nothing of the kind",
    "wrong-kind": b"\x93NUMPY",
}


def arrive(name: str, environment: dict[str, str], context: Context) -> list[str]:
    """The jobs that an upload becomes."""
    boto3.client("s3").put_object(
        Bucket=BUCKET, Key=f"uploads/task-priority/{ROWS[name]}", Body=BODIES[name]
    )
    door = wiring.upload_handler(environment)
    found: list[str] = door(event(f"s3_upload/rows-{name}"), context())["jobs"]
    return found


def run(job_id: str, environment: dict[str, str], context: Context) -> Job:
    """The worker, called with what the queue has, until the batch is over."""
    worker, url = wiring.worker_handler(environment), environment["SAMOVAR_JOBS_QUEUE_URL"]
    ports: JobPorts = wiring.job_ports(read_settings(environment))
    queue, until = boto3.client("sqs"), time.monotonic() + 30
    while time.monotonic() < until:
        found = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        records = [
            {"messageId": m["MessageId"], "receiptHandle": m["ReceiptHandle"], "body": m["Body"]}
            for m in found
        ]
        assert worker({"Records": records}, context()) == {"batchItemFailures": []}
        for message in found:
            queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        job = ports.table.get(job_id)
        assert job is not None
        if job.state.final:
            return job
    raise AssertionError(f"never over: {job}")


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in objects()[f"{BESIDE}{name}"].splitlines()]


def test_a_csv_that_is_uploaded_is_answered_row_by_row(
    environment: dict[str, str], context: Context
) -> None:
    (job_id,) = arrive("csv", environment, context)
    job = run(job_id, environment, context)
    assert job.output_uri == f"s3://{BUCKET}/{BESIDE}tasks.csv.output.jsonl"
    answers = lines("tasks.csv.output.jsonl")
    assert [(line["row"], line["id"]) for line in answers] == [(1, "a"), (2, "b")]
    assert answers[0]["response"]["label"] == "High"
    summary = json.loads(objects()[f"{BESIDE}tasks.csv.json"])
    assert (summary["rows"], summary["failed"], summary["errors_uri"]) == (2, 0, None)


def test_malformed_rows_fail_alone(environment: dict[str, str], context: Context) -> None:
    (job_id,) = arrive("malformed", environment, context)
    run(job_id, environment, context)
    assert [line["row"] for line in lines("torn.csv.output.jsonl")] == [1, 4]
    errors = [(line["row"], line["error"]["code"]) for line in lines("torn.csv.errors.jsonl")]
    assert errors == [(2, "malformed_body"), (3, "malformed_body")]


def test_a_zip_that_is_none_fails_as_a_whole(environment: dict[str, str], context: Context) -> None:
    (job_id,) = arrive("bad-zip", environment, context)
    job = run(job_id, environment, context)
    assert job.failure is not None
    assert job.failure.code == "malformed_body"
    assert json.loads(objects()[f"{BESIDE}notes.zip.error.json"])["code"] == "malformed_body"


@pytest.mark.parametrize("name", ["wrong-kind"])
def test_rows_of_another_kind_are_no_job(
    name: str, environment: dict[str, str], context: Context
) -> None:
    assert arrive(name, environment, context) == []
    error = json.loads(objects()[f"{BESIDE}{ROWS[name]}.error.json"])
    assert error["code"] == "unsupported_media_type"
