"""An input that is its worker's end, each time, takes nobody with it, and is told of."""

import pytest
from samovar.job_runs import RunLimits
from samovar.jobs import State

from tests.faults.world import World


@pytest.mark.parametrize("bombs", [1, 2])
def test_a_job_that_kills_its_workers_fails_and_the_others_do_not(bombs: int) -> None:
    world = World(3)
    for number in range(30):
        world.submit(b"bomb" if number < bombs else b"text %d" % number, f"key-{number}")
    world.settle_down()
    world.check()
    for job_id, text in world.wanted.items():
        job = world.table.jobs[job_id]
        if text == b"bomb":
            assert job.failure is not None
            assert job.failure.code == "worker_died"
            assert job.attempt == RunLimits().max_deaths + 1
        else:
            assert job.state is State.SUCCEEDED
            assert world.models.runs[job_id] <= 5
