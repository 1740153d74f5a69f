"""Webhooks over HTTP: what is taken, what is refused and how, and what a job tells of its tries."""

from typing import Any

import pytest
from samovar.errors import DeliveryFailed
from samovar.job_delivery import Deliverer
from samovar.job_events import Answer
from samovar.job_runs import OneHand
from starlette.testclient import TestClient

from tests.doors.conftest import Log
from tests.doors.job_house import JobHouse, text_job
from tests.doors.test_jobs_openapi import check
from tests.unit.told_house import Ear

HOOK = "https://hooks.example.com:8443/told?token=hunter2"


def deliver(house: JobHouse, ear: Ear) -> None:
    deliverer = Deliverer(house.ports, {"webhook": ear}, house.clock, OneHand())
    received = house.events.receive()
    assert deliverer.run(received, lambda: 60_000) == []
    for delivery in received:
        house.events.delete(delivery.receipt)


def test_a_job_tells_where_it_is_told_and_of_each_try(
    house: JobHouse, jobs_client: TestClient, log: Log
) -> None:
    made = jobs_client.post("/v1/jobs", json=text_job(webhook=HOOK))
    assert made.status_code == 202
    path = made.json()["links"]["self"]
    before = jobs_client.get(path).json()
    assert (before["webhook"], before["owed"]) == ("https://hooks.example.com:8443", ["webhook"])
    house.work()
    ear = Ear(DeliveryFailed("nobody is there"), Answer(503), Answer(200))
    for _ in range(3):
        deliver(house, ear)
        house.move(600)
    answer = jobs_client.get(path)
    job = answer.json()
    check(jobs_client.get("/openapi.json").json(), ("/v1/jobs/{job}", "get"), answer)
    tries = job["deliveries"]
    assert [(each["try"], each["status"], each.get("error")) for each in tries] == [
        (1, None, {"code": "delivery_failed", "message": "nobody is there"}),
        (2, 503, {"code": "delivery_failed", "message": "it answered 503"}),
        (3, 200, None),
    ]
    assert {each["event"] for each in tries} == {f"{job['id']}-succeeded-1"}
    assert [bool(each["next"]) for each in tries] == [True, True, False]
    assert job["owed"] == []
    assert "hunter2" not in answer.text
    assert "hunter2" not in str(log.lines())


def test_a_job_that_tells_nobody_says_nothing_of_it(
    house: JobHouse, jobs_client: TestClient
) -> None:
    path = jobs_client.post("/v1/jobs", json=text_job()).json()["links"]["self"]
    house.work()
    assert not {"webhook", "owed", "deliveries"} & set(jobs_client.get(path).json())
    assert len(house.events) == 0


@pytest.mark.parametrize(
    ("webhook", "code"),
    [
        (7, "invalid_input"),
        ("https://example.com/" + "a" * 2048, "invalid_input"),
        ("https://example.com/\u0000", "invalid_input"),
        ("http://example.com/", "webhook_refused"),
        ("https://127.0.0.1/", "webhook_refused"),
        ("https://[::ffff:169.254.169.254]/", "webhook_refused"),
        ("https://user:hunter2@example.com/", "webhook_refused"),
        ("https://example.com:22/", "webhook_refused"),
        ("gopher://example.com/", "webhook_refused"),
    ],
)
def test_a_bad_webhook_is_refused_and_nothing_is_kept(
    house: JobHouse, jobs_client: TestClient, webhook: Any, code: str
) -> None:
    answer = jobs_client.post("/v1/jobs", json=text_job(webhook=webhook))
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert "hunter2" not in answer.text
    assert len(house.queue) == 0


def test_one_key_with_another_webhook_is_another_request(jobs_client: TestClient) -> None:
    for webhook, status in ((HOOK, 202), (HOOK, 202), (HOOK + "2", 422)):
        headers = {"idempotency-key": "k"}
        answer = jobs_client.post("/v1/jobs", json=text_job(webhook=webhook), headers=headers)
        assert answer.status_code == status


def test_a_cancelled_job_is_told(house: JobHouse, jobs_client: TestClient) -> None:
    path = jobs_client.post("/v1/jobs", json=text_job(webhook=HOOK)).json()["links"]["self"]
    jobs_client.delete(path)
    ear = Ear()
    deliver(house, ear)
    assert [event.type for event in ear.heard] == ["job.cancelled"]
