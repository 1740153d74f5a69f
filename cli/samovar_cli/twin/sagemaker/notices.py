"""What SageMaker publishes to SNS of a call that has ended.

Source: SageMaker's developer guide, "Check prediction results".
"""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from samovar_cli.twin.sagemaker.config import EndpointConfig
from samovar_cli.twin.sagemaker.request import AsyncCall

INCLUDED_LIMIT_BYTES = 128 * 1024


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call has ended: with the container's answer, or without one."""

    call: AsyncCall
    status: int = 0  # of the container's answer; 0: there was none
    body: bytes = b""
    content_type: str = ""
    reason: str = ""  # of a failure

    @property
    def ok(self) -> bool:
        """Whether the answer is a result."""
        return not self.reason


def answered(call: AsyncCall, status: int, body: bytes, content_type: str) -> Ending:
    """The end that a container's answer makes."""
    reason = ""
    if not 200 <= status < 300:
        kind = "client" if 400 <= status < 500 else "server"
        reason = (
            f"ClientError: Received {kind} error ({status}) from model. See the SageMaker Endpoint "
            "logs in your account for more information."
        )
    return Ending(call, status, body, content_type, reason)


def notice(config: EndpointConfig, ending: Ending, now_s: float) -> tuple[str, str]:
    """The topic's ARN ("" for none) and the message."""
    call, ok = ending.call, ending.ok
    document: dict[str, Any] = {
        "awsRegion": config.region,
        "eventTime": _time(now_s),
        "receivedTime": _time(call.received_s),
        "invocationStatus": "Completed" if ok else "Failed",
        **({} if ok else {"failureReason": ending.reason}),
        "requestParameters": {
            **({"contentType": call.content_type} if call.content_type else {}),
            "endpointName": config.name,
            **({"inputLocation": call.input_uri} if call.input_uri else {}),
        },
        **(_response(ending) if ok else {}),
        "inferenceId": call.id,
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }
    if (config.include_success if ok else config.include_error) and ending.status:
        document |= _included(ending.body)
    topic = config.success_topic if ok else config.error_topic
    return topic, json.dumps(document)


def _response(ending: Ending) -> dict[str, Any]:
    said = {"contentType": ending.content_type, "outputLocation": ending.call.output_uri}
    return {"responseParameters": said}


def _included(body: bytes) -> dict[str, Any]:
    if len(body) > INCLUDED_LIMIT_BYTES:
        return {}
    content = base64.b64encode(body).decode("ascii")
    return {"responseBody": {"content": content, "encoding": "BASE64"}}


def _time(moment_s: float) -> str:
    moment = datetime.fromtimestamp(moment_s, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
