"""Jobs of a model that leaves its lane to the load, through the doors and the workers."""

from math import exp
from pathlib import Path

import orjson
import pytest
from samovar.adapters.directory import DirectoryStore
from samovar.errors import InvalidInput
from samovar.frozen import replace
from samovar.job_uploads import Arrival, Uploads
from samovar.jobs import Job
from samovar.router import ENDPOINT
from samovar.routing import Load
from samovar.rows import JSONL, count_of
from starlette.testclient import TestClient

from tests.conftest import Log
from tests.doors.job_house import HEAVY_URL, TEXT, JobHouse, ask, change, house_of, text_job
from tests.unit.batch_house import BatchHouse
from tests.unit.heavy_world import ANSWER, calling_world

LATER = {**TEXT, "prefer": "respond-async"}


@pytest.fixture
def house(folder: Path, log: Log) -> JobHouse:
    change(folder, 'lane = "auto"\n[profile]\nrequest_ms = 3000')
    return house_of(folder, log, heavy_queue_url=HEAVY_URL)


def moved(house: JobHouse | BatchHouse) -> None:
    """The model's load is cheaper on an endpoint that is awake, and everybody knows."""
    now_ms = house.clock.now_ns() // 1_000_000
    load = Load("mood", now_ms, 2000.0, 1000.0, 5000.0, heavy=True, revision=1)
    assert house.loads.put(load) is None
    assert house.loads.put(Load(ENDPOINT, answered_ms=now_ms, revision=1)) is None


def sent(house: JobHouse) -> Job:
    """The job of a request that is to be answered later."""
    answer = ask(house, headers=LATER)
    assert answer["statusCode"] == 202
    return house.job(orjson.loads(answer["body"])["id"])


def test_jobs_go_where_their_models_load_is_cheaper(house: JobHouse) -> None:
    light = sent(house)
    assert (light.lane, light.lane_reason) == ("light", "cost")
    moved(house)
    house.move(11)
    heavy = sent(house)
    assert (heavy.lane, heavy.lane_reason) == ("heavy", "load")
    assert (len(house.queue), len(house.heavy)) == (1, 1)


def test_a_caller_who_waits_is_answered_whatever_the_load(house: JobHouse) -> None:
    moved(house)
    for _ in range(20):
        house.move(1)
        assert ask(house)["statusCode"] == 200
    assert (house.loads.reads, house.loads.writes) == (0, 2), "nor does anybody ask for it"


def test_a_job_tells_its_client_and_the_log_why_it_is_on_its_lane(
    house: JobHouse, log: Log
) -> None:
    moved(house)
    with TestClient(house.app) as client:
        found = client.post("/v1/jobs", json=text_job()).json()
        shown = client.get(found["links"]["self"]).json()
    assert (shown["lane"], shown["lane_reason"]) == ("heavy", "load")
    (line,) = [line for line in log.lines() if line["message"] == "job routed"]
    assert (line["job"], line["model"], line["lane"]) == (shown["id"], "mood", "heavy")
    (metric,) = line["_aws"]["CloudWatchMetrics"]
    assert metric["Dimensions"] == [["model", "lane_reason"]]
    assert metric["Metrics"] == [{"Name": "routed_jobs", "Unit": "Count"}]
    assert {key: line[key] for key in ("lane_reason", "routed_jobs")} == {
        "lane_reason": "load",
        "routed_jobs": 1,
    }


def test_a_job_of_another_model_has_no_reason_and_no_line(folder: Path, log: Log) -> None:
    house = house_of(folder, log, heavy_queue_url=HEAVY_URL)
    assert sent(house).lane_reason == ""
    assert [line for line in log.lines() if line["message"] == "job routed"] == []
    assert house.loads.reads == 0


def test_a_request_that_is_sent_again_under_its_key_counts_once(house: JobHouse) -> None:
    for _ in range(3):
        ask(house, headers={**LATER, "idempotency-key": "tea"})
    house.move(11)
    sent(house)
    assert house.loads.get("mood").jobs == pytest.approx(2, abs=0.1)


def test_an_upload_is_routed_as_any_job(house: JobHouse, folder: Path) -> None:
    moved(house)
    uploads = Uploads(house.jobs, DirectoryStore(folder), house.blobs)
    job = uploads.ingest(Arrival("samovar-data", "uploads/mood/a.txt", "v1", 100))
    assert job is not None
    assert (job.lane, job.lane_reason) == ("heavy", "load")


def test_a_worker_tells_that_jobs_have_waited_too_long(house: JobHouse) -> None:
    sent(house)
    house.move(70)
    house.work()
    assert house.loads.get("mood").age_s == pytest.approx(70)
    house.loads.put(Load(ENDPOINT, answered_ms=house.now_ms, revision=1))
    house.move(11)
    assert sent(house).lane_reason == "age"


def test_an_answer_of_the_endpoint_says_that_it_is_awake_and_an_error_does_not() -> None:
    world = calling_world()
    world.failed(InvalidInput("no"))
    assert world.loads.get(ENDPOINT).answered_ms == 0
    world = calling_world()
    world.results.finish(world.endpoint.answer(world.call(), ANSWER))
    assert world.loads.get(ENDPOINT).answered_ms == world.now_ms


ROWS = b"".join(b'{"text": "a great day %d"}\n' % number for number in range(20))


@pytest.fixture
def files(folder: Path) -> BatchHouse:
    change(folder, 'lane = "auto"\n[profile]\nrequest_ms = 300')
    return BatchHouse(folder, heavy=True)


def test_each_part_of_a_batch_has_the_lane_of_its_time(files: BatchHouse) -> None:
    job = files.submit("mood", JSONL, ROWS, size=len(ROWS))
    assert (job.lane, job.lane_reason) == ("light", "parts")
    moved(files)
    files.work()
    parts = files.parts(job.id)
    assert {(part.lane, part.lane_reason) for part in parts} == {("heavy", "load")}
    assert files.heavy is not None
    assert {message.job_id for message in files.heavy.receive(32)} == {part.id for part in parts}
    files.clock.move(11_000_000_000)
    more = files.submit("mood", JSONL, ROWS, size=len(ROWS))
    files.work()
    assert len(files.parts(more.id)) == len(parts)
    told = files.loads.get("mood").work_s - 2000 * exp(-11 / 300)
    late = count_of(files.parts(more.id)[0].source.content_type)  # ten seconds after the first
    rows = 20 + late
    assert told == pytest.approx(rows * 0.3)


def test_a_part_that_is_made_again_stays_on_the_lane_that_it_has(files: BatchHouse) -> None:
    job = files.submit("mood", JSONL, ROWS, size=len(ROWS))
    files.work()  # its parts are light, and their messages are lost
    parts = files.parts(job.id)
    assert {part.lane for part in parts} == {"light"}
    while messages := files.queue.receive(32):
        for message in messages:
            files.queue.delete(message.receipt)
    known = files.job(job.id)
    assert known.batch is not None
    begun = replace(known.batch, at=0, rows=0, parts=0, split=False)
    late = known.lease_until_ms - files.clock.now_ns() // 1_000_000 + 1
    files.clock.move(late * 1_000_000)
    files.table.replace(replace(known, batch=begun, revision=known.revision + 1))
    moved(files)
    files.queue.send([job.id])
    files.work()
    assert files.heavy is not None
    assert len(files.heavy) == 0
    assert {part.lane for part in files.parts(job.id)} == {"light"}
