"""The heavy lane's endpoint: SageMaker's asynchronous inference.

A call is put on SageMaker's own queue and answered with 202; what became of it is told by
SNS and lies in S3. There is no way to look at a call, or to take it back.
Source: Amazon SageMaker API reference, "InvokeEndpointAsync".
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from samovar.adapters.aws_errors import aws_errors
from samovar.errors import EndpointUnavailable, InvalidInput, StorageUnavailable
from samovar.heavy_calls import file_name, read_call_id
from samovar.jobs import EndpointCall, Placed

if TYPE_CHECKING:
    from botocore.client import BaseClient

_OPERATION = "InvokeEndpointAsync"
_PLACE = {
    "S3OutputPathExtension": "X-Amzn-SageMaker-S3OutputPathExtension",
    "Filename": "X-Amzn-SageMaker-Filename",
}
"""Where the answer is to lie: parameters that a client of before 2026 has not heard of, and
the headers that stand for them."""
_ID_HEADER = "X-Amzn-SageMaker-Inference-Id"
_MAX_ID = 64
_MAX_TEXT = 1024


class SageMakerEndpoint:
    """One endpoint. An older client is taught to say where the answer is to lie."""

    def __init__(self, client: "BaseClient", endpoint: str) -> None:
        self._client: Any = client
        self._endpoint = endpoint
        known = client.meta.service_model.operation_model(_OPERATION).input_shape
        self._taught = set(_PLACE) - set(known.members if known else ())
        if self._taught:
            event = f"before-call.sagemaker-runtime.{_OPERATION}"
            client.meta.events.register(event, self._add_headers)

    def invoke(self, call: EndpointCall) -> Placed:
        """Take the call. Raises EndpointUnavailable (throttled, down, away), InvalidInput.

        What SageMaker itself refuses is the deployment's fault, such as an endpoint that is
        not there yet, and passes when it is mended.
        """
        said = _arguments(call)
        for name in self._taught:
            del said[name]
        try:
            with aws_errors(f"the endpoint {self._endpoint}"):
                answer = self._client.invoke_endpoint_async(EndpointName=self._endpoint, **said)
        except StorageUnavailable as error:
            raise EndpointUnavailable(error.message) from None
        return Placed(answer["OutputLocation"], answer.get("FailureLocation", ""))

    def _add_headers(self, params: dict[str, Any], **_: Any) -> None:
        place = _place(params["headers"][_ID_HEADER])
        params["headers"].update({_PLACE[name]: place[name] for name in self._taught})


def _arguments(call: EndpointCall) -> dict[str, Any]:
    """What is said of a call. Raises InvalidInput where SageMaker would refuse it for ever."""
    attributes = _attributes(call)
    said: dict[str, Any] = {
        "InputLocation": call.input_uri,
        "InferenceId": call.id,
        "CustomAttributes": attributes,
        "RequestTTLSeconds": call.ttl_s,
        "InvocationTimeoutSeconds": call.timeout_s,
        **_place(call.id),
        **({"ContentType": call.content_type} if call.content_type else {}),
    }
    _check("the job's id", call.id, _MAX_ID)
    _check("the input's URI", call.input_uri, _MAX_TEXT)
    _check("the content type", call.content_type, _MAX_TEXT)
    _check("the model's name and version", attributes, _MAX_TEXT)
    return said


def _place(name: str) -> dict[str, str]:
    """Where a call's answer is to lie under the endpoint's own path. Raises InvalidInput."""
    job_id, attempt = read_call_id(name)
    return {"S3OutputPathExtension": job_id, "Filename": file_name(attempt)}


def _attributes(call: EndpointCall) -> str:
    """What the container is told beside the body, as `edges/invocations` reads it."""
    said: Mapping[str, Any] = {
        "model": call.model,
        "version": call.version,
        "deadline_ms": call.deadline_ms,
    }
    return ",".join(f"{name}={value}" for name, value in said.items() if value)


def _check(what: str, text: str, most: int) -> None:
    if len(text) > most or not text.isascii() or not text.isprintable():
        raise InvalidInput(f"{what} must have {most} printable ASCII characters at most")
