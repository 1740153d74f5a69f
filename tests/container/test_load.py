"""Many at once: shared runs, limits on what waits, deadlines, an end that loses nothing."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest

from tests.container.conftest import Container, Start
from tests.tiny_models import write_models

MATES = 12


@pytest.fixture(scope="module")
def patient(start: Start) -> Container:
    """A container in which a request waits half a second for others to run with."""
    return start(SAMOVAR_BATCH_DELAY_MS="500", SAMOVAR_IN_FLIGHT=str(MATES)).await_ping()


def test_requests_that_come_together_share_a_run(patient: Container) -> None:
    before = patient.runs()
    texts = [b"good", b"bad love", b"great and good day"] * 4
    answers = patient.invoke_all(texts)
    assert [a.status_code for a in answers] == [200] * MATES
    labels = [a.json()["label"] for a in answers]
    assert [labels[0], labels[2]] == ["good", "good"]
    after = patient.runs()
    assert after["requests"] - before["requests"] == MATES
    assert after["batches"] - before["batches"] <= 3
    assert after["largestBatch"] > 1


def test_each_answer_is_the_one_that_the_request_has_alone(patient: Container) -> None:
    texts = [b"good", b"bad bad", b"love hate love", b"none of these"]
    together = [orjson.loads(a.content)["probabilities"] for a in patient.invoke_all(texts)]
    alone = [orjson.loads(patient.invoke(text).content)["probabilities"] for text in texts]
    for one, other in zip(together, alone, strict=True):
        assert [row["label"] for row in one] == [row["label"] for row in other]
        assert [row["score"] for row in one] == pytest.approx([row["score"] for row in other])


def test_a_poisoned_request_fails_alone(start: Start, tmp_path: Path) -> None:
    manifest = write_models(tmp_path) / "gather" / "model.toml"
    manifest.write_text('licence = "CC0-1.0"\n[batch]\naxis = 0\n')
    sharing = start("gather", tmp_path, SAMOVAR_BATCH_DELAY_MS="500").await_ping()

    def body(index: int) -> bytes:
        tensor = {"name": "indices", "shape": [1], "datatype": "INT64", "data": [index]}
        return orjson.dumps({"inputs": [tensor]})

    bodies = [body(index) for index in (0, 1, 99, 2, 3, 0, -99, 1)]
    answers = sharing.invoke_all(bodies, **{"content-type": "application/json"})
    assert [a.status_code for a in answers] == [200, 200, 400, 200, 200, 200, 400, 200]
    assert answers[2].json()["code"] == "model_run_failed"
    assert answers[4].json()["outputs"][0]["data"] == [30.0]
    assert sharing.runs("gather")["largestBatch"] > 1


def test_more_than_it_takes_are_refused_and_told_when_to_come_again(patient: Container) -> None:
    answers = patient.invoke_all([b"good"] * (MATES + 8))
    refused = [answer for answer in answers if answer.status_code != 200]
    assert refused
    assert {answer.status_code for answer in refused} == {429}
    assert {answer.json()["code"] for answer in refused} == {"overloaded"}
    assert all(answer.headers["retry-after"] == "1" for answer in refused)
    assert patient.invoke(b"good").status_code == 200


def test_a_request_whose_time_runs_out_is_refused_and_never_run(patient: Container) -> None:
    before = patient.runs()["requests"]
    headers = {"X-Amzn-SageMaker-Custom-Attributes": "timeout_ms=50"}
    answer = patient.invoke(b"good", **headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert patient.invoke(b"good").status_code == 200
    assert patient.runs()["requests"] == before + 1


def test_a_job_whose_deadline_passes_while_it_waits_is_never_run(patient: Container) -> None:
    before = patient.runs()["requests"]
    soon_ms = int(time.time() * 1000) + 100
    headers = {"X-Amzn-SageMaker-Custom-Attributes": f"deadline_ms={soon_ms}"}
    answer = patient.invoke(b"good", **headers)
    assert (answer.status_code, answer.json()["code"]) == (410, "deadline_exceeded")
    assert patient.runs()["requests"] == before


def test_a_body_that_never_ends_holds_its_place_for_the_time_of_a_request_and_no_longer(
    start: Start,
) -> None:
    hasty = start(SAMOVAR_TIMEOUT_S="1", SAMOVAR_IN_FLIGHT="1").await_ping()
    url = hasty.client.base_url
    with socket.create_connection((url.host, url.port or 80), timeout=20) as slow:
        slow.sendall(b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf")
        assert slow.recv(4096).startswith(b"HTTP/1.1 503 ")
    assert hasty.invoke(b"good").status_code == 200


def test_ping_answers_while_requests_wait(patient: Container) -> None:
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(patient.invoke, b"good") for _ in range(8)]
        assert patient.ping() == 200
        assert [each.result().status_code for each in waiting] == [200] * 8


def test_sigterm_answers_what_is_under_way_and_refuses_what_is_new(start: Start) -> None:
    ending = start(SAMOVAR_BATCH_DELAY_MS="4000").await_ping()
    with ThreadPoolExecutor(4) as pool:  # three that ask, and one that ends it
        waiting = [pool.submit(ending.invoke, b"good") for _ in range(3)]
        while ending.client.get("/models").status_code == 200 and not _busy(ending):
            time.sleep(0.01)
        ended = pool.submit(ending.end)
        ending.await_ping(503)
        refused = ending.invoke(b"good")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert [each.result().status_code for each in waiting] == [200, 200, 200]
        assert ended.result() == 0


def _busy(container: Container) -> bool:
    """All three have arrived: /models tells how many are under way."""
    under_way: int = container.client.get("/models").json()["underWay"]
    return under_way == 3


def test_an_idle_container_ends_at_once(start: Start) -> None:
    assert start().await_ping().end() == 0
