"""OpenAI's files and batches over HTTP: the same jobs, in the shapes that their clients know."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.doors.job_house import JobHouse
from tests.doors.test_batches_http import settle

PREDICT = "/v1/models/mood/predict"


def asked(custom_id: str, text: Any, **more: Any) -> dict[str, Any]:
    said = {"custom_id": custom_id, "method": "POST", "url": PREDICT, "body": {"text": text}}
    return said | more


def lines(*documents: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in documents)


BODY = lines(asked("a", "good"), asked("b", 1), asked("c", "bad"))


@pytest.fixture
def client(house: JobHouse) -> Iterator[TestClient]:
    with TestClient(house.app, follow_redirects=False) as client:
        yield client


def send(client: TestClient, body: bytes = BODY, **more: Any) -> Any:
    return client.post("/v1/files", files={"file": ("some.jsonl", body)}, **more)


def sent(client: TestClient, body: bytes = BODY) -> str:
    found: str = send(client, body, data={"purpose": "batch"}).json()["id"]
    return found


def create(client: TestClient, **more: Any) -> Any:
    said = {"endpoint": PREDICT, "completion_window": "24h", **more}
    return client.post("/v1/batches", json=said)


def test_a_file_is_kept_shown_listed_read_and_deleted(client: TestClient) -> None:
    made = send(client, data={"purpose": "batch"}).json()
    assert made | {"id": "", "created_at": 0} == {
        "id": "",
        "object": "file",
        "bytes": len(BODY),
        "created_at": 0,
        "filename": "some.jsonl",
        "purpose": "batch",
        "status": "processed",
    }
    path = f"/v1/files/{made['id']}"
    assert client.get(path).json() == made
    assert client.get("/v1/files?purpose=batch").json()["data"] == [made]
    assert client.get(f"{path}/content").content == BODY
    assert client.delete(path).json() == {"id": made["id"], "object": "file", "deleted": True}
    for gone in (client.get(path), client.get(f"{path}/content"), client.delete(path)):
        assert (gone.status_code, gone.json()["code"]) == (404, "file_not_found")
    assert client.get("/v1/files").json()["data"] == []


def test_a_batch_goes_from_file_to_file(house: JobHouse, client: TestClient) -> None:
    file = sent(client)
    made = create(client, input_file_id=file, metadata={"team": "red"}).json()
    assert made["status"] == "validating"
    assert (made["input_file_id"], made["endpoint"]) == (file, PREDICT)
    assert made["metadata"] == {"team": "red"}
    settle(house, made["id"].removeprefix("batch_"))
    done = client.get(f"/v1/batches/{made['id']}").json()
    assert done["status"] == "completed"
    assert done["request_counts"] == {"total": 3, "completed": 2, "failed": 1}
    output = client.get(f"/v1/files/{done['output_file_id']}/content")
    answers = [json.loads(line) for line in output.content.splitlines()]
    assert [(one["custom_id"], one["response"]["body"]["label"]) for one in answers] == [
        ("a", "good"),
        ("c", "bad"),
    ]
    assert all(one["error"] is None and one["response"]["status_code"] == 200 for one in answers)
    errors = client.get(f"/v1/files/{done['error_file_id']}/content")
    (error,) = [json.loads(line) for line in errors.content.splitlines()]
    assert (error["custom_id"], error["response"]) == ("b", None)
    assert error["error"]["code"] == "wrong_datatype"
    about = client.get(f"/v1/files/{done['output_file_id']}").json()
    assert (about["purpose"], about["bytes"]) == ("batch_output", len(output.content))


def test_a_key_makes_one_file_and_one_batch(client: TestClient) -> None:
    headers = {"idempotency-key": "k", "content-type": "multipart/form-data; boundary=x"}
    parts = ('name="purpose"\r\n\r\nbatch', 'name="file"; filename="f"\r\n\r\n' + BODY.decode())
    body = "".join(f"--x\r\nContent-Disposition: form-data; {part}\r\n" for part in parts)
    first, second = (
        client.post("/v1/files", content=body + "--x--\r\n", headers=headers) for _ in range(2)
    )
    assert first.status_code == 200, first.text
    assert first.json() == second.json()
    said = {"input_file_id": first.json()["id"], "endpoint": PREDICT, "completion_window": "24h"}
    again = [
        client.post("/v1/batches", json=said, headers={"idempotency-key": "b"}).json()["id"]
        for _ in range(2)
    ]
    assert again[0] == again[1]
    assert len(client.get("/v1/batches").json()["data"]) == 1


def test_batches_are_listed_a_page_at_a_time_and_other_jobs_are_not(
    house: JobHouse, client: TestClient
) -> None:
    file = sent(client)
    ids = []
    for _ in range(3):
        house.move(1)
        ids.append(create(client, input_file_id=file).json()["id"])
    client.post("/v1/jobs", json={"model": "mood", "input": {"text": "good"}})
    first = client.get("/v1/batches?limit=2").json()
    assert ([one["id"] for one in first["data"]], first["has_more"]) == (ids[:0:-1], True)
    last = client.get(f"/v1/batches?limit=2&after={first['last_id']}").json()
    assert ([one["id"] for one in last["data"]], last["has_more"]) == (ids[:1], False)


@pytest.mark.parametrize("limit", ["", "0", "101", "x", "1.5", "-1", "99999"])
def test_a_page_of_no_size_is_refused(client: TestClient, limit: str) -> None:
    refused = client.get(f"/v1/batches?limit={limit}&after=")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_input")


def test_a_batch_is_cancelled(client: TestClient) -> None:
    made = create(client, input_file_id=sent(client)).json()
    path = f"/v1/batches/{made['id']}"
    assert client.post(f"{path}/cancel").json()["status"] == "cancelled"
    assert client.get(path).json()["cancelled_at"] is not None


@pytest.mark.parametrize(
    ("more", "body", "code"),
    [
        ({"input_file_id": "file-none"}, BODY, "file_not_found"),
        ({"input_file_id": "../x"}, BODY, "file_not_found"),
        ({"input_file_id": 7}, BODY, "invalid_input"),
        ({"completion_window": "1h"}, BODY, "invalid_input"),
        ({"endpoint": "/v1/chat/completions"}, BODY, "invalid_input"),
        ({"endpoint": "/v1/embeddings"}, BODY, "invalid_input"),
        ({"metadata": {"a": 1}}, BODY, "invalid_input"),
        ({"metadata": 3}, BODY, "invalid_input"),
        ({"more": 1}, BODY, "invalid_input"),
        ({}, b"\n\n", "invalid_input"),
        ({}, b"nothing", "malformed_body"),
        ({}, lines([1]), "malformed_body"),
        ({}, b"{" + b" " * 70_000, "invalid_input"),
        (
            {"endpoint": "/v1/models/none/predict"},
            lines(asked("a", "x", url="/v1/models/none/predict")),
            "model_not_found",
        ),
    ],
)
def test_what_cannot_be_a_batch_is_refused(
    house: JobHouse, client: TestClient, more: Any, body: bytes, code: str
) -> None:
    house.blobs.put("inputs/plain", body, "application/jsonl")
    refused = create(client, **{"input_file_id": "plain", **more})
    assert refused.json()["code"] == code, refused.text
    assert refused.status_code in (400, 404)
    assert len(house.queue) == 0


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"data": {"purpose": "fine-tune"}}, "invalid_input"),
        ({"data": {}}, "invalid_input"),
        ({"data": {"purpose": "batch"}, "files": {"other": ("f", b"x")}}, "invalid_input"),
        ({"data": {"purpose": "batch"}, "files": {"file": ("f", b" \n")}}, "invalid_input"),
        ({"data": {"purpose": "x" * 5000}}, "invalid_input"),
    ],
)
def test_what_is_no_file_for_a_batch_is_refused(client: TestClient, form: Any, code: str) -> None:
    refused = client.post("/v1/files", **({"files": {"file": ("f", BODY)}} | form))
    assert (refused.status_code, refused.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("content_type", "status", "code"),
    [
        ("application/json", 415, "unsupported_media_type"),
        ("multipart/form-data", 400, "malformed_body"),
        ("multipart/form-data; boundary=none", 400, "malformed_body"),
    ],
)
def test_what_is_no_form_is_refused(
    client: TestClient, content_type: str, status: int, code: str
) -> None:
    headers = {"content-type": content_type}
    refused = client.post("/v1/files", content=b"--x\r\nnonsense", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_the_answers_of_a_batch_that_is_not_over_are_no_file_yet(client: TestClient) -> None:
    made = create(client, input_file_id=sent(client)).json()
    job = made["id"].removeprefix("batch_")
    for file in (f"file-{job}-output", f"file-{job}-errors", "file-none-output"):
        gone = client.get(f"/v1/files/{file}/content")
        assert (gone.status_code, gone.json()["code"]) == (404, "file_not_found")
    kept = client.delete(f"/v1/files/file-{job}-output")
    assert (kept.status_code, kept.json()["code"]) == (400, "invalid_input")
