"""Events of the heavy lane: its queue's, and what SageMaker publishes of its calls.

Sources: Amazon SageMaker developer guide, "Check prediction results"; AWS Lambda developer
guide, "Using Lambda with Amazon SNS"; Amazon SNS developer guide, "Fanout to Amazon SQS queues".
"""

import base64
import json
from typing import Any

from tools.job_events import BUCKET, sqs

_REGION = "eu-central-1"
_HEAVY = "samovar-heavy"
_MOMENT = "2026-11-22T09:30:00.000Z"
_SERVER_ERROR = (
    "ClientError: Received server error (500) from model. See the SageMaker Endpoint logs in your "
    "account for more information."
)
Events = dict[str, dict[str, Any]]


def gpu_dispatch_events() -> Events:
    """Batches of functions/gpu_dispatch; `waiting` is queued, `running` is on the endpoint."""
    job = {"job": "waiting"}
    return {
        "call": _heavy(job),
        "batch": _heavy(job, {"job": "urgent"}),
        "duplicate": _heavy(job, job),
        "called": _heavy({"job": "running"}),
        "again": _heavy({"job": "running"}, receive_count=2),
        "late": _heavy({"job": "late"}),
        "cancelled": _heavy({"job": "cancelled"}),
        "forgotten": _heavy({"job": "forgotten"}),
        "malformed": _heavy("{", {"jobs": 1}, [], job),
    }


def gpu_result_events() -> Events:
    """Notices for functions/gpu_result; `running` is on the endpoint, in its first attempt."""
    done = completed("running.1")
    return {
        "completed": sns(done),
        "duplicate": sns(done, done),
        "included": sns(completed("running.1") | included(b'{"text": "tea"}')),
        "failed": sns(failed("running.1")),
        "refused": sns(failed("running.1") | included(_said("invalid_input"))),
        "late": sns(failed("late.1") | included(_said("deadline_exceeded"))),
        "left": sns(
            failed("running.1") | {"failureLocation": _place("endpoint-errors", "refusal")}
        ),
        "queued": sns(completed("queued.1")),
        "stale": sns(completed("running.7")),
        "cancelled": sns(completed("cancelled.1")),
        "forgotten": sns(completed("forgotten.1")),
        "outside": sns(completed("running.1", "s3://elsewhere/results/endpoint/running/1.out")),
        "stranger": sns(completed("2f4dcf85-01b8-418c-8c93-2b30fcdd1ab8")),
        "malformed": sns("{", [], {}, {"invocationStatus": "Running"}, done),
        "envelope": sqs(_envelope(json.dumps(done)), queue="samovar-notices"),
        "raw": sqs(done, queue="samovar-notices"),
    }


def completed(call: str, uri: str = "") -> dict[str, Any]:
    """What SageMaker says of a call that was answered."""
    job, _, attempt = call.partition(".")
    place = uri or _place("endpoint", f"{job}/{attempt}")
    response = {"contentType": "application/json", "outputLocation": place}
    return _message(call, "Completed") | {"responseParameters": response}


def failed(call: str, reason: str = _SERVER_ERROR) -> dict[str, Any]:
    """What SageMaker says of a call that was not."""
    return _message(call, "Failed") | {"failureReason": reason}


def included(body: bytes) -> dict[str, Any]:
    """The part of a notice that holds what the container answered."""
    content = base64.b64encode(body).decode()
    return {"responseBody": {"content": content, "encoding": "BASE64"}}


def sns(*messages: Any) -> dict[str, Any]:
    """What SNS hands to Lambda; a message that is not text is sent as JSON."""
    return {"Records": [_record(at, message) for at, message in enumerate(messages, 1)]}


def _heavy(*bodies: Any, receive_count: int = 1) -> dict[str, Any]:
    return sqs(*bodies, receive_count=receive_count, queue=_HEAVY)


def _message(call: str, status: str) -> dict[str, Any]:
    job = call.partition(".")[0]
    request = {
        "contentType": "text/plain",
        "endpointName": "samovar-gpu",
        "inputLocation": f"s3://{BUCKET}/inputs/{job}",
    }
    return {
        "awsRegion": _REGION,
        "eventTime": _MOMENT,
        "receivedTime": "2026-11-22T09:29:58.712Z",
        "invocationStatus": status,
        "requestParameters": request,
        "inferenceId": call,
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }


def _record(at: int, message: Any) -> dict[str, Any]:
    topic = f"arn:aws:sns:{_REGION}::samovar-calls"
    text = message if isinstance(message, str) else json.dumps(message)
    return {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": f"{topic}:1710c1a3-6cdd-45c6-8524-a0e269b9{at:04d}",
        "Sns": _envelope(text, at) | {"Subject": None, "MessageAttributes": {}},
    }


def _envelope(text: str, at: int = 1) -> dict[str, Any]:
    return {
        "Type": "Notification",
        "MessageId": f"c9cafd57-db5c-5f85-9c8f-a1b1e8b5{at:04d}",
        "TopicArn": f"arn:aws:sns:{_REGION}::samovar-calls",
        "Message": text,
        "Timestamp": _MOMENT,
        "SignatureVersion": "1",
        "Signature": "EXAMPLE",
        "SigningCertURL": "EXAMPLE",
        "UnsubscribeURL": "EXAMPLE",
    }


def _place(folder: str, name: str) -> str:
    return f"s3://{BUCKET}/results/{folder}/{name}.out"


def _said(code: str) -> bytes:
    return json.dumps({"error": "what the container said", "code": code}).encode()
