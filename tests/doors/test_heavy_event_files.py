"""The events of the heavy lane's functions, through their own handlers, against moto's AWS."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest
from samovar import wiring
from samovar.adapters.clock import SystemClock
from samovar.errors import SettingsInvalid
from samovar.jobs import Failure as Reason
from samovar.jobs import Job, Placed, Source, State, cancel, dispatch, release
from samovar.ports import JobPorts
from samovar.settings import read_settings

from tests.contract.sagemaker_wire import DATA, SageMakerWire
from tests.house.template_file import ROOT

Context = Callable[[], Any]


@pytest.fixture
def wire() -> Iterator[SageMakerWire]:
    with SageMakerWire() as wire:
        yield wire


@pytest.fixture
def heavy(
    environment: dict[str, str], wire: SageMakerWire, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """The variables of a function of the heavy lane."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", wire.url)
    queue = boto3.client("sqs")
    url = queue.create_queue(QueueName="heavy")["QueueUrl"]
    yield environment | {"SAMOVAR_HEAVY_QUEUE_URL": url, "SAMOVAR_ENDPOINT": "samovar-gpu"}
    queue.delete_queue(QueueUrl=url)


@pytest.fixture
def ports(heavy: dict[str, str]) -> JobPorts:
    """The jobs that the events name, in the states that they are named by."""
    ports = wiring.job_ports(read_settings(heavy))
    now_ms = SystemClock().now_ns() // 1_000_000
    jobs = {name: job(name, now_ms) for name in ("waiting", "running", "queued", "cancelled")}
    jobs["urgent"] = job("urgent", now_ms, priority=9)
    jobs["late"] = job("late", now_ms, deadline_ms=now_ms - 1)
    for each in jobs.values():
        ports.table.create(each)
    called = {name: running(jobs[name], now_ms) for name in ("running", "queued", "cancelled")}
    for each in called.values():
        ports.table.replace(each)
    away = Reason("endpoint_unavailable", "throttled")
    ports.table.replace(release(called["queued"], 1, now_ms, away))
    ports.table.replace(cancel(called["cancelled"], now_ms))
    return ports


def job(name: str, now_ms: int, **more: Any) -> Job:
    source = Source("text/plain", b"Prepare quarterly report")
    made = Job(name, "task-priority", "", source, now_ms, lane="heavy", changed_ms=now_ms)
    return replace(made, **more)


def running(job: Job, now_ms: int) -> Job:
    name = f"{job.id}/1.out"
    places = Placed(f"{DATA}/endpoint/{name}", f"{DATA}/endpoint-errors/{name}")
    source = Source("text/plain", uri=f"s3://samovar-data/inputs/{job.id}")
    return dispatch(replace(job, source=source), now_ms, 60_000, places)


def event(name: str) -> Any:
    return json.loads((ROOT / "events" / f"{name}.json").read_text())


def found(ports: JobPorts, name: str) -> Job:
    job = ports.table.get(name)
    assert job is not None
    return job


def calls(wire: SageMakerWire) -> list[str]:
    """The names of the calls that were made, in their order."""
    return [headers["x-amzn-sagemaker-inference-id"] for _, _, headers, _ in wire.requests]


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("call", ["waiting.1"]),
        ("batch", ["urgent.1", "waiting.1"]),
        ("duplicate", ["waiting.1"]),
        ("called", []),
        ("again", ["running.1"]),
        ("late", []),
        ("cancelled", []),
        ("forgotten", []),
        ("malformed", ["waiting.1"]),
    ],
)
def test_messages_become_calls_and_are_consumed(
    name: str, called: list[str], ports: JobPorts, heavy: dict[str, str], wire: SageMakerWire
) -> None:
    handler = wiring.heavy_dispatch_handler(heavy)
    context = type("Context", (), {"aws_request_id": "a"})
    assert handler(event(f"gpu_dispatch/{name}"), context()) == {"batchItemFailures": []}
    assert calls(wire) == called
    for each in called:
        job = found(ports, each.partition(".")[0])
        assert (job.state, job.revision) == (State.RUNNING, 1)
        assert job.output_uri == f"{DATA}/endpoint/{job.id}/1.out"
    assert (found(ports, "late").state is State.EXPIRED) == (name == "late")


def test_an_endpoint_that_throttles_keeps_the_message(
    ports: JobPorts, heavy: dict[str, str], wire: SageMakerWire, context: Context
) -> None:
    wire.status, wire.code = 400, "ThrottlingException"
    said = event("gpu_dispatch/call")
    kept = [{"itemIdentifier": said["Records"][0]["messageId"]}]
    handler = wiring.heavy_dispatch_handler(heavy)
    assert handler(said, context()) == {"batchItemFailures": kept}
    assert (found(ports, "waiting").state, found(ports, "waiting").faults) == (State.QUEUED, 0)


@dataclass(frozen=True)
class End:
    """What becomes of a job by an event."""

    name: str
    job: str
    state: State
    code: str = ""


@pytest.mark.parametrize(
    "end",
    [
        End("completed", "running", State.SUCCEEDED),
        End("duplicate", "running", State.SUCCEEDED),
        End("included", "running", State.SUCCEEDED),
        End("envelope", "running", State.SUCCEEDED),
        End("raw", "running", State.SUCCEEDED),
        End("malformed", "running", State.SUCCEEDED),
        End("queued", "queued", State.SUCCEEDED),
        End("failed", "running", State.QUEUED, "endpoint_failed"),
        End("refused", "running", State.FAILED, "invalid_input"),
        End("left", "running", State.FAILED, "invalid_input"),
        End("outside", "running", State.FAILED, "settings_invalid"),
        End("stale", "running", State.RUNNING),
        End("stranger", "running", State.RUNNING),
        End("forgotten", "running", State.RUNNING),
        End("cancelled", "cancelled", State.CANCELLED),
    ],
    ids=lambda end: end.name,
)
def test_a_notice_brings_its_job_to_its_end(
    end: End, ports: JobPorts, heavy: dict[str, str], context: Context
) -> None:
    said = json.dumps({"error": "a text, please", "code": "invalid_input"}).encode()
    ports.blobs.put("results/endpoint-errors/refusal.out", said, "application/json")
    handler = wiring.gpu_result_handler(heavy)
    assert handler(event(f"gpu_result/{end.name}"), context()) == {"batchItemFailures": []}
    job = found(ports, end.job)
    assert (job.state, job.failure.code if job.failure else "") == (end.state, end.code)
    if end.state is State.SUCCEEDED:
        assert job.result_uri == f"{DATA}/endpoint/{end.job}/1.out"


def test_the_container_refused_a_late_call_and_its_job_expires(
    ports: JobPorts, heavy: dict[str, str], context: Context
) -> None:
    late = found(ports, "late")
    ports.table.replace(running(late, late.created_ms))
    wiring.gpu_result_handler(heavy)(event("gpu_result/late"), context())
    assert found(ports, "late").state is State.EXPIRED


def test_the_sweeper_of_a_deployment_with_an_endpoint_looks_for_what_was_not_told(
    heavy: dict[str, str], context: Context
) -> None:
    ports = wiring.job_ports(read_settings(heavy))
    then_ms = SystemClock().now_ns() // 1_000_000 - 600_000
    ports.table.create(job("lost", then_ms))
    ports.table.replace(running(job("lost", then_ms), then_ms))
    ports.blobs.put("results/endpoint/lost/1.out", b"{}", "application/json")
    assert wiring.sweeper_handler(heavy)({}, context())["touched"] == 1
    assert found(ports, "lost").state is State.SUCCEEDED


@pytest.mark.parametrize("build", [wiring.heavy_dispatch_handler, wiring.gpu_result_handler])
def test_a_function_of_the_heavy_lane_says_what_its_deployment_lacks(
    build: Any, environment: dict[str, str]
) -> None:
    with pytest.raises(SettingsInvalid, match="SAMOVAR_ENDPOINT"):
        build(environment)
