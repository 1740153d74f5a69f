"""Batches at the doors: asked for, watched, read, and put into the bucket."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from samovar.adapters.directory import DirectoryStore
from samovar.edges.s3 import UploadDoor
from samovar.job_uploads import Uploads
from samovar.jobs import State
from samovar.rows import ANSWERS, JSONL
from starlette.testclient import TestClient

from tests.conftest import Log
from tests.doors.job_house import JobHouse
from tools.job_events import uploaded

Context = Callable[[], Any]
ROWS = b'{"id": "a", "text": "good"}\n{"id": "b", "text": "bad"}\n{"id": "c", "text": 1}\n'


@pytest.fixture
def client(house: JobHouse) -> Iterator[TestClient]:
    with TestClient(house.app, follow_redirects=False) as client:
        yield client


def submitted(house: JobHouse, client: TestClient, body: bytes = ROWS, **more: Any) -> Any:
    uri = house.blobs.put("inputs/rows", body, "application/octet-stream")
    said = {"model": "mood", "input_uri": uri, "content_type": JSONL, **more}
    return client.post("/v1/jobs", json=said)


def settle(house: JobHouse, job_id: str) -> None:
    for _ in range(50):
        house.work()
        if house.job(job_id).state.final:
            return
        house.move(2)
    raise AssertionError(house.job(job_id))


def test_a_file_of_json_lines_is_submitted_watched_and_read(
    house: JobHouse, client: TestClient
) -> None:
    made = submitted(house, client)
    assert made.status_code == 202
    path = made.headers["location"]
    first = client.get(path).json()
    assert first["batch"]["progress"] is None
    assert (first["batch"]["rows"], first["batch"]["split"]) == (0, False)
    settle(house, made.json()["id"])
    done = client.get(path).json()
    assert done["state"] == "succeeded"
    assert done["batch"] == {
        "rows": 3,
        "split": True,
        "parts": 1,
        "done": 1,
        "lost": 0,
        "failed": 1,
        "progress": 1.0,
        "output_uri": f"s3://samovar-data/results/{done['id']}/output.jsonl",
        "errors_uri": f"s3://samovar-data/results/{done['id']}/errors.jsonl",
    }
    answer = client.get(done["links"]["result"])
    assert answer.headers["content-type"] == ANSWERS
    rows = [json.loads(line) for line in answer.content.splitlines()]
    assert [(row["id"], row["response"]["label"]) for row in rows] == [("a", "good"), ("b", "bad")]
    (error,) = [json.loads(line) for line in client.get(done["links"]["errors"]).text.splitlines()]
    assert (error["row"], error["id"], error["error"]["code"]) == (3, "c", "wrong_datatype")


def test_parts_are_listed_by_their_batch_and_nowhere_else(
    house: JobHouse, client: TestClient
) -> None:
    made = submitted(house, client).json()
    settle(house, made["id"])
    batch = client.get(made["links"]["self"]).json()
    (part,) = client.get(batch["links"]["parts"]).json()["jobs"]
    assert part["parent"] == made["id"]
    assert [job["id"] for job in client.get("/v1/jobs").json()["jobs"]] == [made["id"]]
    assert [job["id"] for job in client.get("/v1/jobs?model=mood").json()["jobs"]] == [made["id"]]
    assert client.get("/v1/jobs?parent=nobody").status_code == 404
    refused = client.get(f"/v1/jobs?parent={made['id']}&state=queued")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_input")


def test_csv_is_a_batch_where_that_is_asked_for(house: JobHouse, client: TestClient) -> None:
    csv = {"model": "price", "content_type": "text/csv", "batch": True}
    made = submitted(house, client, b"rooms,area\n1,2\n", **csv).json()
    settle(house, made["id"])
    (row,) = client.get(made["links"]["result"]).text.splitlines()
    assert json.loads(row)["response"]["value"] == 14.0
    plain = submitted(house, client, b"rooms,area\n1,2\n", **csv | {"batch": False}).json()
    assert house.job(plain["id"]).batch is None


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"batch": "yes"}, 400),
        ({"batch": True, "content_type": "image/png"}, 415),
        ({"model": "price", "content_type": "application/zip"}, 415),
    ],
)
def test_what_cannot_be_a_batch_is_refused_at_the_door(
    house: JobHouse, client: TestClient, more: dict[str, Any], status: int
) -> None:
    assert submitted(house, client, **more).status_code == status


def test_errors_of_what_has_none_are_not_found(house: JobHouse, client: TestClient) -> None:
    made = submitted(house, client, b'{"text": "good"}').json()
    assert client.get(f"{made['links']['self']}/errors").status_code == 409
    settle(house, made["id"])
    assert client.get(f"{made['links']['self']}/errors").status_code == 404
    assert "errors" not in client.get(made["links"]["self"]).json()["links"]


def test_a_cancelled_batch_says_so(house: JobHouse, client: TestClient) -> None:
    made = submitted(house, client).json()
    assert client.delete(made["links"]["self"]).json()["state"] == "cancelled"


def test_a_chunk_of_rows_is_answered_at_the_door_line_by_line(client: TestClient) -> None:
    kind = f'application/vnd.samovar.rows; of="{JSONL}"; first=5'
    answer = client.post("/v1/models/mood/predict", content=ROWS, headers={"content-type": kind})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == ANSWERS
    assert [json.loads(line)["row"] for line in answer.content.splitlines()] == [5, 6, 7]


UPLOADS = {
    "rows.csv": ("price", b"rooms,area\n1,2\n3\n"),
    "rows.jsonl": ("mood", ROWS),
}


@pytest.mark.parametrize("name", UPLOADS)
def test_an_uploaded_file_of_rows_is_answered_beside_its_name(
    house: JobHouse, models_dir: Path, log: Log, context: Context, name: str
) -> None:
    model, body = UPLOADS[name]
    door = UploadDoor(Uploads(house.jobs, DirectoryStore(models_dir), house.blobs), log.observer)
    house.blobs.put(f"uploads/{model}/{name}", body, "binary/octet-stream")
    event = {"Records": [uploaded(f"uploads/{model}/{name}", size=len(body))] * 2}
    (job_id, again) = door(event, context())["jobs"]
    assert job_id == again
    settle(house, job_id)
    assert house.job(job_id).state is State.SUCCEEDED
    beside = f"s3://samovar-data/results/{model}/{name}"
    summary = json.loads(house.blobs.get(f"{beside}.json"))
    assert summary["output_uri"] == f"{beside}.output.jsonl"
    assert summary["failed"] == len(house.blobs.get(f"{beside}.errors.jsonl").splitlines()) == 1
