"""InvokeEndpointAsync as documented, asked of the twin's emulator through the real boto3 client.

What is not allowed, and what has limits, is in test_sagemaker_async_limits.py. Sources: the
service model `sagemaker-runtime` 2017-05-13; SageMaker's developer guide, "Asynchronous
inference".
"""

import re
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.twin.endpoint_host import Account, EndpointHost, eventually

pytestmark = pytest.mark.xdist_group("sagemaker")


def test_a_call_is_answered_with_202_and_with_where_its_answer_will_lie(
    endpoint: EndpointHost, account: Account
) -> None:
    placed = endpoint.invoke(account.put({"sleep": 0.3, "answer": "yes"}), InferenceId="one.1")
    assert placed["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert placed["InferenceId"] == "one.1"
    assert re.fullmatch(rf"s3://{account.bucket}/out/[^/]+\.out", placed["OutputLocation"])
    assert re.fullmatch(rf"s3://{account.bucket}/errors/[^/]+\.out", placed["FailureLocation"])
    assert account.object(placed["OutputLocation"]) is None  # it answers before it has run
    assert eventually(lambda: account.object(placed["OutputLocation"])) == (
        b"yes",
        "application/x-echo",
    )
    account.notice()


def test_an_inference_id_is_made_where_none_is_given(
    endpoint: EndpointHost, account: Account
) -> None:
    placed = endpoint.invoke(account.put({}))
    assert uuid.UUID(placed["InferenceId"])
    account.result(placed)


def test_a_success_is_told_to_its_topic_in_the_documented_form(
    endpoint: EndpointHost, account: Account
) -> None:
    uri = account.put({"answer": "ok"})
    placed = endpoint.invoke(uri, InferenceId="told.1", ContentType="application/json")
    topic, said = account.notice()
    assert topic == account.topics[0]
    times = (said.pop("eventTime"), said.pop("receivedTime"))
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", each) for each in times)
    assert said == {
        "awsRegion": "us-east-1",
        "invocationStatus": "Completed",
        "requestParameters": {
            "contentType": "application/json",
            "endpointName": "echo",
            "inputLocation": uri,
        },
        "responseParameters": {
            "contentType": "application/x-echo",
            "outputLocation": placed["OutputLocation"],
        },
        "inferenceId": "told.1",
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }


@pytest.mark.parametrize(("status", "kind"), [(400, "client"), (410, "client"), (503, "server")])
def test_a_containers_error_is_an_object_and_a_notice_of_failure(
    endpoint: EndpointHost, account: Account, status: int, kind: str
) -> None:
    uri = account.put({"status": status, "answer": '{"code": "why"}'})
    placed = endpoint.invoke(uri, InferenceId="bad.1")
    topic, said = account.notice()
    assert (topic, said["invocationStatus"]) == (account.topics[1], "Failed")
    assert f"Received {kind} error ({status}) from model" in said["failureReason"]
    assert said["inferenceId"] == "bad.1"
    assert "responseParameters" not in said
    found = account.object(placed["FailureLocation"])
    assert found == (b'{"code": "why"}', "application/x-echo")
    assert account.object(placed["OutputLocation"]) is None


def test_an_input_that_cannot_be_read_fails_without_reaching_the_container(
    endpoint: EndpointHost, account: Account
) -> None:
    placed = endpoint.invoke(f"s3://{account.bucket}/inputs/nowhere")
    topic, said = account.notice()
    assert topic == account.topics[1]
    assert "Unable to download" in said["failureReason"]
    assert account.object(placed["FailureLocation"]) is None  # no answer of a container


def test_the_container_gets_the_supported_headers_and_no_others(
    endpoint: EndpointHost, account: Account
) -> None:
    def own(request: Any, **_: Any) -> None:
        request.headers["X-Of-My-Own"] = "1"

    endpoint.client.meta.events.register("before-send.sagemaker-runtime", own)
    placed = endpoint.invoke(
        account.put({}),
        ContentType="application/json",
        Accept="text/plain",
        CustomAttributes="model=mood,version=1",
        InferenceId="heads.1",
    )
    headers = account.result(placed)["headers"]
    assert headers["content-type"] == "application/json"
    assert headers["accept"] == "text/plain"
    assert headers["x-amzn-sagemaker-custom-attributes"] == "model=mood,version=1"
    assert headers["x-amzn-sagemaker-inference-id"] == "heads.1"
    left = {"x-of-my-own", "authorization", "x-amzn-sagemaker-inputlocation", "x-amz-date"}
    assert not left & headers.keys()


def test_the_answer_lies_under_the_path_and_the_name_that_were_asked_for(
    endpoint: EndpointHost, account: Account
) -> None:
    placed = endpoint.invoke(
        account.put({}), S3OutputPathExtension="job/7", Filename="2.out", InferenceId="x.2"
    )
    assert placed["OutputLocation"] == f"s3://{account.bucket}/out/job/7/2.out"
    assert placed["FailureLocation"].startswith(f"s3://{account.bucket}/errors/job/7/2")
    account.result(placed)


def test_a_small_input_may_come_along(endpoint: EndpointHost, account: Account) -> None:
    asked = {"EndpointName": "echo", "Body": b'{"answer": "inline"}'}
    placed = endpoint.client.invoke_endpoint_async(**asked)
    assert eventually(lambda: account.object(placed["OutputLocation"]))[0] == b"inline"
    assert "inputLocation" not in account.notice()[1]["requestParameters"]


def test_the_suite_has_every_parameter_of_the_service_model(endpoint: EndpointHost) -> None:
    model = endpoint.client.meta.service_model.operation_model("InvokeEndpointAsync")
    suite = sorted(Path(__file__).parent.glob("test_sagemaker_async*.py"))
    text = "".join(path.read_text("utf-8") for path in suite)
    assert [name for name in model.input_shape.members if name not in text] == []
    assert model.http["requestUri"] == "/endpoints/{EndpointName}/async-invocations"
