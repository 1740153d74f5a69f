"""Jobs that are refused: wrong bodies, uploads, queries and methods, each by name."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.doors.job_house import JobHouse, text_job

BUCKET = "s3://samovar-data"


@pytest.mark.parametrize(
    "body",
    [
        text_job(),
        text_job(version="1"),
        text_job(version=""),
        text_job(ttl_s=1, priority=9, tags={"team": "žluťoučký", "empty": ""}),
        text_job(ttl_s=604_800, priority=0, tags={}),
        {"model": "mood", "input": {}},
        {"model": "mood", "input_uri": f"{BUCKET}/inputs/a", "content_type": "text/plain"},
        {"model": "mood", "input_uri": f"{BUCKET}/uploads/mood/a b.txt"},
        {"model": "mood", "upload_id": "abc"},
        {"model": "mood", "upload_id": "abc", "content_type": "text/csv;charset=utf-8"},
    ],
)
def test_a_good_request_becomes_a_job(jobs_client: TestClient, body: Any) -> None:
    assert jobs_client.post("/v1/jobs", json=body).status_code == 202


def uri_job(uri: Any, **more: Any) -> dict[str, Any]:
    return {"model": "mood", "input_uri": uri, **more}


BAD: dict[str, tuple[Any, int, str, str]] = {
    "not JSON": (b"{", 400, "malformed_body", "not JSON"),
    "nothing": (b"", 400, "malformed_body", "not JSON"),
    "a list": ([], 400, "malformed_body", "JSON object"),
    "a key twice": (b'{"model": "mood", "model": "a"}', 400, "duplicate_name", "'model'"),
    "too deep": (b'{"input": ' * 70 + b"1" + b"}" * 70, 400, "malformed_body", "deeper"),
    "no model": ({"input": {}}, 400, "invalid_input", "'model'"),
    "a model that is a number": (text_job(model=1), 400, "invalid_input", "'model'"),
    "a very long model": (text_job(model="m" * 300), 400, "invalid_input", "'model'"),
    "an unknown model": (text_job(model="nobody"), 404, "model_not_found", "nobody"),
    "a model with dots": (text_job(model="../mood"), 404, "model_not_found", "../mood"),
    "an unknown version": (text_job(version="9"), 404, "version_not_found", "9"),
    "a version that is a number": (text_job(version=1), 400, "invalid_input", "'version'"),
    "an unknown key": (text_job(modle="x"), 400, "invalid_input", "'modle'"),
    "no input": ({"model": "mood"}, 400, "invalid_input", "'input_uri'"),
    "two inputs": (text_job(input_uri=f"{BUCKET}/inputs/a"), 400, "invalid_input", "'input_uri'"),
    "an input and an upload": (text_job(upload_id="a"), 400, "invalid_input", "'upload_id'"),
    "an input that is a text": (text_job(input="a"), 400, "invalid_input", "'input'"),
    "an input that is null": (text_job(input=None), 400, "invalid_input", "'input'"),
    "an input with a type": (
        text_job(content_type="text/plain"),
        400,
        "invalid_input",
        "'content_type'",
    ),
    "a type that is none": (
        uri_job(f"{BUCKET}/inputs/a", content_type="text"),
        400,
        "invalid_input",
        "'content_type'",
    ),
    "a type of two lines": (
        uri_job(f"{BUCKET}/inputs/a", content_type="text/plain\r\nx: y"),
        400,
        "invalid_input",
        "'content_type'",
    ),
    "a URI that is a number": (uri_job(5), 400, "invalid_input", "'input_uri'"),
    "an empty URI": (uri_job(""), 400, "invalid_input", "'input_uri'"),
    "another bucket": (uri_job("s3://other/inputs/a"), 400, "invalid_input", "'input_uri'"),
    "a longer bucket": (uri_job(f"{BUCKET}x/inputs/a"), 400, "invalid_input", "'input_uri'"),
    "another scheme": (uri_job("http://169.254.169.254/"), 400, "invalid_input", "'input_uri'"),
    "a result": (uri_job(f"{BUCKET}/results/j/1"), 400, "invalid_input", "'input_uri'"),
    "a way out": (uri_job(f"{BUCKET}/inputs/../results/j"), 400, "invalid_input", "inputs/.."),
    "a prefix": (uri_job(f"{BUCKET}/inputs/"), 400, "invalid_input", "inputs/"),
    "an upload that is a path": (
        {"model": "mood", "upload_id": "../a"},
        400,
        "invalid_input",
        "'upload_id'",
    ),
    "a TTL of nothing": (text_job(ttl_s=0), 400, "invalid_input", "'ttl_s'"),
    "a TTL below it": (text_job(ttl_s=-1), 400, "invalid_input", "'ttl_s'"),
    "a TTL of years": (text_job(ttl_s=604_801), 400, "invalid_input", "'ttl_s'"),
    "a TTL in words": (text_job(ttl_s="1"), 400, "invalid_input", "'ttl_s'"),
    "a TTL of halves": (text_job(ttl_s=1.5), 400, "invalid_input", "'ttl_s'"),
    "a TTL that is true": (text_job(ttl_s=True), 400, "invalid_input", "'ttl_s'"),
    "a TTL that is null": (text_job(ttl_s=None), 400, "invalid_input", "'ttl_s'"),
    "a priority too high": (text_job(priority=10), 400, "invalid_input", "'priority'"),
    "a priority too low": (text_job(priority=-1), 400, "invalid_input", "'priority'"),
    "tags in a list": (text_job(tags=["a"]), 400, "invalid_input", "'tags'"),
    "too many tags": (
        text_job(tags={f"t{n}": "" for n in range(17)}),
        400,
        "invalid_input",
        "'tags'",
    ),
    "a tag without a name": (text_job(tags={"": "a"}), 400, "invalid_input", "'tags'"),
    "a tag's long name": (text_job(tags={"t" * 65: "a"}), 400, "invalid_input", "'tags'"),
    "a tag that is a number": (text_job(tags={"t": 1}), 400, "invalid_input", "'t'"),
    "a tag's long value": (text_job(tags={"t": "a" * 257}), 400, "invalid_input", "'t'"),
    "a tag that rings": (text_job(tags={"t": "\x1b[2J"}), 400, "invalid_input", "'t'"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_is_refused_by_name_and_leaves_nothing(
    house: JobHouse, jobs_client: TestClient, name: str
) -> None:
    body, status, code, said = BAD[name]
    sent = {"content": body} if isinstance(body, bytes) else {"json": body}
    answer = jobs_client.post("/v1/jobs", **sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert said in answer.json()["error"]
    assert len(house.queue) == 0
    assert jobs_client.get("/v1/jobs").json()["jobs"] == []


def test_a_body_over_the_limit_is_413(jobs_client: TestClient) -> None:
    answer = jobs_client.post("/v1/jobs", json=text_job(tags={"t": "a" * 7_000_000}))
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "'content_type'"),
        ({"content_type": "text"}, "'content_type'"),
        ({"content_type": ""}, "'content_type'"),
        ({"content_type": 1}, "'content_type'"),
        ({"content_type": "text/plain", "size": 0}, "'size'"),
        ({"content_type": "text/plain", "size": "1"}, "'size'"),
        ({"content_type": "text/plain", "size": 1 << 40}, "bytes at most"),
        ({"content_type": "text/plain", "name": "a"}, "'name'"),
    ],
)
def test_a_bad_upload_is_refused_by_name(jobs_client: TestClient, body: Any, said: str) -> None:
    answer = jobs_client.post("/v1/uploads", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert said in answer.json()["error"]


@pytest.mark.parametrize("end", ["", "/result"])
@pytest.mark.parametrize("job_id", ["nobody", "a.b", "%F0%9F%8D%B5", "a" * 2000, "..%2Fa"])
def test_an_unknown_job_is_404(jobs_client: TestClient, job_id: str, end: str) -> None:
    methods = ("GET",) if end else ("GET", "DELETE")
    for method in methods:
        answer = jobs_client.request(method, f"/v1/jobs/{job_id}{end}")
        assert (answer.status_code, answer.json()["code"]) == (404, "job_not_found")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("state=done", "'state'"),
        ("state=", "'state'"),
        ("limit=0", "'limit'"),
        ("limit=101", "'limit'"),
        ("limit=ten", "'limit'"),
        ("limit=", "'limit'"),
        ("limit=%D9%A1", "'limit'"),
        ("cursor=abc", "cursor"),
        ("cursor=%00", "'cursor'"),
        ("cursor=%ff%ff", "cursor"),
        ("page=2", "'page'"),
        ("limit=1&limit=2", "'limit'"),
    ],
)
def test_a_bad_query_is_refused_by_name(jobs_client: TestClient, query: str, said: str) -> None:
    answer = jobs_client.get(f"/v1/jobs?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert said in answer.json()["error"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/jobs", "GET, HEAD, POST"),
        ("/v1/jobs/x", "DELETE, GET, HEAD"),
        ("/v1/jobs/x/result", "GET, HEAD"),
        ("/v1/uploads", "POST"),
    ],
)
def test_another_method_is_405_with_all_that_the_path_takes(
    jobs_client: TestClient, path: str, allowed: str
) -> None:
    answer = jobs_client.put(path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/jobs"),
        ("GET", "/v1/jobs"),
        ("GET", "/v1/jobs/x"),
        ("GET", "/v1/jobs/x/result"),
        ("DELETE", "/v1/jobs/x"),
        ("POST", "/v1/uploads"),
    ],
)
def test_a_deployment_without_jobs_says_so(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (404, "jobs_not_configured")
