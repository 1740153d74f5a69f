"""On the running twin: ended jobs are told of, signed with the deployment's own secret."""

import base64
import hashlib
import hmac
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.twin.running_application import MINISTACK, TO_DO, Application, eventually, start
from tests.unit.adapters.hook_receiver import Heard, Receiver, answering, said

pytestmark = [
    pytest.mark.twin,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("jobs"),
    pytest.mark.skipif(
        not MINISTACK.exists(), reason="make .venvs/.stamps/ministack sets up the AWS emulator"
    ),
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    running = start(tmp_path_factory.mktemp("deliveries") / "state", "--no-gpu")
    yield running
    running.twin.end()


def secret_of(app: Application) -> str:
    client = app.aws("secretsmanager")
    (found,) = client.list_secrets()["SecretList"]
    secret: str = client.get_secret_value(SecretId=found["ARN"])["SecretString"]
    return secret


def signed(request: Heard, secret: str) -> bool:
    headers = request.headers
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + request.body
    wanted = hmac.digest(base64.b64decode(secret), content, hashlib.sha256)
    return headers["webhook-signature"] == f"v1,{base64.b64encode(wanted).decode()}"


def is_told(job: dict[str, Any]) -> bool:
    return bool(job.get("deliveries")) and not job["owed"]


@pytest.mark.parametrize(
    ("given", "state"), [({"text": TO_DO}, "succeeded"), ({"words": 1}, "failed")]
)
def test_a_jobs_end_is_told_signed_and_again_after_an_error(
    app: Application, given: Any, state: str
) -> None:
    heard: list[Heard] = []
    with Receiver(answering(heard, said("500 Oops"), said("204 No Content"))) as receiver:
        hook = f"http://127.0.0.1:{receiver.port}/told?token=hunter2"
        job_id = app.submit(input=given, webhook=hook)
        eventually(lambda: is_told(app.job(job_id)))
    job, secret = app.job(job_id), secret_of(app)
    assert [each["status"] for each in job["deliveries"]] == [500, 204]
    assert all(signed(each, secret) for each in heard)
    assert {each.headers["webhook-id"] for each in heard} == {f"{job_id}-{state}-1"}
    assert len({each.body for each in heard}) == 1
    assert json.loads(heard[0].body)["type"] == f"job.{state}"
    logs = "".join(path.read_text() for path in (app.twin.state / "logs").glob("*.log"))
    assert "hunter2" not in logs + json.dumps(job)
    assert secret not in logs


def test_a_killed_deliverer_costs_time_and_no_event(app: Application) -> None:
    app.hide_messages_for(3, "EventsQueue")
    heard: list[Heard] = []
    answer = answering(heard, said("200 OK"))

    def slowly(connection: socket.socket) -> None:
        answer(connection)
        time.sleep(0.2)

    with Receiver(slowly) as receiver:
        hook = f"http://127.0.0.1:{receiver.port}/told"
        names = [app.submit(webhook=hook) for _ in range(8)]
        eventually(lambda: len(heard) > 0)
        for pid in app.processes("job_events"):
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: all(is_told(app.job(name)) for name in names))
    assert {each.headers["webhook-id"] for each in heard} == {f"{n}-succeeded-1" for n in names}
