"""Jobs on the running twin: from each door through the queue, and one effect whatever happens."""

import json
import os
import signal
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from samovar.submission import job_id_of

from tests.twin.host import ROOT
from tests.twin.running_application import MINISTACK, TO_DO, Application, eventually, start

pytestmark = [
    pytest.mark.twin,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("jobs"),
    pytest.mark.skipif(
        not MINISTACK.exists(), reason="make .venvs/.stamps/ministack sets up the AWS emulator"
    ),
]
_LEASE_S = 60.0


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    running = start(tmp_path_factory.mktemp("jobs") / "state")
    yield running
    running.twin.end()


def test_a_job_is_submitted_run_and_its_result_fetched(app: Application) -> None:
    name = app.submit(tags={"who": "a test"})
    job = app.ended(name)
    assert (job["state"], job["attempt"], job["tags"]) == ("succeeded", 1, {"who": "a test"})
    result = app.http("GET", f"/v1/jobs/{name}/result")
    assert (result["model"], result["label"]) == ("task-priority", "High")


def test_predict_is_answered_later_where_the_client_prefers_it(app: Application) -> None:
    path = "/v1/models/task-priority/predict"
    made = app.http("POST", path, {"text": TO_DO}, prefer="respond-async")
    assert app.ended(made["id"])["state"] == "succeeded"


def test_a_client_that_is_ready_to_wait_is_sent_on_to_the_result(app: Application) -> None:
    path = "/v1/models/task-priority/predict"
    answer = app.http("POST", path, {"text": TO_DO}, prefer="respond-async, wait=20")
    assert (answer["model"], answer["label"]) == ("task-priority", "High")


def test_calls_with_one_key_in_several_processes_get_one_answer(app: Application) -> None:
    path = "/v1/models/task-priority/predict"

    def ask(key: str, text: str = TO_DO) -> object:
        headers = {"idempotency-key": key, "x-request-id": uuid.uuid4().hex}
        try:
            return app.http("POST", path, {"text": text}, **headers)["id"]
        except urllib.error.HTTPError as refused:
            return refused.code

    for round_ in range(5):
        key = f"calls {round_}"
        with ThreadPoolExecutor(6) as threads:
            found = set(threads.map(ask, [key] * 6))
        first = ask(key)
        assert isinstance(first, str)
        assert first in found <= {first, 409}
        assert ask(key, "Water the plants") == 422
    assert "sync" not in {job["lane"] for job in app.http("GET", "/v1/jobs")["jobs"]}


def test_an_upload_is_answered_under_its_own_name(app: Application) -> None:
    app.put("uploads/task-priority/to do (1).txt", TO_DO.encode())
    three = ROOT / "models" / "digits" / "examples" / "three.png"
    app.put("uploads/digits/three.png", three.read_bytes())
    answers = {
        "results/task-priority/to do (1).txt.json": "High",
        "results/digits/three.png.json": "3",
    }
    for key, label in answers.items():
        eventually(lambda key=key: bool(app.keys(key)))  # type: ignore[misc]  # bound at once
        assert app.object(key)["label"] == label


@pytest.mark.parametrize(
    ("key", "body", "code"),
    [
        ("nobody/note.txt", b"x", "model_not_found"),
        ("digits/broken.png", b"no picture", "malformed_body"),
        ("digits/empty.png", b"", "invalid_input"),
    ],
)
def test_an_upload_that_cannot_be_answered_has_its_error_there(
    app: Application, key: str, body: bytes, code: str
) -> None:
    app.put(f"uploads/{key}", body)
    eventually(lambda: bool(app.keys(f"results/{key}.error.json")))
    assert app.object(f"results/{key}.error.json")["code"] == code


def test_a_form_uploads_what_a_job_then_takes(app: Application) -> None:
    form = app.http("POST", "/v1/uploads", {"content_type": "text/plain"})
    boundary = "a-boundary"
    parts = [
        f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in [*form["fields"].items(), ("file", TO_DO)]
    ]
    body = "".join([*parts, f"--{boundary}--\r\n"]).encode()
    kind = {"content-type": f"multipart/form-data; boundary={boundary}"}
    request = urllib.request.Request(form["url"], body, kind, method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status in {200, 204}
    name = app.http("POST", "/v1/jobs", {"model": "task-priority", "upload_id": form["upload_id"]})[
        "id"
    ]
    assert app.ended(name)["state"] == "succeeded"


def test_duplicate_messages_have_one_effect(app: Application) -> None:
    name = app.submit()
    for _ in range(20):
        app.send(json.dumps({"job": name}))
    assert app.ended(name)["attempt"] == 1
    eventually(lambda: app.depth() == 0)
    assert app.keys(f"results/{name}/") == [f"results/{name}/1"]


def test_messages_that_name_no_job_are_consumed_and_harm_no_other(app: Application) -> None:
    for body in ("{", "[]", '{"job": 1}', '{"job": "never-was"}'):
        app.send(body)
    name = app.submit()
    assert app.ended(name)["state"] == "succeeded"
    eventually(lambda: app.depth() == 0)
    assert app.depth("LightDeadLetters") == 0


@pytest.mark.slow
def test_an_answer_over_lambda_s_6_mb_is_kept_and_fetched(app: Application) -> None:
    rows = {"rows": [{"text": str(number)} for number in range(1800)]}
    made = app.http("POST", "/v1/models/minilm-small/predict", rows)
    assert made["state"] == "succeeded"
    found = app.http("GET", made["links"]["result"])  # which leads into the bucket
    assert len(found["predictions"]) == 1800
    assert app.job(made["id"])["attempt"] == 1


@pytest.mark.slow
def test_a_killed_worker_s_job_still_ends_once(app: Application) -> None:
    app.hide_messages_for(20)  # five times that are longer than a lease
    app.ended(app.submit())
    rows = {"rows": [{"text": f"{TO_DO} {number}" * 20} for number in range(64)]}
    name = app.submit(model="minilm", input=rows)
    eventually(lambda: app.job(name)["state"] == "running")
    for pid in app.processes():
        os.kill(pid, signal.SIGKILL)
    job = app.ended(name, 2 * _LEASE_S)
    assert (job["state"], job["attempt"]) == ("succeeded", 2)
    eventually(lambda: app.depth() == 0)
    assert app.depth("LightDeadLetters") == 0
    assert app.keys(f"results/{name}/") == [f"results/{name}/2"]


@pytest.mark.slow
def test_a_call_whose_door_was_killed_is_answered_once_its_lease_has_run_out(
    app: Application,
) -> None:
    path, key = "/v1/models/minilm/predict", uuid.uuid4().hex
    rows = {"rows": [{"text": f"{TO_DO} {number}" * 20} for number in range(64)]}

    def ask() -> object:
        try:
            return app.http("POST", path, rows, **{"idempotency-key": key})["id"]
        except urllib.error.HTTPError as refused:
            return refused.code

    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(ask)
        job = f"/v1/jobs/{job_id_of(key)}"
        eventually(lambda: known(app, job))
        for pid in app.processes("infer"):
            os.kill(pid, signal.SIGKILL)
        assert first.result() in {500, 502}
    assert ask() == 409, "the call's lease still runs"
    eventually(lambda: isinstance(ask(), str))
    again = app.http("GET", job)
    assert (again["state"], again["attempt"], again["lane"]) == ("succeeded", 2, "sync")


def known(app: Application, path: str) -> bool:
    try:
        return bool(app.http("GET", path))
    except urllib.error.HTTPError:
        return False


@pytest.mark.slow
def test_what_always_fails_ends_in_the_dead_letters_and_the_job_says_why(app: Application) -> None:
    """The last test of this file: it takes the bucket away, so that no result can be written."""
    app.hide_messages_for(2)
    bucket, storage = app.resources["DataBucket"], app.aws("s3")
    for key in app.keys(""):
        storage.delete_object(Bucket=bucket, Key=key)
    storage.delete_bucket(Bucket=bucket)
    name = app.submit()
    job = app.ended(name)
    assert (job["state"], job["attempt"]) == ("failed", 5)
    assert job["error"]["code"] == "storage_unavailable"
    eventually(lambda: app.depth("LightDeadLetters") == 1)
    eventually(lambda: app.depth() == 0)
