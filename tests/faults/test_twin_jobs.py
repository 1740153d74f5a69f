"""Real processes: 2,000 jobs on a twin whose workers are killed and whose messages come twice."""

import os
import random
import signal
import threading
import time
import urllib.error
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
import pytest
from samovar.adapters.clock import SystemClock
from samovar.adapters.local import LocalPredictor
from samovar.settings import Settings
from samovar.types import Payload
from samovar.wiring import build_store, open_runner

from tests.twin.host import ROOT
from tests.twin.running_application import MINISTACK, Application, start

pytestmark = [
    pytest.mark.twin,
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        not MINISTACK.exists(), reason="make .venvs/.stamps/ministack sets up the AWS emulator"
    ),
]
JOBS = int(os.environ.get("SAMOVAR_TWIN_JOBS", "2000"))
MODEL = "penguin-mass"
LIMIT_S = 1500.0
FINAL = {"succeeded", "failed", "cancelled", "expired"}


def row(number: int) -> dict[str, Any]:
    """No two of them weigh the same."""
    return {"species": "Gentoo", "island": "Biscoe", "flipper_length_mm": 180 + number / 100}


def expected() -> list[float]:
    """The answers, as this process gives them."""
    settings = Settings(models_dir=ROOT / "models", memory_mb=1769)
    host = LocalPredictor(build_store(settings), open_runner(settings), SystemClock())
    body = orjson.dumps({"rows": [row(number) for number in range(JOBS)]})
    answer = host.predict(MODEL, "", Payload(body, "application/json"))
    return [found["value"] for found in orjson.loads(answer.body)["predictions"]]


class Watch:
    """Reads the whole table now and then: what has ended must never be written again."""

    def __init__(self, app: Application) -> None:
        self._pages = app.aws("dynamodb").get_paginator("scan")
        self._table = app.resources["JobsTable"]
        self.ended: dict[str, dict[str, Any]] = {}
        self.all: set[str] = set()

    def look(self) -> None:
        for page in self._pages.paginate(TableName=self._table, ConsistentRead=True):
            for item in page["Items"]:
                name = item["id"]["S"]
                self.all.add(name)
                if item["state"]["S"] in FINAL:
                    assert self.ended.setdefault(name, item) == item, f"{name} ended twice"


def submit(app: Application, number: int) -> str:
    """A client that sends again, with its key, until it is told the job's name; now and then
    once more after that.
    """
    wanted = {"model": MODEL, "input": {"row": row(number)}}
    for _ in range(50):
        try:
            name: str = app.http("POST", "/v1/jobs", wanted, **{"idempotency-key": f"k{number}"})[
                "id"
            ]
            if number % 10 == 0:
                app.send(orjson.dumps({"job": name}).decode())  # the message a second time
            return name
        except (urllib.error.URLError, OSError):
            time.sleep(1)
    raise AssertionError("the client gave up")


@contextmanager
def killing(app: Application, luck: random.Random) -> Iterator[list[int]]:
    """SIGKILL for one of the workers, every few seconds, whatever it is at."""
    ended, killed = threading.Event(), list[int]()

    def work() -> None:
        while not ended.wait(luck.uniform(2, 8)):
            for pid in luck.sample(found := app.processes(), min(1, len(found))):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)

    thread = threading.Thread(target=work, name="killer")
    thread.start()
    try:
        yield killed
    finally:
        ended.set()
        thread.join()


def test_jobs_outlive_workers_that_are_killed_and_messages_that_come_twice(tmp_path: Path) -> None:
    app = start(tmp_path / "state", "--chaos", "duplicate=0.1,reorder=0.3,throttle=0.02,seed=11")
    try:
        app.hide_messages_for(40)
        watch = Watch(app)
        with killing(app, random.Random(7)) as killed:
            with ThreadPoolExecutor(4) as pool:
                names = list(pool.map(lambda number: submit(app, number), range(JOBS)))
            until = time.monotonic() + LIMIT_S
            # By count and not by time: a quick machine ends half of them before ten have died.
            while (
                len(watch.ended) < JOBS // 2 or len(killed) < JOBS // 200
            ) and time.monotonic() < until:
                watch.look()
                time.sleep(2)
        while len(watch.ended) < JOBS and time.monotonic() < until:
            move_dead_letters(app)
            watch.look()
            time.sleep(2)
        assert len(killed) >= JOBS // 200
        check(app, watch, names)
    finally:
        app.twin.end()


def move_dead_letters(app: Application) -> None:
    """What an operator does who will not wait for the sweeper, a quarter of an hour: a message
    that was in five dead workers' hands goes back to where it came from.
    """
    sqs, dead = app.aws("sqs"), app.resources["LightDeadLetters"]
    for message in sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10).get("Messages", []):
        app.send(message["Body"])
        sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])


def check(app: Application, watch: Watch, names: list[str]) -> None:
    """None lost, none twice: each has ended once, with its own answer, by the attempt it names."""
    assert watch.all == watch.ended.keys() == set(names)
    assert len(set(names)) == JOBS
    for name, value in zip(names, expected(), strict=True):
        item = watch.ended[name]
        assert item["state"]["S"] == "succeeded", item
        key = f"results/{name}/{item['attempt']['N']}"
        assert item["result_uri"]["S"].endswith(f"/{key}")
        assert app.object(key)["value"] == pytest.approx(value, rel=1e-5)
    watch.look()
