"""Jobs over HTTP: what is taken, what is refused and how, and each step of a job's life."""

from typing import Any

import pytest
from samovar import jobs
from samovar.jobs import Failure, State
from starlette.testclient import TestClient

from tests.doors.conftest import as_lambda
from tests.doors.job_house import JobHouse, text_job
from tests.gateway_events import answer_body, http_event

BUCKET = "s3://samovar-data"


def submit(client: TestClient, **more: Any) -> str:
    answer = client.post("/v1/jobs", json=text_job(**more))
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def test_a_job_is_taken_with_202_and_where_it_is_found(jobs_client: TestClient) -> None:
    answer = jobs_client.post("/v1/jobs", json=text_job())
    assert answer.status_code == 202
    assert answer.headers["location"] == "/v1/jobs/job-1"
    links = {"self": "/v1/jobs/job-1", "result": "/v1/jobs/job-1/result"}
    assert answer.json() == {"id": "job-1", "state": "queued", "links": links}


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


def test_a_job_is_shown_whole_at_each_step(house: JobHouse, jobs_client: TestClient) -> None:
    at = f"/v1/jobs/{submit(jobs_client, ttl_s=60, priority=3, tags={'team': 'red'})}"
    queued = jobs_client.get(at).json()
    assert queued == {
        "id": "job-1",
        "state": "queued",
        "model": "mood",
        "version": "",
        "lane": "light",
        "attempt": 0,
        "priority": 3,
        "created": "2023-11-14T22:13:20.000Z",
        "started": None,
        "finished": None,
        "deadline": "2023-11-14T22:14:20.000Z",
        "timings_ms": {},
        "tags": {"team": "red"},
        "links": {"self": at, "result": f"{at}/result"},
    }
    house.move(1.5)
    house.work()
    done = jobs_client.get(at).json()
    assert (done["state"], done["attempt"]) == ("succeeded", 1)
    assert done["started"] == done["finished"] == "2023-11-14T22:13:21.500Z"
    assert done["timings_ms"] == {"queued": 1500, "running": 0, "total": 1500}
    assert "error" not in done


def test_the_result_is_there_when_the_job_succeeded_and_not_before(
    house: JobHouse, jobs_client: TestClient
) -> None:
    at = f"/v1/jobs/{submit(jobs_client)}/result"
    before = jobs_client.get(at)
    assert (before.status_code, before.json()["code"]) == (409, "job_conflict")
    house.work()
    straight = jobs_client.post(
        "/v1/models/mood/predict", json=text_job()["input"], headers={"x-request-id": "job-1"}
    )
    result = jobs_client.get(at)
    assert result.status_code == 200
    assert result.content == straight.content
    assert result.headers["content-type"] == straight.headers["content-type"]


def test_a_job_that_failed_says_why_and_has_no_result(
    house: JobHouse, jobs_client: TestClient
) -> None:
    job_id = submit(jobs_client, input={"txt": "a"})
    house.work()
    job = jobs_client.get(f"/v1/jobs/{job_id}").json()
    assert job["state"] == "failed"
    assert job["error"]["code"] == "unknown_tensor"
    assert "txt" in job["error"]["message"]
    result = jobs_client.get(f"/v1/jobs/{job_id}/result")
    assert result.status_code == 409
    assert "txt" in result.json()["error"]


def test_an_upload_is_an_input_once_it_is_there(house: JobHouse, jobs_client: TestClient) -> None:
    answer = jobs_client.post("/v1/uploads", json={"content_type": "text/plain", "size": 100})
    assert answer.status_code == 200
    made = answer.json()
    assert made.keys() == {"upload_id", "url", "fields"}
    assert made["fields"]["max-bytes"] == "100"
    house.blobs.put(made["fields"]["key"], b"a great day", "text/plain")
    body = {"model": "mood", "upload_id": made["upload_id"], "content_type": "text/plain"}
    job_id = jobs_client.post("/v1/jobs", json=body).json()["id"]
    house.work()
    assert jobs_client.get(f"/v1/jobs/{job_id}/result").json()["label"] == "good"


def test_an_upload_that_never_came_fails_the_job(house: JobHouse, jobs_client: TestClient) -> None:
    answer = jobs_client.post("/v1/jobs", json={"model": "mood", "upload_id": "nothing"})
    house.work()
    job = jobs_client.get(answer.headers["location"]).json()
    assert (job["state"], job["error"]["code"]) == ("failed", "invalid_input")


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


def put_in(house: JobHouse, job_id: str, state: State) -> None:
    """The job moved into a state by its own transitions."""
    now = house.clock.now_ns() // 1_000_000
    job = house.job(job_id)
    if state is State.QUEUED:
        return
    running = jobs.claim(job, now, 60_000)
    assert house.table.replace(running)
    ended = {
        State.SUCCEEDED: lambda: jobs.succeed(
            running, 1, now, uri=f"{BUCKET}/results/x/1", content_type="application/json"
        ),
        State.FAILED: lambda: jobs.fail(running, 1, now, Failure("model_fault", "broken")),
        State.CANCELLED: lambda: jobs.cancel(running, now),
        State.EXPIRED: lambda: jobs.expire(running, running.deadline_ms),
    }
    if state in ended:
        assert house.table.replace(ended[state]())


@pytest.mark.parametrize("state", State)
def test_a_job_is_cancelled_in_every_state_that_can_be(
    house: JobHouse, jobs_client: TestClient, state: State
) -> None:
    job_id = submit(jobs_client, ttl_s=60)
    put_in(house, job_id, state)
    answer = jobs_client.delete(f"/v1/jobs/{job_id}")
    if state in (State.QUEUED, State.RUNNING, State.CANCELLED):
        assert answer.status_code == 200
        assert answer.json()["state"] == "cancelled"
        assert jobs_client.delete(f"/v1/jobs/{job_id}").status_code == 200
    else:
        assert (answer.status_code, answer.json()["code"]) == (409, "job_conflict")
        assert state in answer.json()["error"]
        assert house.job(job_id).state is state


def test_a_cancelled_job_is_not_run(house: JobHouse, jobs_client: TestClient) -> None:
    job_id = submit(jobs_client)
    jobs_client.delete(f"/v1/jobs/{job_id}")
    house.work()
    assert jobs_client.get(f"/v1/jobs/{job_id}").json()["attempt"] == 0
    assert jobs_client.get(f"/v1/jobs/{job_id}/result").status_code == 409


def test_a_job_past_its_deadline_is_seen_expired(house: JobHouse, jobs_client: TestClient) -> None:
    job_id = submit(jobs_client, ttl_s=60)
    house.move(61)
    assert jobs_client.get(f"/v1/jobs/{job_id}").json()["state"] == "expired"


def test_pages_have_each_job_once_newest_first(house: JobHouse, jobs_client: TestClient) -> None:
    made = []
    for _ in range(7):
        made.append(submit(jobs_client))
        house.move(0.01)
    seen, at = [], "/v1/jobs?limit=3"
    for size in (3, 3, 1):
        page = jobs_client.get(at).json()
        assert len(page["jobs"]) == size
        seen += [job["id"] for job in page["jobs"]]
        at = page["links"].get("next", "")
        assert bool(page["cursor"]) == bool(at)
    assert seen == made[::-1]
    assert not at


def test_a_list_is_of_a_state_and_of_a_model(house: JobHouse, jobs_client: TestClient) -> None:
    first = submit(jobs_client)
    second = submit(jobs_client)
    third = jobs_client.post("/v1/jobs", json={"model": "price", "input": {"row": [1, 2]}})
    jobs_client.delete(f"/v1/jobs/{first}")

    def listed(query: str) -> set[str]:
        return {job["id"] for job in jobs_client.get(f"/v1/jobs?{query}").json()["jobs"]}

    assert listed("state=cancelled") == {first}
    assert listed("model=mood") == {first, second}
    assert listed("state=queued&model=price") == {third.json()["id"]}
    assert listed("model=nobody") == set()
    assert len(listed("")) == 3


def test_a_page_keeps_its_filter_in_the_next_one(house: JobHouse, jobs_client: TestClient) -> None:
    for _ in range(3):
        submit(jobs_client)
        jobs_client.post("/v1/jobs", json={"model": "price", "input": {"row": [1, 2]}})
        house.move(0.01)
    page = jobs_client.get("/v1/jobs?state=queued&model=mood&limit=2").json()
    rest = jobs_client.get(page["links"]["next"]).json()
    assert [job["model"] for job in (*page["jobs"], *rest["jobs"])] == ["mood"] * 3


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


def test_a_cursor_is_good_for_its_own_list_alone(house: JobHouse, jobs_client: TestClient) -> None:
    for _ in range(2):
        submit(jobs_client)
        house.move(0.01)
    cursor = jobs_client.get("/v1/jobs?model=mood&limit=1").json()["cursor"]
    assert jobs_client.get(f"/v1/jobs?model=price&cursor={cursor}").status_code == 400


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


def test_the_wide_door_in_a_function_answers_with_the_same_bytes(
    house: JobHouse, jobs_client: TestClient
) -> None:
    job_id = submit(jobs_client)
    event = {**http_event("GET", "/v1/jobs"), "rawQueryString": "state=queued&limit=5"}
    with as_lambda(house.app) as wide:
        answer = wide(event, None)
        shown = wide(http_event("GET", f"/v1/jobs/{job_id}/"), None)
    assert answer_body(answer) == jobs_client.get("/v1/jobs?state=queued&limit=5").content
    assert answer_body(shown) == jobs_client.get(f"/v1/jobs/{job_id}").content


def test_a_result_that_is_no_longer_there_is_404(house: JobHouse, jobs_client: TestClient) -> None:
    job_id = submit(jobs_client)
    put_in(house, job_id, State.SUCCEEDED)
    answer = jobs_client.get(f"/v1/jobs/{job_id}/result")
    assert (answer.status_code, answer.json()["code"]) == (404, "job_not_found")
