"""`Prefer: wait=N`: a client that is ready to wait is sent on to the result in time."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from samovar.edges.prefer import Preference, read_preference
from samovar.errors import InvalidInput
from samovar.jobs import State
from starlette.testclient import TestClient

from tests.doors.job_house import JobHouse, text_job
from tests.gateway_events import http_event

PREDICT = "/v1/models/mood/predict"
WAIT = {"content-type": "text/plain", "prefer": "respond-async, wait=10"}


def ask(house: JobHouse, body: bytes = b"great", headers: Mapping[str, str] = WAIT) -> Any:
    return house.hot(http_event("POST", PREDICT, body, headers), None)


def test_a_job_that_is_over_in_time_is_303_to_its_result(
    house: JobHouse, jobs_client: TestClient
) -> None:
    house.meanwhile = house.work
    answer = ask(house)
    said = orjson.loads(answer["body"])
    assert (answer["statusCode"], said["state"]) == (303, "succeeded")
    assert answer["headers"]["location"] == said["links"]["result"]
    assert answer["headers"]["preference-applied"] == "respond-async, wait=10"
    assert jobs_client.get(answer["headers"]["location"]).json()["label"] == "good"


def test_a_client_that_follows_redirects_sees_the_answer_alone(house: JobHouse) -> None:
    house.meanwhile = house.work
    with TestClient(house.app, follow_redirects=True) as client:
        answer = client.post(PREDICT, content=b"great", headers=WAIT)
        submitted = client.post("/v1/jobs", json=text_job(), headers={"prefer": "wait=5"})
    assert (answer.status_code, answer.json()["label"]) == (200, "good")
    assert (submitted.status_code, submitted.json()["label"]) == (200, "good")


@pytest.mark.parametrize(("wait", "seconds"), [("0", 0), ("1", 1), ("25", 25), ("999999999", 25)])
def test_a_job_that_takes_longer_is_202_when_the_time_is_up(
    house: JobHouse, wait: str, seconds: int
) -> None:
    before = house.clock.now_ns()
    answer = ask(house, headers={**WAIT, "prefer": f"respond-async, wait={wait}"})
    said = orjson.loads(answer["body"])
    assert (answer["statusCode"], said["state"]) == (202, "queued")
    assert answer["headers"]["location"] == said["links"]["self"]
    assert (house.clock.now_ns() - before) / 1e9 == pytest.approx(seconds)
    assert answer["headers"]["preference-applied"] == f"respond-async, wait={seconds}"


def test_a_job_that_fails_in_time_is_answered_with_its_error(house: JobHouse) -> None:
    house.meanwhile = house.work
    sent = {**WAIT, "content-type": "application/json"}
    answer = ask(house, b'{"text": 5}', sent)
    straight = ask(house, b'{"text": 5}', {"content-type": "application/json"})
    assert straight["statusCode"] == 400
    assert (answer["statusCode"], answer["body"]) == (400, straight["body"])
    job_id = answer["headers"]["location"].removeprefix("/v1/jobs/")
    assert house.job(job_id).state is State.FAILED


def test_a_job_that_is_cancelled_meanwhile_is_202_and_says_so(house: JobHouse) -> None:
    house.meanwhile = lambda: house.jobs.cancel("job-1")
    answer = ask(house)
    assert (answer["statusCode"], orjson.loads(answer["body"])["state"]) == (202, "cancelled")


def test_a_client_that_waits_without_asking_for_a_job_is_answered_at_once(house: JobHouse) -> None:
    answer = ask(house, headers={**WAIT, "prefer": "wait=10"})
    assert answer["statusCode"] == 200
    assert "preference-applied" not in answer["headers"]
    assert len(house.queue) == 0


def test_a_second_try_with_the_key_waits_for_the_same_job(house: JobHouse) -> None:
    sent = {**WAIT, "idempotency-key": "one"}
    first = ask(house, headers=sent)
    assert first["statusCode"] == 202
    house.work()
    again = ask(house, headers=sent)
    assert again["statusCode"] == 303
    assert orjson.loads(again["body"])["id"] == orjson.loads(first["body"])["id"]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("", Preference()),
        ("wait=5", Preference(wait_s=5)),
        ('WAIT = "5"', Preference(wait_s=5)),
        ("wait=5; x=1, wait=7", Preference(wait_s=5)),
        ("respond-async;a=b,handling=lenient, wait=030", Preference(True, 30)),
        ("await=5, waits=x", Preference()),
    ],
)
def test_what_is_preferred_is_read_as_rfc_7240_writes_it(said: str, found: Preference) -> None:
    assert read_preference({"prefer": said}) == found


@pytest.mark.parametrize("wait", ["", "-1", "5s", "1.5", "²", "1" * 10, "a\x00"])
def test_a_wait_that_is_no_number_of_seconds_is_400_at_each_door(
    house: JobHouse, jobs_client: TestClient, wait: str
) -> None:
    with pytest.raises(InvalidInput, match="wait=10"):
        read_preference({"prefer": f"wait={wait}"})
    answer = ask(house, headers={**WAIT, "prefer": f"wait={wait}"})
    assert answer["statusCode"] == 400
    assert "Prefer" in orjson.loads(answer["body"])["error"]
    assert len(house.queue) == 0
    if wait.isascii() and wait.isprintable():
        refused = jobs_client.post("/v1/jobs", json=text_job(), headers={"prefer": f"wait={wait}"})
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_input")
        assert len(house.queue) == 0
