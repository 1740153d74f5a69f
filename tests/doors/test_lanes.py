"""Calls that nobody can wait for: they become jobs by themselves, at both doors."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from samovar.adapters.directory import DirectoryStore
from samovar.edges.direct import DirectDoor
from samovar.errors import HeavyLane
from samovar.job_uploads import Arrival, Uploads
from samovar.jobs import JobQuery, State
from samovar.settings import Settings
from starlette.testclient import TestClient

from tests.conftest import Log
from tests.doors.conftest import as_lambda
from tests.doors.job_house import (
    HEAVY_URL,
    PREDICT,
    TEXT,
    ask,
    change,
    house_of,
    text_job,
)
from tests.gateway_events import answer_body, http_event


def test_a_heavy_model_becomes_a_job_of_the_heavy_lane_at_both_doors(
    folder: Path, log: Log
) -> None:
    change(folder, 'lane = "heavy"')
    house = house_of(folder, log, heavy_queue_url=HEAVY_URL)
    event = http_event("POST", PREDICT, b"a great day", TEXT)
    with as_lambda(house.app) as wide:
        answers = [house.hot(event, None), wide(event, None)]
    for answer in answers:
        assert answer["statusCode"] == 202
        said = orjson.loads(answer_body(answer))
        assert answer["headers"]["location"] == said["links"]["self"] == f"/v1/jobs/{said['id']}"
        assert "preference-applied" not in answer["headers"]
        assert house.job(said["id"]).lane == "heavy"
    assert (len(house.heavy), len(house.queue)) == (2, 0)


def test_a_heavy_model_is_answered_at_once_where_there_is_no_heavy_lane(
    folder: Path, log: Log
) -> None:
    change(folder, 'lane = "heavy"')
    house = house_of(folder, log)
    assert ask(house)["statusCode"] == 200
    assert house.jobs.find(JobQuery()).jobs == ()


@pytest.mark.parametrize(("size", "status"), [(1000, 200), (1001, 202)])
def test_an_auto_model_answers_small_requests_at_once_and_makes_jobs_of_large_ones(
    folder: Path, log: Log, size: int, status: int
) -> None:
    change(folder, 'lane = "auto"')
    for url in ("", HEAVY_URL):
        house = house_of(folder, log, inline_bytes=1000, heavy_queue_url=url)
        answer = ask(house, b"great " * 166 + b"g" * (size - 996))
        assert answer["statusCode"] == status
        if status == 202:
            job = house.job(orjson.loads(answer["body"])["id"])
            assert job.lane == ("heavy" if url else "light")


def test_a_light_model_answers_large_requests_at_once(folder: Path, log: Log) -> None:
    house = house_of(folder, log, inline_bytes=1000, heavy_queue_url=HEAVY_URL)
    assert ask(house, b"great " * 1000)["statusCode"] == 200


@pytest.mark.parametrize(("request_ms", "status"), [(25_000, 200), (25_001, 202)])
def test_a_model_that_is_known_to_take_too_long_becomes_a_job_on_any_lane(
    folder: Path, log: Log, request_ms: int, status: int
) -> None:
    change(folder, f"[profile]\nrequest_ms = {request_ms}")
    house = house_of(folder, log)
    answer = ask(house)
    assert answer["statusCode"] == status
    if status == 202:
        house.work()
        assert house.job(orjson.loads(answer["body"])["id"]).state is State.SUCCEEDED


def test_a_profile_says_how_the_time_grows_with_the_size(folder: Path, log: Log) -> None:
    change(folder, "[profile]\nrequest_ms = 10\nkb_ms = 1000")
    house = house_of(folder, log)
    assert ask(house)["statusCode"] == 200
    assert ask(house, b"great " * 5000)["statusCode"] == 202


def test_what_this_process_has_seen_tells_that_a_large_request_will_take_too_long(
    folder: Path, log: Log
) -> None:
    house = house_of(folder, log, sync_limit_ms=2000)
    ask(house)  # opens the model
    (counts,) = house.host.statistics().values()
    for kb in range(1, 20):
        counts.trend.add(kb * 1024, kb * 50_000_000)
    assert ask(house)["statusCode"] == 200
    assert ask(house, b"great " * 10_000)["statusCode"] == 202


def test_what_this_process_has_seen_counts_only_its_own_version(folder: Path, log: Log) -> None:
    house = house_of(folder, log, sync_limit_ms=2000)
    body = orjson.dumps(
        {"inputs": [{"name": "x", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]}
    )

    def infer(version: int) -> int:
        path = f"/v2/models/affine/versions/{version}/infer"
        status: int = house.hot(http_event("POST", path, body, {}), None)["statusCode"]
        return status

    assert (infer(1), infer(2)) == (200, 200)
    trend = house.host.statistics()["affine", "2"].trend
    for _ in range(100):
        trend.add(len(body), 10**10)
    assert (infer(1), infer(2)) == (200, 202)


def test_an_unknown_model_is_refused_as_ever(folder: Path, log: Log) -> None:
    house = house_of(folder, log, heavy_queue_url=HEAVY_URL)
    answer = house.hot(http_event("POST", "/v1/models/nobody/predict", b"x", {}), None)
    assert (answer["statusCode"], orjson.loads(answer["body"])["code"]) == (404, "model_not_found")


@pytest.mark.parametrize("lane", ["light", "heavy", "auto"])
def test_a_submitted_job_goes_to_the_lane_of_its_model(folder: Path, log: Log, lane: str) -> None:
    change(folder, f'lane = "{lane}"')
    house = house_of(folder, log, heavy_queue_url=HEAVY_URL)
    with TestClient(house.app) as client:
        found = client.post("/v1/jobs", json=text_job()).json()
        shown = client.get(found["links"]["self"]).json()
    assert shown["lane"] == ("heavy" if lane == "heavy" else "light")
    assert (len(house.heavy), len(house.queue)) == ((1, 0) if lane == "heavy" else (0, 1))


def test_an_input_of_unknown_size_is_heavy_for_an_auto_model(folder: Path, log: Log) -> None:
    change(folder, 'lane = "auto"')
    house = house_of(folder, log, heavy_queue_url=HEAVY_URL)
    with TestClient(house.app) as client:
        found = client.post("/v1/jobs", json={"model": "mood", "upload_id": "a"}).json()
    assert house.job(found["id"]).lane == "heavy"


def test_the_direct_door_says_what_to_do_with_a_heavy_model(
    folder: Path, log: Log, context: Any
) -> None:
    change(folder, 'lane = "heavy"')
    event = {"model": "mood", "input": {"text": "a great day"}}
    for url in ("", HEAVY_URL):
        settings = Settings(models_dir=folder, heavy_queue_url=url)
        house = house_of(folder, log)
        door = DirectDoor(house.service, settings, log.observer)
        if not url:
            assert door(event, context())["label"] == "good"
            continue
        with pytest.raises(HeavyLane, match=r"submit a job.*POST /v1/jobs.*uploads/mood/"):
            door(event, context())


@pytest.mark.parametrize(("size", "lane"), [(1000, "light"), (1001, "heavy")])
def test_an_upload_to_an_auto_model_goes_by_its_size(
    folder: Path, log: Log, size: int, lane: str
) -> None:
    change(folder, 'lane = "auto"')
    house = house_of(folder, log, heavy_queue_url=HEAVY_URL, inline_bytes=1000)
    uploads = Uploads(house.jobs, DirectoryStore(folder), house.blobs)
    job = uploads.ingest(Arrival("samovar-data", "uploads/mood/a.txt", "v1", size))
    assert job is not None
    assert job.lane == lane
