"""Jobs of both lanes on a twin where things go wrong: none is lost, each ends once."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.twin.heavy_models import HEAVY, heavy_models
from tests.twin.running_application import MINISTACK, TO_DO, Application, start

pytestmark = [
    pytest.mark.twin,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not MINISTACK.exists(), reason="make .venvs/.stamps/ministack sets up the AWS emulator"
    ),
]


def running(folder: Path, chaos: str) -> Application:
    models = heavy_models(folder / "models")
    return start(folder / "state", "--models", str(models), "--chaos", chaos)


def submit_all(app: Application, light: int, heavy: int) -> list[str]:
    def submit(number: int) -> str:
        model = "task-priority" if number < light else HEAVY
        return app.submit(model=model, input={"text": f"{TO_DO} {number}"})

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(submit, range(light + heavy)))


def blows(folder: Path) -> Counter[str]:
    lines = (folder / "state" / "logs" / "chaos.log").read_text("utf-8").splitlines()
    return Counter(json.loads(line)["knob"] for line in lines)


def check(app: Application, names: list[str], limit_s: float) -> None:
    """Each job succeeded, once: its result is that of the attempt that its item names."""
    jobs = [app.ended(name, limit_s) for name in names]
    assert Counter(job["state"] for job in jobs) == {"succeeded": len(names)}
    for job in jobs:
        result = app.http("GET", f"/v1/jobs/{job['id']}/result")
        assert result["model"] == job["model"]
    again = [app.job(name) for name in names]
    assert again == jobs  # nothing moves them any more


@pytest.mark.slow
def test_duplicates_disorder_and_throttling_change_nothing(tmp_path: Path) -> None:
    app = running(tmp_path, "duplicate=0.4,reorder=0.5,throttle=0.2,seed=7")
    try:
        check(app, submit_all(app, 16, 8), 120)
        assert blows(tmp_path).keys() >= {"duplicate", "reorder"}
    finally:
        app.twin.end()


@pytest.mark.slow
def test_killed_processes_and_lost_notices_lose_no_job(tmp_path: Path) -> None:
    app = running(tmp_path, "duplicate=0.1,reorder=0.5,throttle=0.05,kill=0.05,lose=0.05,seed=7")
    try:
        for queue in ("LightQueue", "HeavyQueue"):  # not six minutes, and longer than a lease
            app.hide_messages_for(90, queue)
        check(app, submit_all(app, 200, 100), 800)
        assert blows(tmp_path).keys() >= {"duplicate", "reorder", "kill", "lose"}
    finally:
        app.twin.end()
