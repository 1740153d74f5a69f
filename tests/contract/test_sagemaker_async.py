"""InvokeEndpointAsync as documented, asked of the twin's emulator through the real boto3 client.

Sources: the service model `sagemaker-runtime` 2017-05-13; SageMaker's developer guide,
"Asynchronous inference".
"""

import base64
import json
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import aws_client
from tests.twin.endpoint_host import Account, EndpointHost, eventually

pytestmark = pytest.mark.xdist_group("sagemaker")
Host = Callable[..., EndpointHost]


@pytest.fixture(scope="module")
def account(emulator_url: str) -> Account:
    return Account(emulator_url)


@pytest.fixture(scope="module")
def host(account: Account, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    started: list[EndpointHost] = []

    def start(**config: Any) -> EndpointHost:
        started.append(EndpointHost(account, tmp_path_factory.mktemp("endpoint"), **config))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture(scope="module")
def endpoint(host: Host) -> EndpointHost:
    return host()


def refused(endpoint: EndpointHost, **asked: Any) -> dict[str, Any]:
    """The service's error; boto3 itself would refuse some of it."""
    lenient = aws_client("sagemaker-runtime", endpoint.url, parameter_validation=False)
    with pytest.raises(ClientError) as caught:
        lenient.invoke_endpoint_async(**{"EndpointName": "echo"} | asked)
    return caught.value.response


def result(account: Account, placed: dict[str, Any]) -> Any:
    found = eventually(lambda: account.object(placed["OutputLocation"]))
    account.notice()
    return json.loads(found[0])


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
    result(account, placed)


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
    headers = result(account, placed)["headers"]
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
    result(account, placed)


def test_a_small_input_may_come_along(endpoint: EndpointHost, account: Account) -> None:
    asked = {"EndpointName": "echo", "Body": b'{"answer": "inline"}'}
    placed = endpoint.client.invoke_endpoint_async(**asked)
    assert eventually(lambda: account.object(placed["OutputLocation"]))[0] == b"inline"
    assert "inputLocation" not in account.notice()[1]["requestParameters"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "exactly one"),
        ({"InputLocation": "s3://b/k", "Body": b"x"}, "mutually exclusive"),
        ({"Body": b"x" * 128_001}, "128000"),
        ({"InputLocation": "ftp://b/k"}, "'inputLocation' failed to satisfy"),
        ({"InputLocation": "s3://b/" + "k" * 1024}, "'inputLocation' failed to satisfy"),
        ({"InputLocation": "s3://b/k", "RequestTTLSeconds": 59}, "greater than or equal to 60"),
        ({"InputLocation": "s3://b/k", "RequestTTLSeconds": 21601}, "less than or equal to 21600"),
        ({"InputLocation": "s3://b/k", "InvocationTimeoutSeconds": 3601}, "equal to 3600"),
        ({"InputLocation": "s3://b/k", "InvocationTimeoutSeconds": 0}, "equal to 1"),
        ({"InputLocation": "s3://b/k", "InferenceId": "x" * 65}, "'inferenceId' failed"),
        ({"InputLocation": "s3://b/k", "CustomAttributes": "x" * 1025}, "'customAttributes' fail"),
        ({"InputLocation": "s3://b/k", "Filename": "a.b.c"}, "'filename' failed to satisfy"),
        ({"InputLocation": "s3://b/k", "Filename": "x" * 33}, "'filename' failed to satisfy"),
        ({"InputLocation": "s3://b/k", "S3OutputPathExtension": "s3://x"}, "'s3OutputPathExt"),
        ({"InputLocation": "s3://b/k", "EndpointName": "nobody"}, "Endpoint nobody of account"),
        ({"InputLocation": "s3://b/k", "EndpointName": "-x"}, "'endpointName' failed to satisfy"),
    ],
)
def test_what_is_not_allowed_is_a_validation_error(
    endpoint: EndpointHost, asked: dict[str, Any], said: str
) -> None:
    answer = refused(endpoint, **asked)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert answer["Error"]["Code"] == "ValidationError"
    assert said in answer["Error"]["Message"]


def test_an_asynchronous_endpoint_takes_no_synchronous_calls(endpoint: EndpointHost) -> None:
    with pytest.raises(ClientError, match="asynchronous"):
        endpoint.client.invoke_endpoint(EndpointName="echo", Body=b"{}")


def test_a_call_that_waits_longer_than_its_ttl_expires_and_is_never_run(
    host: Host, account: Account
) -> None:
    endpoint = host(concurrent=1)
    first = endpoint.invoke(account.put({"sleep": 1.5}))
    eventually(lambda: endpoint.runtime.awake)
    late = endpoint.invoke(account.put({}), RequestTTLSeconds=60, InferenceId="late.1")
    endpoint.clock.ahead_s += 61
    topic, said = account.notice()
    assert (topic, said["inferenceId"]) == (account.topics[1], "late.1")
    assert "expired" in said["failureReason"]
    result(account, first)
    assert account.object(late["OutputLocation"]) is None


def test_a_call_that_runs_longer_than_its_time_fails(host: Host, account: Account) -> None:
    endpoint = host()
    endpoint.invoke(account.put({"sleep": 30}), InvocationTimeoutSeconds=1, InferenceId="slow.1")
    topic, said = account.notice()
    assert (topic, said["inferenceId"]) == (account.topics[1], "slow.1")
    assert "InvocationTimeoutSeconds" in said["failureReason"]


def test_an_instance_runs_so_many_calls_at_once_and_no_more(host: Host, account: Account) -> None:
    endpoint = host(concurrent=2)
    placed = [endpoint.invoke(account.put({"sleep": 0.3})) for _ in range(6)]
    together = [result(account, each)["together"] for each in placed]
    assert max(together) == 2


def test_a_repeated_inference_id_is_another_call(endpoint: EndpointHost, account: Account) -> None:
    uri = account.put({})
    placed = [endpoint.invoke(uri, InferenceId="twice.1") for _ in range(2)]
    assert placed[0]["OutputLocation"] != placed[1]["OutputLocation"]
    assert all(result(account, each)["pid"] for each in placed)


@pytest.mark.parametrize("size", [10, 131_072, 131_073])
def test_an_answer_may_come_with_its_notice_up_to_128_kb(
    host: Host, account: Account, size: int
) -> None:
    endpoint = host(include_success=True)
    endpoint.invoke(account.put({"answer": "x" * size}))
    _, said = account.notice()
    body = said.get("responseBody")
    if size > 131_072:
        assert body is None
    else:
        assert body == {
            "content": base64.b64encode(b"x" * size).decode(),
            "encoding": "BASE64",
        }


def test_the_suite_has_every_parameter_of_the_service_model(endpoint: EndpointHost) -> None:
    model = endpoint.client.meta.service_model.operation_model("InvokeEndpointAsync")
    text = Path(__file__).read_text("utf-8")
    assert [name for name in model.input_shape.members if name not in text] == []
    assert model.http["requestUri"] == "/endpoints/{EndpointName}/async-invocations"
