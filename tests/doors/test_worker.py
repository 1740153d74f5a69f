"""The doors of the queue, of uploads and of the clock, over tiny models and ports in memory."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from samovar.adapters.directory import DirectoryStore
from samovar.edges.s3 import UploadDoor
from samovar.edges.schedule import SweeperDoor
from samovar.edges.sqs import WorkerDoor
from samovar.errors import InvalidInput, StorageUnavailable
from samovar.job_uploads import Uploads, media_type
from samovar.jobs import Delivery, Source, State
from samovar.submission import Submission
from samovar.types import Kind

from tests.conftest import Log
from tests.doors.job_house import JobHouse
from tools.job_events import sqs, uploaded

Context = Callable[[], Any]
BUCKET = "samovar-data"


@pytest.fixture
def house(models_dir: Path, log: Log) -> JobHouse:
    return JobHouse(models_dir, log.observer)


@pytest.fixture
def worker(house: JobHouse, log: Log) -> WorkerDoor:
    return WorkerDoor(house.runner, log.observer)


@pytest.fixture
def uploads(house: JobHouse, models_dir: Path, log: Log) -> UploadDoor:
    return UploadDoor(Uploads(house.jobs, DirectoryStore(models_dir), house.blobs), log.observer)


def submitted(house: JobHouse, text: bytes = b"a great day") -> str:
    return house.jobs.submit(Submission("mood", Source("text/plain", text))).id


def put(house: JobHouse, name: str, body: bytes) -> dict[str, Any]:
    """The event of an object that is there now."""
    house.blobs.put(f"uploads/{name}", body, "binary/octet-stream")
    return {"Records": [uploaded(f"uploads/{name}", size=len(body))]}


def result(house: JobHouse, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(house.blobs.get(f"s3://{BUCKET}/results/{name}"))
    return found


def test_a_message_runs_its_job_and_is_consumed(
    house: JobHouse, worker: WorkerDoor, context: Context, log: Log
) -> None:
    job = submitted(house)
    assert worker(sqs({"job": job}), context()) == {"batchItemFailures": []}
    assert house.job(job).state is State.SUCCEEDED
    line = log.lines()[-1]
    assert (line["door"], line["items"], line["kept"], line["status"]) == ("sqs", 1, 0, 200)


@pytest.mark.parametrize(
    "body", ["", "{", "null", "[]", "{}", '{"job": 1}', '{"job": ""}', '{"job": null}']
)
def test_a_malformed_message_is_consumed_and_told_of_and_harms_no_other(
    body: str, house: JobHouse, worker: WorkerDoor, context: Context, log: Log
) -> None:
    job = submitted(house)
    assert worker(sqs(body, {"job": job}), context()) == {"batchItemFailures": []}
    assert house.job(job).state is State.SUCCEEDED
    (told,) = [line for line in log.lines() if line["message"] == "a message names no job"]
    assert (told["level"], told["message_id"]) == ("WARNING", sqs(body)["Records"][0]["messageId"])


@pytest.mark.parametrize("event", [None, [], {}, {"Records": None}, {"Records": [None, {}, 1]}])
def test_an_event_that_is_no_batch_keeps_nothing(
    event: Any, worker: WorkerDoor, context: Context
) -> None:
    assert worker(event, context()) == {"batchItemFailures": []}


def test_what_there_is_no_time_for_is_handed_back(house: JobHouse, worker: WorkerDoor) -> None:
    class Late:
        aws_request_id = "late"

        def get_remaining_time_in_millis(self) -> int:
            return 10

    job = submitted(house)
    event = sqs({"job": job})
    kept = [{"itemIdentifier": event["Records"][0]["messageId"]}]
    assert worker(event, Late()) == {"batchItemFailures": kept}
    assert house.job(job).state is State.QUEUED


def test_a_fault_of_ours_keeps_every_message_and_quotes_none(context: Context, log: Log) -> None:
    class Broken:
        def run(self, deliveries: Any, time_left_ms: Any) -> list[Delivery]:
            raise RuntimeError("a secret payload")

    event = sqs({"job": "a"}, {"job": "b"})
    answer = WorkerDoor(Broken(), log.observer)(event, context())  # type: ignore[arg-type]  # breaks
    assert len(answer["batchItemFailures"]) == 2
    assert "secret" not in str(log.lines())


def test_an_upload_is_answered_beside_its_name(
    house: JobHouse, uploads: UploadDoor, context: Context
) -> None:
    (job,) = uploads(put(house, "mood/my day.txt", b"a great day"), context())["jobs"]
    house.work()
    assert house.job(job).state is State.SUCCEEDED
    found = result(house, "mood/my day.txt.json")
    assert found["label"] == "good"
    assert found == json.loads(house.jobs.result(job).body)


def test_an_upload_that_fails_is_answered_with_its_error(
    house: JobHouse, uploads: UploadDoor, context: Context
) -> None:
    (job,) = uploads(put(house, "mood/day.txt", b"\xff\xfe\xff"), context())["jobs"]
    house.work()
    said = result(house, "mood/day.txt.error.json")
    failure = house.job(job).failure
    assert failure is not None
    assert said == {"error": failure.message, "code": failure.code, "job": job}


def test_the_worker_that_died_after_the_end_is_made_good_by_the_next_delivery(
    house: JobHouse, uploads: UploadDoor, context: Context
) -> None:
    (job,) = uploads(put(house, "mood/day.txt", b"a great day"), context())["jobs"]
    house.work()
    answer = house.blobs.get(f"s3://{BUCKET}/results/mood/day.txt.json")
    house.blobs.put("results/mood/day.txt.json", b"", "text/plain")  # as if it never came there
    house.queue.send([job])
    house.work()
    assert house.blobs.get(f"s3://{BUCKET}/results/mood/day.txt.json") == answer
    assert house.job(job).attempt == 1


def test_the_message_is_kept_until_the_answer_lies_there(
    house: JobHouse, uploads: UploadDoor, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = uploads(put(house, "mood/day.txt", b"a great day"), context())["jobs"]
    put_object = house.blobs.put

    def refusing(key: str, body: bytes, content_type: str) -> str:
        if key.endswith(".json"):
            raise StorageUnavailable("not now")
        return put_object(key, body, content_type)

    monkeypatch.setattr(house.blobs, "put", refusing)
    house.work()
    monkeypatch.undo()
    assert house.job(job).state is State.SUCCEEDED
    assert len(house.queue) == 1
    house.move(3600)
    house.work()
    assert len(house.queue) == 0
    assert result(house, "mood/day.txt.json")["label"] == "good"


def test_storage_that_is_away_makes_the_event_come_again(
    house: JobHouse, uploads: UploadDoor, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(job_ids: Any, delay_s: int = 0) -> None:
        raise StorageUnavailable("not now")

    event = put(house, "mood/day.txt", b"a great day")
    monkeypatch.setattr(house.queue, "send", away)
    with pytest.raises(StorageUnavailable):
        uploads(event, context())
    monkeypatch.undo()
    assert len(uploads(event, context())["jobs"]) == 1
    assert len(house.queue) == 1


def test_a_key_that_leads_out_of_its_folder_makes_no_job(
    uploads: UploadDoor, house: JobHouse, context: Context, log: Log
) -> None:
    event = {"Records": [uploaded("uploads/mood/../../inputs/x")]}
    with pytest.raises(InvalidInput):
        house.blobs.put("results/mood/../../inputs/x", b"", "text/plain")
    assert uploads(event, context()) == {"jobs": []}
    assert log.lines()[-1]["code"] == "invalid_input"


@pytest.mark.parametrize(
    ("name", "kind", "wanted"),
    [
        ("a.PNG", Kind.IMAGE, "image/png"),
        ("a.txt", Kind.TEXT, "text/plain"),
        ("a.csv", Kind.ROWS, "text/csv"),
        ("a.json", Kind.ROWS, "application/json"),
        ("a.json", Kind.BYTES, "application/octet-stream"),
        ("a", Kind.TEXT, "application/octet-stream"),
        ("a.unheard-of", Kind.IMAGE, "application/octet-stream"),
    ],
)
def test_a_suffix_says_what_an_object_is(name: str, kind: Kind, wanted: str) -> None:
    assert media_type(name, kind) == wanted


def test_the_clock_sends_again_what_lost_its_message(
    house: JobHouse, context: Context, log: Log
) -> None:
    job = submitted(house)
    (lost,) = house.queue.receive()
    house.queue.delete(lost.receipt)
    sweeper = SweeperDoor(house.sweeper, log.observer)
    assert sweeper({}, context()) == {"touched": 0}
    house.move(1200)
    assert sweeper({}, context()) == {"touched": 1}
    house.work()
    assert house.job(job).state is State.SUCCEEDED
