"""`Prefer: respond-async` at both doors, and what an Idempotency-Key promises."""

import struct
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
from samovar import jobs
from samovar.edges.hot import HotDoor
from samovar.edges.prefer import read_preference
from samovar.jobs import Failure, State
from starlette.testclient import TestClient

from tests.conftest import Log
from tests.doors.conftest import as_lambda
from tests.doors.job_house import JobHouse, text_job
from tests.doors.test_http_same_bytes import AFFINE, BINARY, SIZE
from tests.gateway_events import answer_body, http_event

ASYNC = {"prefer": "respond-async"}
PREDICT = "/v1/models/mood/predict"
TEXT = {"content-type": "text/plain"}
Cases = Mapping[str, tuple[str, bytes, Mapping[str, str]]]
CASES: Cases = {
    "a text": (PREDICT, b"a great day", TEXT),
    "a text of no type": (PREDICT, b"a great day", {}),
    "JSON": (PREDICT, b'{"text": ["good", "bad"]}', {"content-type": "application/json"}),
    "rows": ("/v1/models/price/predict", b"rooms,area\n1,2\n3,4\n", {"content-type": "text/csv"}),
    "a version": ("/v2/models/affine/versions/1/infer", AFFINE, {}),
    "tensors in JSON": ("/v2/models/affine/infer", AFFINE, {}),
    "raw tensors": ("/v2/models/affine/infer", BINARY, SIZE),
    "raw bytes": (
        "/v2/models/affine/infer",
        struct.pack("<3f", 1, 2, 3),
        {"inference-header-content-length": "0"},
    ),
}


def ask(house: JobHouse, path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    return house.hot(http_event("POST", path, body, headers), None)


def job_of(answer: dict[str, Any]) -> str:
    assert answer["statusCode"] == 202, answer
    return str(orjson.loads(answer_body(answer))["id"])


@pytest.mark.parametrize("name", CASES)
def test_a_job_gives_the_bytes_that_the_synchronous_request_gives(
    house: JobHouse, jobs_client: TestClient, name: str
) -> None:
    path, body, headers = CASES[name]
    job_id = job_of(ask(house, path, body, {**headers, **ASYNC}))
    house.work()
    result = jobs_client.get(f"/v1/jobs/{job_id}/result")
    straight = ask(house, path, body, {**headers, "x-request-id": job_id})
    assert (result.status_code, straight["statusCode"]) == (200, 200)
    assert result.content == answer_body(straight)
    for header in ("content-type", "inference-header-content-length"):
        assert result.headers.get(header) == straight["headers"].get(header)


@pytest.mark.parametrize("name", CASES)
def test_both_doors_accept_with_the_same_bytes(house: JobHouse, name: str) -> None:
    path, body, headers = CASES[name]
    sent = {**headers, **ASYNC, "idempotency-key": name, "x-request-id": "one"}
    event = http_event("POST", path, body, sent)
    hot = house.hot(event, None)
    with as_lambda(house.app) as wide:
        other = wide(event, None)
    assert hot["headers"]["location"] == f"/v1/jobs/{job_of(hot)}"
    assert hot["headers"]["preference-applied"] == "respond-async"
    assert answer_body(other) == answer_body(hot)
    same = ("content-type", "location", "preference-applied", "x-request-id")
    assert {k: other["headers"][k] for k in same} == {k: hot["headers"][k] for k in same}


@pytest.mark.parametrize(
    ("said", "wants"),
    [
        ("respond-async", True),
        ("Respond-Async", True),
        ("wait=10, respond-async", True),
        ("respond-async; x=1", True),
        ("return=minimal,respond-async,wait=5", True),
        ("", False),
        ("wait=10", False),
        ("respond-asynchronously", False),
        ("return=respond-async", False),
    ],
)
def test_a_preference_is_read_as_rfc_7240_writes_it(said: str, wants: bool) -> None:
    assert read_preference({"prefer": said}).respond_async is wants


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/models/nobody/predict", 404, "model_not_found"),
        ("/v2/models/affine/versions/9/infer", 404, "version_not_found"),
    ],
)
def test_what_cannot_be_run_is_refused_before_it_is_a_job(
    house: JobHouse, path: str, status: int, code: str
) -> None:
    answer = ask(house, path, AFFINE, ASYNC)
    assert answer["statusCode"] == status
    assert orjson.loads(answer["body"])["code"] == code
    assert len(house.queue) == 0


def test_a_body_over_the_limit_is_no_job(house: JobHouse) -> None:
    assert ask(house, PREDICT, b" " * 7_000_000, ASYNC)["statusCode"] == 413


@pytest.mark.parametrize("content_type", ["", "text", "text/plain", "no type at all"])
def test_a_large_input_is_kept_whatever_its_type_says(house: JobHouse, content_type: str) -> None:
    sent = {"content-type": content_type, **ASYNC}
    job_id = job_of(ask(house, PREDICT, b"great " * 20_000, sent))
    assert house.job(job_id).source.content_type == content_type


def test_a_body_over_the_inline_limit_travels_by_reference(
    house: JobHouse, jobs_client: TestClient
) -> None:
    body = b"great " * 20_000
    job_id = job_of(ask(house, PREDICT, body, {**TEXT, **ASYNC}))
    source = house.job(job_id).source
    assert source.inline == b""
    assert house.blobs.get(source.uri) == body
    house.work()
    assert jobs_client.get(f"/v1/jobs/{job_id}/result").json()["label"] == "good"


def test_a_deployment_without_jobs_answers_at_once(hot: HotDoor, client: TestClient) -> None:
    """A preference may be passed over (RFC 7240); then nothing says that it was applied."""
    answer = hot(http_event("POST", PREDICT, b"great", {**TEXT, **ASYNC}), None)
    other = client.post(PREDICT, content=b"great", headers={**TEXT, **ASYNC})
    assert answer["statusCode"] == other.status_code == 200
    assert "preference-applied" not in {**answer["headers"], **other.headers}


def test_the_log_names_the_model_of_what_became_a_job(house: JobHouse, log: Log) -> None:
    ask(house, PREDICT, b"great", {**TEXT, **ASYNC})
    line = log.lines()[-1]
    assert (line["action"], line["model"], line["status"]) == ("predict", "mood", 202)


KEY = {"idempotency-key": "order 66"}


def post(client: TestClient, body: Any, headers: Mapping[str, str] = KEY) -> Any:
    return client.post("/v1/jobs", json=body, headers=headers)


def end(house: JobHouse, job_id: str, state: State) -> None:
    now = house.clock.now_ns() // 1_000_000
    running = jobs.claim(house.job(job_id), now, 60_000)
    ended = {
        State.RUNNING: running,
        State.SUCCEEDED: jobs.succeed(running, 1, now, uri="s3://b/r", content_type="text/plain"),
        State.FAILED: jobs.fail(running, 1, now, Failure("model_fault", "broken")),
        State.CANCELLED: jobs.cancel(running, now),
        State.EXPIRED: jobs.expire(running, running.deadline_ms),
    }
    if state is not State.QUEUED:
        assert house.table.replace(running)
    if state.final:
        assert house.table.replace(ended[state])


@pytest.mark.parametrize("state", State)
def test_the_same_key_and_request_give_the_same_job_in_any_state(
    house: JobHouse, jobs_client: TestClient, state: State
) -> None:
    first = post(jobs_client, text_job(ttl_s=60))
    end(house, first.json()["id"], state)
    again = post(jobs_client, text_job(ttl_s=60))
    assert again.status_code == 202
    assert again.headers["location"] == first.headers["location"]
    assert again.json() == {**first.json(), "state": state}
    assert len(jobs_client.get("/v1/jobs").json()["jobs"]) == 1


def test_a_key_does_not_care_how_the_json_was_written(jobs_client: TestClient) -> None:
    body = b'{"model":"mood","input":{"text":"a great day"}}'
    first = post(jobs_client, text_job())
    again = jobs_client.post("/v1/jobs", content=body, headers=KEY)
    assert again.json() == first.json()


@pytest.mark.parametrize(
    "other",
    [
        text_job(input={"text": "another day"}),
        text_job(version="1"),
        text_job(ttl_s=5),
        text_job(priority=1),
        text_job(tags={"a": "b"}),
        {"model": "price", "input": {"text": "a great day"}},
        {"model": "mood", "upload_id": "a"},
    ],
)
def test_the_same_key_with_another_request_is_422(jobs_client: TestClient, other: Any) -> None:
    post(jobs_client, text_job())
    answer = post(jobs_client, other)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
    assert len(jobs_client.get("/v1/jobs").json()["jobs"]) == 1


def test_without_a_key_nothing_is_the_same(jobs_client: TestClient) -> None:
    ids = {post(jobs_client, text_job(), {}).json()["id"] for _ in range(3)}
    assert len(ids) == 3


def test_a_key_is_honoured_by_predict_too(house: JobHouse) -> None:
    sent = {**TEXT, **ASYNC, **KEY}
    first = ask(house, PREDICT, b"great", sent)
    assert job_of(ask(house, PREDICT, b"great", sent)) == job_of(first)
    assert ask(house, PREDICT, b"poor", sent)["statusCode"] == 422
    assert ask(house, PREDICT, b"great", {**sent, "content-type": "text/csv"})["statusCode"] == 422


@pytest.mark.parametrize("key", ["", " ", "a" * 256, "žluťoučký", "a\tb", "a\x00b"])
def test_a_key_that_is_none_is_400(house: JobHouse, key: str) -> None:
    sent = {**ASYNC, "idempotency-key": key}
    body = orjson.dumps(text_job())
    events = (
        http_event("POST", PREDICT, b"great", {**TEXT, "idempotency-key": key}),
        http_event("POST", "/v1/jobs", body, sent),
    )
    with as_lambda(house.app) as wide:
        answers = [house.hot(events[0], None), wide(events[0], None), wide(events[1], None)]
    for answer in answers:
        assert answer["statusCode"] == 400
        assert "Idempotency-Key" in orjson.loads(answer_body(answer))["error"]
    assert len(house.queue) == 0


def test_a_key_may_be_a_quoted_uuid_of_any_length_up_to_255(jobs_client: TestClient) -> None:
    for key in ("a", "a" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "~!@ #"):
        assert post(jobs_client, text_job(), {"idempotency-key": key}).status_code == 202


def test_requests_with_one_key_at_once_make_one_job(house: JobHouse) -> None:
    sent = {**TEXT, **ASYNC, **KEY}
    with ThreadPoolExecutor(16) as threads:
        answers = list(
            threads.map(lambda _: ask(house, PREDICT, b"great " * 20_000, sent), range(64))
        )
    assert len({job_of(answer) for answer in answers}) == 1
    assert len(house.jobs.find(jobs.JobQuery()).jobs) == 1


def test_other_requests_with_one_key_at_once_lose_to_the_first_and_leave_its_input(
    house: JobHouse,
) -> None:
    sent = {**TEXT, **ASYNC, **KEY}
    bodies = [word * 20_000 for word in (b"great ", b"poor  ")] * 16
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda body: ask(house, PREDICT, body, sent), bodies))
    won = {body for body, answer in zip(bodies, answers, strict=True) if _taken(answer)}
    assert len(won) == 1
    (job,) = house.jobs.find(jobs.JobQuery()).jobs
    assert {house.blobs.get(job.source.uri)} == won


def _taken(answer: dict[str, Any]) -> bool:
    assert answer["statusCode"] in (202, 422)
    return bool(answer["statusCode"] == 202)
