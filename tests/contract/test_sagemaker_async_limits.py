"""InvokeEndpointAsync's bounds: what is refused, what expires, and how much runs at once."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import aws_client
from tests.twin.endpoint_host import Account, EndpointHost, eventually

pytestmark = pytest.mark.xdist_group("sagemaker")
Host = Callable[..., EndpointHost]


def refused(endpoint: EndpointHost, **asked: Any) -> dict[str, Any]:
    """The service's error; boto3 itself would refuse some of it."""
    lenient = aws_client("sagemaker-runtime", endpoint.url, parameter_validation=False)
    with pytest.raises(ClientError) as caught:
        lenient.invoke_endpoint_async(**{"EndpointName": "echo"} | asked)
    return caught.value.response


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
    account.result(first)
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
    together = [account.result(each)["together"] for each in placed]
    assert max(together) == 2


def test_a_repeated_inference_id_is_another_call(endpoint: EndpointHost, account: Account) -> None:
    uri = account.put({})
    placed = [endpoint.invoke(uri, InferenceId="twice.1") for _ in range(2)]
    assert placed[0]["OutputLocation"] != placed[1]["OutputLocation"]
    assert all(account.result(each)["pid"] for each in placed)


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
