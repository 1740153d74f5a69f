"""An `auto` model on the running twin: its load moves, a call wakes the endpoint, jobs follow."""

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from samovar.adapters.dynamodb_loads import DynamoLoadTable
from samovar.router import ENDPOINT
from samovar.routing import Load

from tests.twin.host import ROOT
from tests.twin.running_application import MINISTACK, Application, eventually, start

AUTO = "either"
TOLD_S = 10.5  # after which a process tells of its jobs, and reads
pytestmark = [
    pytest.mark.slow,
    pytest.mark.twin,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("heavy"),
    pytest.mark.skipif(
        not MINISTACK.exists(), reason="make .venvs/.stamps/ministack sets up the AWS emulator"
    ),
]


def auto_model(folder: Path) -> Path:
    """`task-priority` as a model whose jobs are said to run for three seconds."""
    shutil.copytree(ROOT / "models" / "task-priority", folder / AUTO, copy_function=os.link)
    for name in ("model.toml", "model.lock"):
        path = folder / AUTO / name
        text = path.read_text("utf-8")
        path.unlink()  # a link: what it leads to stays as it is
        if name == "model.toml":
            text = text.replace('lane = "light"', 'lane = "auto"')
        path.write_text(text.partition("[profile]")[0], "utf-8")
    with (folder / AUTO / "model.toml").open("a", encoding="utf-8") as manifest:
        manifest.write("\n[profile]\nrequest_ms = 3000\n")
    return folder


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    folder = tmp_path_factory.mktemp("auto")
    running = start(folder / "state", "--models", str(auto_model(folder / "models")))
    yield running
    running.twin.end()


def job_of(app: Application) -> dict[str, Any]:
    """A new job, once it is over."""
    return app.ended(app.submit(model=AUTO))


def test_jobs_follow_their_models_load_to_an_endpoint_that_one_of_them_wakes(
    app: Application,
) -> None:
    loads = DynamoLoadTable(app.aws("dynamodb"), app.resources["JobsTable"])
    first = job_of(app)
    assert (first["state"], first["lane"], first["lane_reason"]) == ("succeeded", "light", "cost")
    # Two hours of a load that pays for an instance, as the item has it then.
    busy = Load(AUTO, int(time.time() * 1000), work_s=1500.0, jobs=500.0, balance_s=8520.0)
    assert loads.put(replace(busy, heavy=True, revision=1)) is None
    time.sleep(TOLD_S)
    wakes = job_of(app)
    assert (wakes["state"], wakes["lane"], wakes["lane_reason"]) == ("succeeded", "heavy", "wakes")
    eventually(lambda: loads.get(ENDPOINT).answered_ms > 0)
    told = loads.get(AUTO)
    assert told.woken_ms > 0
    assert told.revision >= 3, "what others wrote was read, and added to"

    time.sleep(TOLD_S)
    follows = job_of(app)
    assert (follows["state"], follows["lane"], follows["lane_reason"]) == (
        "succeeded",
        "heavy",
        "load",
    )
    answered = app.http("POST", f"/v1/models/{AUTO}/predict", {"text": "tea"})
    assert answered["model"] == AUTO, "a caller who waits is answered at once"


def test_items_of_loads_are_no_jobs_of_anybodys_list(app: Application) -> None:
    listed = app.http("GET", "/v1/jobs")["jobs"]
    assert {job["model"] for job in listed} == {AUTO}
    items = app.aws("dynamodb").scan(TableName=app.resources["JobsTable"])["Items"]
    names = {item["id"]["S"] for item in items} - {job["id"] for job in listed}
    assert names == {f"load:{AUTO}", f"load:{ENDPOINT}"}
