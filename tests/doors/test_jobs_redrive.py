"""POST /v1/jobs/{id}/redrive: an operator gives a job that ended badly another life."""

from samovar import jobs
from samovar.jobs import Failure
from starlette.testclient import TestClient

from tests.doors.job_house import JobHouse, text_job


def submitted(client: TestClient, **more: object) -> str:
    at = client.post("/v1/jobs", json=text_job(**more)).headers["location"]
    return at.rpartition("/")[2]


def failed(house: JobHouse, client: TestClient) -> str:
    """A job that a fault which is over by now has ended."""
    job_id = submitted(client)
    (delivery,) = house.queue.receive()
    now = house.clock.now_ns() // 1_000_000
    running = jobs.claim(house.job(job_id), now, 60_000)
    ended = jobs.fail(running, 1, now, Failure("storage_unavailable", "down"))
    assert house.table.replace(running)
    assert house.table.replace(ended)
    house.queue.delete(delivery.receipt)
    return job_id


def test_a_failed_job_is_queued_again_and_can_succeed(
    house: JobHouse, jobs_client: TestClient
) -> None:
    at = f"/v1/jobs/{failed(house, jobs_client)}"
    answer = jobs_client.post(f"{at}/redrive")
    assert (answer.status_code, answer.headers["location"]) == (202, at)
    assert answer.json()["state"] == "queued"
    assert "error" not in jobs_client.get(at).json()
    house.work()
    again = jobs_client.get(at).json()
    assert (again["state"], again["attempt"]) == ("succeeded", 2)


def test_an_expired_job_is_queued_again_without_its_deadline(
    house: JobHouse, jobs_client: TestClient
) -> None:
    at = f"/v1/jobs/{submitted(jobs_client, ttl_s=5)}"
    house.move(10)
    assert jobs_client.get(at).json()["state"] == "expired"
    assert jobs_client.post(f"{at}/redrive").status_code == 202
    house.work()
    again = jobs_client.get(at).json()
    assert (again["state"], again["deadline"]) == ("succeeded", None)


def test_a_job_that_is_not_over_or_went_well_is_not_redriven(
    house: JobHouse, jobs_client: TestClient
) -> None:
    at = f"/v1/jobs/{submitted(jobs_client)}"
    for state in ("queued", "succeeded"):
        refused = jobs_client.post(f"{at}/redrive")
        assert (refused.status_code, refused.json()["code"]) == (409, "job_conflict")
        assert state in refused.json()["error"]
        house.work()


def test_a_job_that_is_not_there_is_404(jobs_client: TestClient) -> None:
    refused = jobs_client.post("/v1/jobs/nobody/redrive")
    assert (refused.status_code, refused.json()["code"]) == (404, "job_not_found")
