"""Lambda's Invoke API, called through boto3 as any program would."""

import base64
import json
import time
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.twin.host import Host, together


@pytest.fixture(scope="module")
def functions(host: Host) -> Any:
    create: Any = boto3.client
    return create(
        "lambda",
        endpoint_url=host.lambda_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.mark.parametrize(
    "name", ["Probe", "app-Probe", "arn:aws:lambda:us-east-1:000000000000:function:app-Probe"]
)
def test_a_function_answers_to_each_of_its_names(functions: Any, name: str) -> None:
    answer = functions.invoke(FunctionName=name, Payload=b'{"do": "echo"}')
    assert answer["StatusCode"] == 200
    assert json.load(answer["Payload"]) == {"do": "echo"}
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in answer
    assert "LogResult" not in answer


def test_an_error_of_the_function_is_marked(functions: Any) -> None:
    answer = functions.invoke(FunctionName="Probe", Payload=b'{"do": "raise", "message": "no"}')
    assert answer["FunctionError"] == "Unhandled"
    assert json.load(answer["Payload"])["errorMessage"] == "no"


def test_the_logs_tail_comes_when_it_is_asked_for(functions: Any) -> None:
    event = b'{"do": "print", "text": "mine"}'
    answer = functions.invoke(FunctionName="Probe", Payload=event, LogType="Tail")
    assert "\nmine\n" in base64.b64decode(answer["LogResult"]).decode()


def test_a_dry_run_invokes_nothing(functions: Any, host: Host) -> None:
    answer = functions.invoke(
        FunctionName="Probe", InvocationType="DryRun", Payload=b'{"do": "no"}'
    )
    assert answer["StatusCode"] == 204


def test_an_asynchronous_event_is_taken_at_once_and_run(functions: Any, host: Host) -> None:
    event = b'{"do": "print", "text": "ran later"}'
    answer = functions.invoke(FunctionName="Probe", InvocationType="Event", Payload=event)
    assert answer["StatusCode"] == 202
    _until(lambda: "ran later" in host.log("Probe"))


def test_an_asynchronous_event_that_fails_is_tried_twice_more(functions: Any, host: Host) -> None:
    event = b'{"do": "raise", "message": "thrice"}'
    functions.invoke(FunctionName="Plain", InvocationType="Event", Payload=event)
    _until(lambda: host.log("Plain").count("ValueError: thrice") == 3)


def test_the_client_context_reaches_the_function(functions: Any) -> None:
    context = base64.b64encode(b'{"custom": {"a": "b"}}').decode()
    answer = functions.invoke(
        FunctionName="Probe", Payload=b'{"do": "context"}', ClientContext=context
    )
    assert json.load(answer["Payload"])["client"] == {"a": "b"}


def test_no_payload_is_an_empty_event(functions: Any) -> None:
    answer = functions.invoke(FunctionName="Probe")
    assert json.load(answer["Payload"])["errorType"] == "KeyError"


def _refusal(functions: Any, **arguments: Any) -> Any:
    with pytest.raises(ClientError) as refused:
        functions.invoke(**arguments)
    return refused.value.response


def test_an_unknown_function_is_told_with_those_that_there_are(functions: Any) -> None:
    error = _refusal(functions, FunctionName="Nobody")["Error"]
    assert error["Code"] == "ResourceNotFoundException"
    assert "Probe" in error["Message"]


def test_a_payload_that_is_no_json_is_refused(functions: Any) -> None:
    error = _refusal(functions, FunctionName="Probe", Payload=b"{")["Error"]
    assert error["Code"] == "InvalidRequestContentException"


@pytest.mark.parametrize(
    ("kind", "limit"), [("RequestResponse", 6 * 1024 * 1024), ("Event", 1024 * 1024)]
)
def test_a_payload_over_its_limit_is_refused(functions: Any, kind: str, limit: int) -> None:
    payload = b'"%s"' % (b"x" * limit)
    arguments = {"FunctionName": "Probe", "Payload": payload, "InvocationType": kind}
    assert _refusal(functions, **arguments)["Error"]["Code"] == "RequestTooLargeException"


def test_beyond_the_reserved_concurrency_a_call_is_throttled(functions: Any) -> None:
    def call() -> str:
        event = b'{"do": "sleep", "seconds": 0.5}'
        try:
            functions.invoke(FunctionName="Reserved", Payload=event)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""

    assert sorted(together([call] * 2)) == ["", "TooManyRequestsException"]


def _until(condition: Any) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
