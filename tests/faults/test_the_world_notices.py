"""A simulator that finds nothing proves nothing: broken rules of the design must be noticed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import pytest
from samovar import job_service
from samovar.errors import SamovarError
from samovar.job_attempts import Attempts
from samovar.job_runs import JobRunner
from samovar.job_sweep import JobSweeper
from samovar.jobs import Job

from tests.faults.faulty import Table
from tests.faults.trouble import trouble

Break = Callable[[pytest.MonkeyPatch], None]


def writes_over_anything(patch: pytest.MonkeyPatch) -> None:
    """A table whose writes are not conditional."""
    conditional = Table.replace

    def unconditional(self: Table, job: Job) -> bool:
        return conditional(self, replace(job, revision=self.jobs[job.id].revision + 1))

    patch.setattr(Table, "replace", unconditional)


def ignores_fences(patch: pytest.MonkeyPatch) -> None:
    """An attempt that has lost its job reads it again and ends it all the same."""

    def finish(self: Attempts, held, change):  # type: ignore[no-untyped-def]  # as the real one
        try:
            job = self._table.get(held.job.id)
            self._table.replace(replace(change(held.job), revision=job.revision + 1))
        except SamovarError:
            return [held.delivery]
        return []

    patch.setattr(Attempts, "_finish", finish)


def deletes_whatever_it_received(patch: pytest.MonkeyPatch) -> None:
    """A worker that deletes each message of its batch, whatever became of it; and no sweeper."""
    patch.setattr(JobRunner, "_run_batch", _dropping(JobRunner._run_batch))
    patch.setattr(JobSweeper, "sweep", lambda self, most=0: 0)


def _dropping(run: Callable[..., object]) -> Callable[..., object]:
    def run_batch(self: JobRunner, batch: object, time_left_ms: object) -> list[object]:
        run(self, batch, time_left_ms)
        return []

    return run_batch


def never_sweeps(patch: pytest.MonkeyPatch) -> None:
    """Nobody looks for jobs whose message is lost."""
    patch.setattr(JobSweeper, "sweep", lambda self, most=0: 0)


def forgets_keys(patch: pytest.MonkeyPatch) -> None:
    """Every try of a client makes a job of its own."""
    numbers: Iterator[int] = count()
    patch.setattr(job_service, "job_id_of", lambda key: f"job-of-a-try-{next(numbers)}")


BROKEN: list[Break] = [
    writes_over_anything,
    ignores_fences,
    deletes_whatever_it_received,
    never_sweeps,
    forgets_keys,
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda rule: rule.__name__)
def test_a_broken_rule_is_noticed(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    with pytest.raises((AssertionError, KeyError)):
        _ten_worlds()


def _ten_worlds() -> None:
    for seed in range(10):
        trouble(seed, 400).check()
