"""A batch on the running twin, whose workers are killed meanwhile: the same bytes."""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.twin.running_application import MINISTACK, Application, start

ROWS = 3000
HEADER = "id,island,sex,culmen_length_mm,culmen_depth_mm,flipper_length_mm,body_mass_g\n"
CSV = HEADER + "".join(
    f"{n},Biscoe,male,{35 + n % 200 / 10},{13 + n % 90 / 10},{175 + n % 50},{3000 + n}\n"
    for n in range(ROWS)
)
CSV += "torn\n"
pytestmark = [
    pytest.mark.twin,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("jobs"),
    pytest.mark.skipif(
        not MINISTACK.exists(), reason="make .venvs/.stamps/ministack sets up the AWS emulator"
    ),
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    running = start(tmp_path_factory.mktemp("batches") / "state")
    yield running
    running.twin.end()


@contextmanager
def killing(app: Application, seed: int) -> Iterator[list[int]]:
    """Workers are killed at random, until this is over; those that were."""
    luck, over, killed = random.Random(seed), threading.Event(), []

    def kill() -> None:
        while not over.wait(luck.uniform(0.5, 3)):
            for pid in app.processes()[:1]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def uploaded(app: Application, name: str) -> str:
    """The id of the batch that a file becomes."""
    app.put(f"uploads/penguins/{name}", CSV.encode())
    until = time.monotonic() + 60
    while time.monotonic() < until:
        listed = app.http("GET", "/v1/jobs?limit=10")["jobs"]
        found = [job["id"] for job in listed if "batch" in job]
        if found:
            return str(found[0])
        time.sleep(0.2)
    raise AssertionError("no batch came of the upload")


def files(app: Application, name: str) -> tuple[bytes, bytes]:
    """The answers and the errors beside an upload's name."""
    s3, bucket = app.aws("s3"), app.resources["DataBucket"]
    keys = (f"results/penguins/{name}.{kind}.jsonl" for kind in ("output", "errors"))
    output, errors = (s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys)
    return output, errors


def test_a_batch_whose_workers_are_killed_has_the_same_bytes(app: Application) -> None:
    app.hide_messages_for(10)
    first = uploaded(app, "calm.csv")
    calm = app.ended(first, 200)
    assert calm["state"] == "succeeded"
    assert (calm["batch"]["rows"], calm["batch"]["failed"]) == (ROWS + 1, 1)
    assert len(files(app, "calm.csv")[0].splitlines()) == ROWS
    app.http("POST", "/v1/uploads", {"content_type": "text/csv"})  # the door is warm
    app.put("uploads/penguins/killed.csv", CSV.encode())
    with killing(app, 7) as killed:
        time.sleep(20)
    assert killed
    deadline = time.monotonic() + 400
    while "results/penguins/killed.csv.json" not in app.keys("results/penguins/"):
        assert time.monotonic() < deadline, app.http("GET", "/v1/jobs?limit=5")
        time.sleep(1)
    assert files(app, "killed.csv") == files(app, "calm.csv")
