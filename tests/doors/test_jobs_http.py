"""Jobs over HTTP: what is taken, what is refused and how, and each step of a job's life."""

from typing import Any

import pytest
from samovar import jobs
from samovar.jobs import Failure, State
from starlette.testclient import TestClient

from tests.doors.conftest import as_lambda
from tests.doors.job_house import JobHouse, text_job
from tests.gateway_events import answer_body, http_event


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
            running, 1, now, uri="s3://samovar-data/results/x/1", content_type="application/json"
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


def test_a_cursor_is_good_for_its_own_list_alone(house: JobHouse, jobs_client: TestClient) -> None:
    for _ in range(2):
        submit(jobs_client)
        house.move(0.01)
    cursor = jobs_client.get("/v1/jobs?model=mood&limit=1").json()["cursor"]
    assert jobs_client.get(f"/v1/jobs?model=price&cursor={cursor}").status_code == 400


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
