"""What every Endpoint promises, and what SageMaker's client says over the wire."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from samovar.adapters.memory_endpoint import MemoryEndpoint
from samovar.adapters.memory_jobs import MemoryBlobs
from samovar.adapters.sagemaker import SageMakerEndpoint
from samovar.errors import EndpointUnavailable, InvalidInput
from samovar.jobs import EndpointCall, Placed
from samovar.ports import Endpoint

from tests.contract.sagemaker_wire import DATA, SageMakerWire

CALL = EndpointCall(
    id="tea.1",
    model="whisper",
    version="1",
    input_uri="s3://samovar-data/inputs/tea",
    content_type="audio/wav",
    ttl_s=3600,
    timeout_s=900,
    deadline_ms=1_795_339_800_000,
)


@pytest.fixture
def wire() -> Iterator[SageMakerWire]:
    with SageMakerWire() as wire:
        yield wire


@pytest.fixture(params=["memory", "sagemaker", "sagemaker, an old client"])
def endpoint(request: pytest.FixtureRequest, wire: SageMakerWire) -> Endpoint:
    if request.param == "memory":
        return MemoryEndpoint(MemoryBlobs())
    return SageMakerEndpoint(wire.client(old="old" in request.param), "samovar-gpu")


def test_a_call_is_taken_and_placed_as_foretold(endpoint: Endpoint) -> None:
    assert endpoint.invoke(CALL) == Placed(
        f"{DATA}/endpoint/tea/1.out", f"{DATA}/endpoint-errors/tea/1.out"
    )


def test_the_same_call_may_be_made_again(endpoint: Endpoint) -> None:
    assert endpoint.invoke(CALL) == endpoint.invoke(CALL)


@pytest.mark.parametrize("old", [False, True])
def test_the_wire_says_all_of_a_call(wire: SageMakerWire, *, old: bool) -> None:
    SageMakerEndpoint(wire.client(old=old), "samovar-gpu").invoke(CALL)
    ((method, path, headers, body),) = wire.requests
    assert (method, path) == ("POST", "/endpoints/samovar-gpu/async-invocations")
    assert body == b""
    assert "SignedHeaders" in headers["authorization"]
    assert wire.said() == {
        "content-type": "audio/wav",
        "custom-attributes": "model=whisper,version=1,deadline_ms=1795339800000",
        "inference-id": "tea.1",
        "inputlocation": "s3://samovar-data/inputs/tea",
        "s3outputpathextension": "tea",
        "filename": "1.out",
        "requestttlseconds": "3600",
        "invocationtimeoutseconds": "900",
    }


def test_headers_that_an_old_client_is_taught_are_signed(wire: SageMakerWire) -> None:
    SageMakerEndpoint(wire.client(old=True), "samovar-gpu").invoke(CALL)
    ((_, _, headers, _),) = wire.requests
    assert "x-amzn-sagemaker-s3outputpathextension" in headers["authorization"]


def test_what_a_call_lacks_is_not_said(wire: SageMakerWire) -> None:
    plain = replace(CALL, version="", content_type="", deadline_ms=0)
    SageMakerEndpoint(wire.client(), "samovar-gpu").invoke(plain)
    said = wire.said()
    assert said["custom-attributes"] == "model=whisper"
    assert "content-type" not in said


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ThrottlingException"),
        (400, "ValidationError"),  # "Endpoint samovar-gpu of account … not found."
        (403, "AccessDeniedException"),
        (500, "InternalFailure"),
        (503, "ServiceUnavailable"),
    ],
)
def test_whatever_sagemaker_refuses_passes(wire: SageMakerWire, status: int, code: str) -> None:
    wire.status, wire.code = status, code
    with pytest.raises(EndpointUnavailable, match=code):
        SageMakerEndpoint(wire.client(), "samovar-gpu").invoke(CALL)


def test_an_endpoint_that_cannot_be_reached_passes(wire: SageMakerWire) -> None:
    with SageMakerWire() as other:
        gone = SageMakerEndpoint(other.client(), "samovar-gpu")
    with pytest.raises(EndpointUnavailable):
        gone.invoke(CALL)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "tea"},
        {"id": f"{'x' * 63}.1"},
        {"content_type": "text/plain; note=é"},
        {"content_type": "text/plain\r\nX: y"},
        {"model": "m" * 1024},
        {"input_uri": "s3://samovar-data/inputs/" + "é"},
    ],
)
def test_what_sagemaker_would_refuse_for_ever_is_refused_at_once(
    wire: SageMakerWire, change: Any
) -> None:
    with pytest.raises(InvalidInput):
        SageMakerEndpoint(wire.client(), "samovar-gpu").invoke(replace(CALL, **change))
    assert wire.requests == []
