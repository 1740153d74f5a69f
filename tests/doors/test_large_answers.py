"""Answers too large to be sent, and the phases of jobs: what a client sees of them."""

from pathlib import Path

import orjson
from samovar import jobs
from starlette.testclient import TestClient

from tests.conftest import Log
from tests.doors.job_house import (
    HEAVY_URL,
    TEXT,
    ask,
    change,
    house_of,
    text_job,
)
from tests.gateway_events import answer_body, http_event


def test_an_answer_too_large_to_be_sent_is_kept_as_a_job_that_is_done(
    folder: Path, log: Log
) -> None:
    rows = b"rooms,area\n" + b"1,2\n" * 4000
    path, csv = "/v1/models/price/predict", {"content-type": "text/csv"}
    full = answer_body(house_of(folder, log).hot(http_event("POST", path, rows, csv), None))
    house = house_of(folder, log, answer_bytes=len(full) - 1000)
    answer = house.hot(http_event("POST", path, rows, csv), None)
    assert answer["statusCode"] == 202
    said = orjson.loads(answer["body"])
    assert said["state"] == "succeeded"
    assert (len(house.queue), house.job(said["id"]).attempt) == (0, 1)
    with TestClient(house.app) as client:
        result = client.get(said["links"]["result"])
        assert result.json()["predictions"] == orjson.loads(full)["predictions"]
        assert [job["id"] for job in client.get("/v1/jobs").json()["jobs"]] == [said["id"]]
    packed = house.hot(http_event("POST", path, rows, {**csv, "accept-encoding": "gzip"}), None)
    assert packed["statusCode"] == 200, "in gzip it is small enough"


def test_a_result_too_large_to_be_sent_is_linked_to(folder: Path, log: Log) -> None:
    house = house_of(folder, log, answer_bytes=100)
    answer = ask(house)
    assert answer["statusCode"] == 202
    with TestClient(house.app, follow_redirects=False) as client:
        found = client.get(orjson.loads(answer["body"])["links"]["result"])
        again = client.get(orjson.loads(answer["body"])["links"]["result"])
    assert found.status_code == again.status_code == 307
    job = house.job(orjson.loads(answer["body"])["id"])
    assert found.headers["location"] == found.json()["links"]["result"]
    assert found.headers["location"] == house.blobs.link(job.result_uri)


def test_a_large_answer_under_a_key_is_202_each_time_and_made_once(folder: Path, log: Log) -> None:
    house = house_of(folder, log, answer_bytes=100)
    answers = [ask(house, headers={**TEXT, "idempotency-key": "k"}) for _ in range(2)]
    assert [answer["statusCode"] for answer in answers] == [202, 202]
    assert answers[0]["body"] == answers[1]["body"]
    assert sum(each.success_count for each in house.host.statistics().values()) == 1


def test_the_phases_of_a_job_are_told_when_they_are_over(folder: Path, log: Log) -> None:
    change(folder, 'lane = "auto"')
    house = house_of(folder, log, heavy_queue_url=HEAVY_URL, inline_bytes=1000)
    with TestClient(house.app) as client:
        light = client.post("/v1/jobs", json=text_job()).json()["id"]
        heavy = client.post("/v1/jobs", json=text_job(input={"text": "good " * 500})).json()["id"]
        assert client.get(f"/v1/jobs/{light}").json()["timings_ms"] == {}
        for name in (light, heavy):
            house.move(2)
            running = jobs.claim(house.job(name), house.now_ms, 60_000)
            assert house.table.replace(running)
        assert set(client.get(f"/v1/jobs/{light}").json()["timings_ms"]) == {"queued"}
        house.move(3)
        for name in (light, heavy):
            done = jobs.succeed(
                house.job(name), 1, house.now_ms, uri="s3://samovar-data/r", content_type=""
            )
            assert house.table.replace(done)
        told = [client.get(f"/v1/jobs/{name}").json()["timings_ms"] for name in (light, heavy)]
    assert told[0] == {"queued": 2000, "running": 5000, "total": 7000}
    assert told[1] == {"queued": 4000, "dispatched": 3000, "total": 7000}
