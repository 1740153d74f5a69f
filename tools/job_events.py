"""Events of a queue, a bucket and a clock, in the shapes that Lambda hands over.

Sources: AWS Lambda developer guide, "Using Lambda with Amazon SQS" and "with Amazon S3";
Amazon EventBridge user guide, "Events from AWS services".
"""

import hashlib
import json
from typing import Any

BUCKET = "samovar-data"
_REGION = "eu-central-1"
_LIGHT = "samovar-light"
_MOMENT_MS = "1795339800000"
Events = dict[str, dict[str, Any]]


def job_worker_events() -> Events:
    """Batches of functions/job_worker; `waiting` is queued, `held` is run by another."""
    job = {"job": "waiting"}
    return {
        "run": sqs(job),
        "batch": sqs(job, {"job": "waiting-2"}),
        "duplicate": sqs(job, job),
        "forgotten": sqs({"job": "forgotten"}),
        "malformed": sqs("{", {"jobs": 1}, [], job),
        "kept": sqs({"job": "held"}, receive_count=2),
    }


def job_events_events() -> Events:
    """Batches of functions/job_events; `ended` owes its event, `waiting` is not over."""
    return {
        "tell": sqs({"job": "ended"}),
        "duplicate": sqs({"job": "ended"}, {"job": "ended"}),
        "not-over": sqs({"job": "waiting"}),
        "forgotten": sqs({"job": "forgotten"}),
        "malformed": sqs("{", {"job": ""}, {"job": "ended"}),
    }


def s3_upload_events() -> Events:
    """Notifications of the data bucket for functions/s3_upload."""
    note = uploaded("uploads/task-priority/note.txt", "0055AED6DCD90281E5")
    later = uploaded("uploads/task-priority/note.txt", "0055AED6DCD90281E6")
    return {
        "upload": {"Records": [note]},
        "duplicate": {"Records": [note, note]},
        "overwritten": {"Records": [later, note]},
        "encoded-key": {"Records": [uploaded("uploads/task-priority/to+do+%28caf%C3%A9%29.txt")]},
        "version": {"Records": [uploaded("uploads/digits/three.png", version="3HL4kqtJlcpXroDTD")]},
        "our-own-result": {"Records": [uploaded("results/task-priority/note.txt.json")]},
        "removed": {"Records": [note | {"eventName": "ObjectRemoved:Delete"}]},
        "test-event": {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": BUCKET},
        "unknown-model": {"Records": [uploaded("uploads/nobody/note.txt")]},
        "empty": {"Records": [uploaded("uploads/task-priority/empty.txt", size=0)]},
        "no-model": {"Records": [uploaded("uploads/note.txt")]},
        "malformed": {"Records": [{"eventName": "ObjectCreated:Put", "s3": None}, note]},
        **{f"rows-{name}": _rows(file) for name, file in ROWS.items()},
    }


ROWS = {
    "csv": "tasks.csv",
    "malformed": "torn.csv",
    "bad-zip": "notes.zip",
    "wrong-kind": "numbers.npy",
}
"""Files of rows: of which some are malformed, one that is no zip, one of another kind of model."""


def _rows(file: str) -> dict[str, Any]:
    return {"Records": [uploaded(f"uploads/task-priority/{file}", size=64)]}


def job_sweeper_events() -> Events:
    """What the schedule sends to functions/job_sweeper."""
    return {"sweep": schedule()}


def sqs(*bodies: Any, receive_count: int = 1, queue: str = _LIGHT) -> dict[str, Any]:
    """A batch of messages; a body that is not text is sent as JSON."""
    arn = f"arn:aws:sqs:{_REGION}::{queue}"
    told = [_message(at, body, receive_count) for at, body in enumerate(bodies, 1)]
    return {"Records": [message | {"eventSourceARN": arn} for message in told]}


def uploaded(key: str, sequencer: str = "0A1B", *, version: str = "", size: int = 24) -> Any:
    """A record of an object that was put; `key` as S3 writes it, URL-encoded."""
    told = {"key": key, "size": size, "eTag": "d41d8cd98f00b204e9800998ecf8427e"}
    told |= {"versionId": version} if version else {}
    bucket = {"name": BUCKET, "arn": f"arn:aws:s3:::{BUCKET}"}
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": _REGION,
        "eventTime": "2026-11-22T09:30:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "uploads",
            "bucket": bucket,
            "object": told | {"sequencer": sequencer},
        },
    }


def schedule() -> dict[str, Any]:
    """What a rule with a rate sends."""
    return {
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "time": "2026-11-22T09:30:00Z",
        "region": _REGION,
        "resources": ["arn:aws:events:eu-central-1::rule/samovar-sweep"],
        "detail": {},
    }


def _message(at: int, body: Any, receive_count: int) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return {
        "messageId": f"059f36b4-87a3-44ab-83d2-66197564{at:04d}",
        "receiptHandle": f"AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy{at}",
        "body": text,
        "attributes": {
            "ApproximateReceiveCount": str(receive_count),
            "SentTimestamp": _MOMENT_MS,
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": _MOMENT_MS,
        },
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": "",
        "awsRegion": _REGION,
    }
