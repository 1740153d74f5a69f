"""Real-time endpoints of the twin, called by boto3: at once, in parts, and in trouble."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EventStreamError
from samovar_cli.twin.sagemaker.live import BODY_LIMIT_BYTES, LiveLimits

from tests.twin.live_host import NAME, LiveHost

pytestmark = pytest.mark.slow
Start = Callable[..., LiveHost]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts emulators: `start(part_bytes=…)`."""
    running: list[LiveHost] = []

    def begin(**options: Any) -> LiveHost:
        running.append(LiveHost(tmp_path, **options))
        return running[-1]

    yield begin
    for host in running:
        host.stop()


def asked(body: Any, **more: Any) -> dict[str, Any]:
    said = body if isinstance(body, bytes) else json.dumps(body).encode()
    return {"EndpointName": NAME, "ContentType": "application/json", "Body": said, **more}


def parts(host: LiveHost, body: Any, **more: Any) -> list[bytes]:
    answer = host.client.invoke_endpoint_with_response_stream(**asked(body, **more))
    return [event["PayloadPart"]["Bytes"] for event in answer["Body"]]


def test_parts_come_as_the_container_sends_them(start: Start, tmp_path: Path) -> None:
    pieces, gates = ["one ", "two ", "thr\u00e9e"], tmp_path / "gates"
    gates.mkdir()
    gates.joinpath("0").touch()
    answer = start().client.invoke_endpoint_with_response_stream(
        **asked({"pieces": pieces, "gates": str(gates)}, Accept="text/event-stream")
    )
    assert answer["ContentType"] == "text/event-stream"
    assert answer["CustomAttributes"] == "a=1"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    came = []
    for number, event in enumerate(answer["Body"], 1):  # none is sent before the last is here
        came.append(event["PayloadPart"]["Bytes"].decode())
        gates.joinpath(str(number)).touch()
    assert came == pieces


def test_parts_may_be_cut_anywhere(start: Start) -> None:
    found = parts(start(part_bytes=3), {"pieces": ["a line\n", "and a\n"]})
    assert max(map(len, found)) == 3
    assert b"".join(found) == b"a line\nand a\n"


def test_what_the_container_sees_is_what_sagemaker_hands_on(start: Start) -> None:
    named = {"CustomAttributes": "model=m", "InferenceId": "i-1", "Accept": "text/event-stream"}
    (said,) = parts(start(), {}, **named)
    seen = json.loads(said)
    assert seen["x-amzn-sagemaker-custom-attributes"] == "model=m"
    assert seen["x-amzn-sagemaker-inference-id"] == "i-1"
    assert seen["accept"] == "text/event-stream"
    assert "authorization" not in seen


def test_a_call_at_once_has_the_whole_answer(start: Start) -> None:
    answer = start().client.invoke_endpoint(**asked({"pieces": ["a", "b"]}))
    assert answer["Body"].read() == b"ab"
    assert answer["ContentType"] == "text/event-stream"


@pytest.mark.parametrize("operation", ["invoke_endpoint", "invoke_endpoint_with_response_stream"])
def test_what_the_container_refuses_is_a_model_error(start: Start, operation: str) -> None:
    with pytest.raises(ClientError) as raised:
        getattr(start().client, operation)(**asked({"status": 413}))
    said = raised.value.response
    assert said["Error"]["Code"] == "ModelError"
    assert said["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert (said["OriginalStatusCode"], said["OriginalMessage"]) == (413, '{"error": "no"}')


def broken(host: LiveHost, body: Any) -> tuple[list[bytes], dict[str, Any]]:
    """What came before a stream broke, and what it broke with."""
    answer = host.client.invoke_endpoint_with_response_stream(**asked(body))
    found: list[bytes] = []
    try:
        found.extend(event["PayloadPart"]["Bytes"] for event in answer["Body"])
    except EventStreamError as error:
        return found, error.response
    finally:
        answer["Body"].close()
    raise AssertionError("it was never broken")


def test_a_container_that_hangs_up_breaks_the_stream(start: Start) -> None:
    found, error = broken(start(), {"pieces": ["one"], "break": True})
    assert found == [b"one"]
    assert error["Error"]["Code"] == "ModelStreamError"
    assert "was closed" in error["Error"]["Message"]  # boto3 keeps no ErrorCode


def test_a_stream_over_its_time_is_broken_off(start: Start) -> None:
    host = start(limits=LiveLimits(stream_s=0.3))
    found, error = broken(host, {"pieces": ["x"], "pause": 0.05, "endless": True})
    assert len(found) > 1
    assert "in time" in error["Error"]["Message"]


def test_an_instance_that_dies_breaks_its_streams_and_the_next_call_finds_another(
    start: Start,
) -> None:
    host = start()
    body = {"pieces": ["x"], "pause": 0.02, "endless": True}
    answer = host.client.invoke_endpoint_with_response_stream(**asked(body))
    events = iter(answer["Body"])
    next(events)
    host.instances[0].kill()
    assert not host.instances[0].is_running, "nobody is sent to it any more"
    with pytest.raises(EventStreamError, match="was closed"):
        list(events)
    answer["Body"].close()
    assert parts(host, {"pieces": ["again"]}) == [b"again"]
    assert len(host.instances) == 2


def test_a_caller_that_hangs_up_ends_the_containers_work(start: Start) -> None:
    host = start()
    body = {"pieces": ["x" * 1000], "pause": 0.01, "endless": True}
    answer = host.client.invoke_endpoint_with_response_stream(**asked(body))
    next(iter(answer["Body"]))
    answer["Body"].close()
    end_s = time.monotonic() + 10
    while not host.told.exists():
        assert time.monotonic() < end_s, "the container was never told"
        time.sleep(0.02)


def test_what_sagemaker_itself_refuses(start: Start) -> None:
    host = start()
    for body, code in ((b"x" * (BODY_LIMIT_BYTES + 1), 413),):
        with pytest.raises(ClientError) as raised:
            host.client.invoke_endpoint(**asked(body))
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == code
    with pytest.raises(ClientError, match="real-time"):
        host.client.invoke_endpoint_async(EndpointName=NAME, InputLocation="s3://a/b")
    with pytest.raises(ClientError, match="not found"):
        host.client.invoke_endpoint(EndpointName="none", Body=b"{}")
    assert host.instances == []
