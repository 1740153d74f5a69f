"""One key, one answer: calls under an Idempotency-Key over a dictionary, and over AWS as moto."""

import uuid
from dataclasses import replace

import pytest
from samovar import jobs
from samovar.errors import (
    IdempotencyMismatch,
    JobConflict,
    JobNotFound,
    ModelRunFailed,
    SamovarError,
    StorageUnavailable,
    WrongShape,
)
from samovar.job_attempts import Attempts, RunLimits
from samovar.job_looks import shown
from samovar.job_sweep import JobSweeper
from samovar.jobs import Delivery, Job, JobQuery, Source, State
from samovar.submission import job_id_of
from samovar.types import Payload

from tests.contract.call_bench import FIRST, OTHER, WANTED, Bench, Died, raising


@pytest.fixture
def bench(call_bench: Bench) -> Bench:
    return call_bench


def test_the_same_key_and_request_get_the_same_bytes_and_one_run(bench: Bench) -> None:
    assert [bench.ask() for _ in range(3)] == [FIRST] * 3
    assert next(bench.runs) == 1


def test_a_first_call_writes_twice_and_a_repetition_tries_once(bench: Bench) -> None:
    bench.ask()
    assert bench.calls == ["table.create", "blobs.put", "table.replace"]
    assert (bench.job.revision, bench.job.attempt) == (1, 1)
    bench.calls = []
    bench.ask()
    assert bench.calls == ["table.create", "table.get", "blobs.get"]
    assert bench.job.revision == 1


@pytest.mark.parametrize("error", [WrongShape("x takes 3"), ModelRunFailed("index 9 " * 1000)])
def test_a_permanent_error_is_the_answer_from_then_on(bench: Bench, error: SamovarError) -> None:
    for run in (raising(error), bench.run):
        with pytest.raises(type(error)) as raised:
            bench.ask(run=run)
        assert (raised.value.code, raised.value.message) == (error.code, error.message[:2000])
    assert (bench.job.state, bench.job.revision, next(bench.runs)) == (State.FAILED, 1, 0)


@pytest.mark.parametrize("error", [StorageUnavailable("away"), ValueError("ours"), Died()])
def test_after_a_passing_trouble_the_next_request_runs_at_once(
    bench: Bench, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        bench.ask(run=raising(error))
    assert bench.job.state is State.QUEUED
    assert bench.ask() == FIRST
    assert (bench.job.attempt, bench.ask()) == (2, FIRST)


def test_another_request_with_the_key_is_refused_whatever_became_of_the_first(
    bench: Bench,
) -> None:
    def run() -> Payload:
        with pytest.raises(IdempotencyMismatch):
            bench.ask(OTHER)
        return bench.run()

    bench.ask(run=run)
    with pytest.raises(IdempotencyMismatch):
        bench.ask(OTHER)
    assert next(bench.runs) == 1


def test_a_key_that_stands_for_a_job_gives_the_job(bench: Bench) -> None:
    wanted = Job(
        job_id_of(bench.key), "mood", "1", Source("text/plain"), 1, request_hash=WANTED.digest()
    )
    bench.table.create(wanted)
    found = bench.door.answer(WANTED, bench.key, raising(AssertionError("it runs in the queue")))
    assert (found.job, found.answer) == (wanted, None)


def test_a_call_that_was_cancelled_has_no_answer_any_more(bench: Bench) -> None:
    def run() -> Payload:
        assert bench.table.replace(jobs.cancel(bench.job, 1))
        return bench.run()

    for _ in range(2):
        with pytest.raises(JobConflict, match="use another"):
            bench.ask(run=run)


def test_an_answer_that_was_forgotten_is_told_so(bench: Bench) -> None:
    bench.ask()
    gone = replace(bench.job, result_uri=bench.blobs.uri("results/no/1"), revision=2)
    assert bench.table.replace(gone)
    with pytest.raises(JobNotFound, match="forgotten"):
        bench.ask()


def test_the_sweeper_sends_no_call_and_ends_those_that_nobody_came_back_for(bench: Bench) -> None:
    bench.fail_at, bench.before = 0, False
    with pytest.raises(Died):
        bench.ask()
    sweeper = JobSweeper(bench.ports, bench.clock)
    bench.move(899)
    sweeper.sweep()
    assert bench.job.state is State.RUNNING
    bench.move(2)
    sweeper.sweep()
    assert (bench.job.state, len(bench.queue)) == (State.EXPIRED, 0)
    assert bench.ask() == FIRST, "a client that comes back after all is answered"
    bench.move(10_000)
    sweeper.sweep()
    assert (bench.job.state, len(bench.queue)) == (State.SUCCEEDED, 0)


def test_a_message_that_names_a_call_is_no_message(bench: Bench) -> None:
    bench.fail_at, bench.before = 0, False
    with pytest.raises(Died):
        bench.ask()
    attempts = Attempts(bench.ports, bench.clock, RunLimits())
    assert attempts.look_up(Delivery(bench.job.id, "r", "m")) is None


def test_lists_have_jobs_and_no_calls_and_their_pages_are_full(bench: Bench) -> None:
    for number in range(40):
        bench.key = f"{uuid.uuid4()}"
        if number % 4:
            bench.ask()
        else:
            bench.table.create(Job(f"job-{number:02}", "mood", "", Source(""), 5, changed_ms=5))
        bench.clock.move(1_000_000)
    for query in (JobQuery(limit=5), JobQuery(model="mood", limit=5)):
        found, cursor = [], ""
        while True:
            page = shown(bench.table, JobQuery(model=query.model, limit=5, cursor=cursor))
            found += [job.id for job in page.jobs]
            cursor = page.cursor
            if not cursor:
                break
        assert sorted(found) == [f"job-{n:02}" for n in range(0, 40, 4)]
