"""The heavy lane's adapter against the twin's emulator: what one asks, the other understands."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from samovar.adapters.sagemaker import SageMakerEndpoint
from samovar.errors import EndpointUnavailable
from samovar.jobs import EndpointCall
from samovar_cli.twin.chaos import Chaos, Knobs

from tests.twin.endpoint_host import Account, EndpointHost

pytestmark = pytest.mark.xdist_group("sagemaker")
CALL = EndpointCall("a-job.2", "mood", "1", "", "text/plain", 60, 30, 1_900_000_000_000)


def test_a_call_is_run_as_it_was_asked_for(endpoint: EndpointHost, account: Account) -> None:
    adapter = SageMakerEndpoint(endpoint.client, "echo")
    placed = adapter.invoke(replace(CALL, input_uri=account.put({})))
    assert placed.output_uri == f"s3://{account.bucket}/out/a-job/2.out"
    headers = account.result({"OutputLocation": placed.output_uri})["headers"]
    assert headers["content-type"] == "text/plain"
    assert headers["x-amzn-sagemaker-inference-id"] == "a-job.2"
    attributes = headers["x-amzn-sagemaker-custom-attributes"]
    assert attributes == "model=mood,version=1,deadline_ms=1900000000000"


def test_the_failures_place_is_the_one_that_was_told(
    endpoint: EndpointHost, account: Account
) -> None:
    adapter = SageMakerEndpoint(endpoint.client, "echo")
    uri = account.put({"status": 400, "answer": "{}"})
    placed = adapter.invoke(replace(CALL, id="bad.1", input_uri=uri))
    assert account.notice()[1]["inferenceId"] == "bad.1"
    assert account.object(placed.failure_uri) == (b"{}", "application/x-echo")


def test_an_endpoint_that_is_not_there_or_throttles_is_unavailable(
    endpoint: EndpointHost, host: Callable[..., EndpointHost], tmp_path: Path
) -> None:
    throttled = host(chaos=Chaos(Knobs({"throttle": 1.0}), tmp_path / "chaos.log"))
    call = replace(CALL, input_uri="s3://b/k")
    for adapter in (
        SageMakerEndpoint(endpoint.client, "nobody"),
        SageMakerEndpoint(throttled.client, "echo"),
    ):
        with pytest.raises(EndpointUnavailable):
            adapter.invoke(call)
