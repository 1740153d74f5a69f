"""An Idempotency-Key on every POST: the same request again gets the same answer again."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
from samovar.errors import StorageUnavailable
from samovar.jobs import JobQuery, Source
from samovar.lanes import SYNC
from samovar.submission import Submission, job_id_of
from samovar.types import Payload
from starlette.testclient import TestClient

from tests.doors.conftest import as_lambda
from tests.doors.job_house import JobHouse, text_job
from tests.doors.test_http_same_bytes import BINARY, SIZE
from tests.gateway_events import answer_body, http_event

PREDICT = "/v1/models/mood/predict"
INFER = "/v2/models/affine/infer"
KEY = {"idempotency-key": "order 66"}
TEXT = {"content-type": "text/plain", **KEY}


def ask(
    house: JobHouse,
    body: bytes = b"great",
    headers: Mapping[str, str] = TEXT,
    path: str = PREDICT,
) -> Any:
    return house.hot(http_event("POST", path, body, headers), None)


def code_of(answer: Any) -> tuple[int, str]:
    return answer["statusCode"], orjson.loads(answer_body(answer))["code"]


def runs(house: JobHouse) -> int:
    return sum(each.success_count for each in house.host.statistics().values())


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [(PREDICT, b"great", TEXT), (INFER, BINARY, {**SIZE, **KEY})],
    ids=["predict", "raw tensors"],
)
def test_the_answer_comes_again_with_its_bytes_and_headers_and_is_not_made_again(
    house: JobHouse, path: str, body: bytes, headers: Mapping[str, str]
) -> None:
    first = ask(house, body, {**headers, "x-request-id": "one"}, path)
    again = ask(house, body, {**headers, "x-request-id": "two"}, path)
    event = http_event("POST", path, body, {**headers, "x-request-id": "three"})
    with as_lambda(house.app) as wide:
        other = wide(event, None)
    plain = {k: v for k, v in headers.items() if k != "idempotency-key"}
    straight = ask(house, body, {**plain, "x-request-id": "one"}, path)
    assert first["statusCode"] == 200
    for answer in (first, again, other):
        assert answer["statusCode"] == 200
        assert answer_body(answer) == answer_body(straight), "with the first request's id in it"
        for name in ("content-type", "inference-header-content-length"):
            assert answer["headers"].get(name) == straight["headers"].get(name)
    assert [a["headers"]["x-request-id"] for a in (first, again, other)] == ["one", "two", "three"]
    assert runs(house) == 2, "the first, and the one without a key"


def test_an_error_of_the_request_comes_again_too(house: JobHouse) -> None:
    sent = {"content-type": "application/json", **KEY}
    first, again = (ask(house, b'{"text": 5}', sent) for _ in range(2))
    assert (first["statusCode"], first["body"]) == (400, again["body"])
    assert ask(house, b'{"text": "great"}', sent)["statusCode"] == 422


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/models/nobody/predict", "model_not_found"),
        ("/v1/models/mood/versions/9/predict", "version_not_found"),
    ],
)
def test_a_model_that_is_not_there_is_told_each_time(house: JobHouse, path: str, code: str) -> None:
    assert [code_of(ask(house, path=path)) for _ in range(2)] == [(404, code)] * 2


@pytest.mark.parametrize(
    ("path", "body", "content_type"),
    [
        (PREDICT, b"poor", "text/plain"),
        (PREDICT, b"great", "text/csv"),
        ("/v1/models/mood/versions/1/predict", b"great", "text/plain"),
        ("/v1/models/price/predict", b"great", "text/plain"),
        ("/v2/models/mood/infer", b"great", "text/plain"),
    ],
)
def test_the_key_with_another_request_is_422(
    house: JobHouse, path: str, body: bytes, content_type: str
) -> None:
    ask(house)
    answer = ask(house, body, {"content-type": content_type, **KEY}, path)
    assert code_of(answer) == (422, "idempotency_mismatch")


def test_while_the_first_is_in_flight_the_second_is_409_with_a_time_to_come_again(
    house: JobHouse,
) -> None:
    wanted = Submission("mood", Source("text/plain", b"great"))

    def meanwhile() -> Payload:
        answer = ask(house)
        assert code_of(answer) == (409, "request_in_flight")
        assert answer["headers"]["retry-after"] == "1"
        return Payload(b"{}", "application/json")

    house.jobs.calls.answer(wanted, KEY["idempotency-key"], meanwhile)
    assert ask(house)["body"] == "{}"


def test_of_two_threads_with_one_key_one_runs(house: JobHouse) -> None:
    ask(house, headers={"content-type": "text/plain"})  # opens the model
    for number in range(20):
        sent = {**TEXT, "idempotency-key": f"k{number}"}
        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(lambda _, s=sent: ask(house, headers=s), range(2)))
        assert {a["statusCode"] for a in answers} <= {200, 409}
        assert len({a["body"] for a in answers if a["statusCode"] == 200}) == 1
        assert runs(house) == number + 2


def test_without_a_key_nothing_is_the_same_and_nothing_is_kept(house: JobHouse) -> None:
    for _ in range(2):
        assert ask(house, headers={"content-type": "text/plain"})["statusCode"] == 200
    assert runs(house) == 2
    assert not house.table.find(JobQuery()).jobs


def test_a_call_is_in_no_list_but_under_its_id_it_is_seen(
    house: JobHouse, jobs_client: TestClient
) -> None:
    ask(house)
    assert jobs_client.get("/v1/jobs").json()["jobs"] == []
    job_id = job_id_of(KEY["idempotency-key"])
    shown = jobs_client.get(f"/v1/jobs/{job_id}").json()
    assert (shown["state"], shown["lane"], shown["attempt"]) == ("succeeded", SYNC, 1)
    assert jobs_client.get(f"/v1/jobs/{job_id}/result").json()["label"] == "good"
    refused = jobs_client.post(f"/v1/jobs/{job_id}/redrive")
    assert (refused.status_code, refused.json()["code"]) == (409, "job_conflict")
    assert len(house.queue) == 0


def test_a_key_of_a_call_gives_its_answer_to_a_client_that_now_would_rather_have_a_job(
    house: JobHouse,
) -> None:
    first = ask(house)
    later = ask(house, headers={**TEXT, "prefer": "respond-async"})
    assert (later["statusCode"], later["body"]) == (200, first["body"])


def test_a_key_of_a_job_gives_the_job_to_a_client_that_now_would_rather_wait(
    house: JobHouse,
) -> None:
    first = ask(house, headers={**TEXT, "prefer": "respond-async"})
    again = ask(house)
    assert (again["statusCode"], again["body"]) == (202, first["body"])
    house.work()
    waiting = ask(house, headers={**TEXT, "prefer": "wait=5"})
    assert waiting["statusCode"] == 303
    assert runs(house) == 1


def test_storage_that_is_away_leaves_no_answer_that_might_come_out_otherwise_later(
    house: JobHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> str:
        raise StorageUnavailable("the data bucket is away")

    with monkeypatch.context() as patch:
        patch.setattr(house.blobs, "put", away)
        assert code_of(ask(house)) == (503, "storage_unavailable")
    assert ask(house)["statusCode"] == 200


def test_an_upload_under_a_key_is_the_same_place_each_time(jobs_client: TestClient) -> None:
    asked = {"content_type": "image/png", "size": 10}
    first, again = (jobs_client.post("/v1/uploads", json=asked, headers=KEY) for _ in range(2))
    assert (first.status_code, first.content) == (200, again.content)
    other = jobs_client.post("/v1/uploads", json={**asked, "size": 11}, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    unkeyed = jobs_client.post("/v1/uploads", json=asked).json()
    assert unkeyed["upload_id"] != first.json()["upload_id"]


def test_a_redrive_under_a_key_is_done_once(house: JobHouse, jobs_client: TestClient) -> None:
    made = jobs_client.post("/v1/jobs", json=text_job(input={"text": 5})).json()
    house.work()
    path = f"/v1/jobs/{made['id']}/redrive"
    first, again = (jobs_client.post(path, headers=KEY) for _ in range(2))
    assert (first.status_code, first.content) == (202, again.content)
    assert again.headers["location"] == first.headers["location"] == made["links"]["self"]
    assert len(house.queue) == 1
    other = jobs_client.post("/v1/jobs/nobody/redrive", headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    missing = jobs_client.post("/v1/jobs/nobody/redrive", headers={"idempotency-key": "other"})
    assert (missing.status_code, missing.json()["code"]) == (404, "job_not_found")


@pytest.mark.parametrize("key", ["", " ", "a" * 256, "a\tb"])
def test_a_key_that_is_none_is_400_wherever_it_stands(jobs_client: TestClient, key: str) -> None:
    posts = (
        (PREDICT, b"great"),
        (INFER, BINARY),
        ("/v1/jobs", orjson.dumps(text_job())),
        ("/v1/uploads", b'{"content_type": "image/png"}'),
        ("/v1/jobs/x/redrive", b""),
    )
    for path, body in posts:
        answer = jobs_client.post(path, content=body, headers={"idempotency-key": key})
        assert answer.status_code == 400, path
        assert "Idempotency-Key" in answer.json()["error"]
