"""A simulator that finds nothing proves nothing: broken rules of the design must be noticed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import pytest
from samovar import job_service, jobs
from samovar.errors import SamovarError
from samovar.heavy_attempts import HeavyAttempts
from samovar.heavy_dispatch import Dispatcher
from samovar.heavy_look import LostNotices
from samovar.job_attempts import Attempts
from samovar.job_runs import JobRunner
from samovar.job_sweep import JobSweeper
from samovar.jobs import Job, State

from tests.faults.faulty import Table
from tests.faults.trouble import heavy_trouble, trouble
from tests.faults.world import World

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


def ends_for_any_attempt(patch: pytest.MonkeyPatch) -> None:
    """A notice ends its job whichever attempt it is about."""
    patch.setattr(jobs, "answered", lambda job, fence: replace(job, state=State.RUNNING))


def never_looks(patch: pytest.MonkeyPatch) -> None:
    """Nobody asks the bucket what became of a call that was not told of."""
    patch.setattr(LostNotices, "look", lambda self, running: 0)


def forgets_deadlines(patch: pytest.MonkeyPatch) -> None:
    """The endpoint is not told until when an answer is wanted."""
    whole = HeavyAttempts.call_of
    patch.setattr(
        HeavyAttempts,
        "call_of",
        lambda self, job, now: replace(whole(self, job, now), deadline_ms=0),
    )


def drops_what_is_refused(patch: pytest.MonkeyPatch) -> None:
    """A dispatcher that deletes the message of a call that the endpoint did not take."""
    patch.setattr(Dispatcher, "_postponed", lambda self, delivery, **more: [])
    patch.setattr(JobSweeper, "_rescue", lambda self, job, now: 0)


LIGHT: list[Break] = [
    writes_over_anything,
    ignores_fences,
    deletes_whatever_it_received,
    never_sweeps,
    forgets_keys,
]
HEAVY: list[Break] = [
    writes_over_anything,
    ends_for_any_attempt,
    never_looks,
    forgets_deadlines,
    drops_what_is_refused,
]


@pytest.mark.parametrize("broken", LIGHT, ids=lambda rule: rule.__name__)
def test_a_broken_rule_is_noticed(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    with pytest.raises((AssertionError, KeyError)):
        _worlds(trouble, 10)


@pytest.mark.parametrize("broken", HEAVY, ids=lambda rule: rule.__name__)
def test_a_broken_rule_of_the_heavy_lane_is_noticed(
    broken: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)
    with pytest.raises((AssertionError, KeyError)):
        _worlds(heavy_trouble, 8)


def _worlds(lived: Callable[[int, int], World], count: int) -> None:
    for seed in range(count):
        lived(seed, 400).check()
