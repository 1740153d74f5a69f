"""The use cases of jobs over memory ports, with storage failing where it can."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar import jobs
from samovar.adapters.memory import MemoryClock, MemoryStore
from samovar.adapters.memory_jobs import MemoryBlobs, MemoryJobQueue, MemoryJobTable
from samovar.errors import (
    IdempotencyMismatch,
    InvalidInput,
    JobConflict,
    JobNotFound,
    ModelNotFound,
    StorageUnavailable,
    VersionNotFound,
)
from samovar.job_service import JobService
from samovar.job_sweep import JobSweeper
from samovar.jobs import Failure, Job, JobQuery, Source, State
from samovar.ports import JobPorts
from samovar.submission import JobLimits, Submission

TEXT = Source("text/plain", b"hello")


class DeadQueue(MemoryJobQueue):
    """A queue that cannot be reached while `down`."""

    down = True

    def send(self, job_ids: Sequence[str], delay_s: int = 0) -> None:
        """Refused while it is down."""
        if self.down:
            raise StorageUnavailable("the queue is away")
        super().send(job_ids, delay_s)


class BusyTable(MemoryJobTable):
    """A table in which somebody else is faster, a number of times."""

    rivals = 0

    def replace(self, job: Job) -> bool:
        """Lost to a rival who renewed the item."""
        if self.rivals:
            self.rivals -= 1
            known = self.get(job.id)
            assert known is not None
            assert super().replace(jobs.renew(known, known.attempt, 1, 60_000))
            return False
        return super().replace(job)


class House:
    """A job service and its ports."""

    def __init__(self, queue: MemoryJobQueue | None = None, **limits: Any) -> None:
        self.clock = MemoryClock()
        self.table = BusyTable()
        self.queue = MemoryJobQueue(self.clock) if queue is None else queue
        self.blobs = MemoryBlobs()
        store = MemoryStore({"mood/1/model.onnx": b"", "mood/2/model.onnx": b""}, Path())
        numbers = itertools.count(1)
        ports = JobPorts(self.table, self.queue, self.blobs)
        said = JobLimits(**{"orphan_ms": 120_000, **limits})
        self.jobs = JobService(store, ports, self.clock, lambda: f"j{next(numbers)}", said)
        self.sweeper = JobSweeper(ports, self.clock, said)

    @property
    def now_ms(self) -> int:
        return self.clock.now_ns() // 1_000_000

    def submit(self, key: str = "", **more: Any) -> Job:
        return self.jobs.submit(Submission("mood", **{"source": TEXT, **more}), key)

    def run(self, job: Job) -> Job:
        """The job in a worker's hands."""
        running = jobs.claim(job, self.now_ms, 60_000)
        assert self.table.replace(running)
        return running


@pytest.fixture
def house() -> House:
    """A service with nothing in it."""
    return House()


def test_a_submitted_job_is_written_and_sent_once(house: House) -> None:
    job = house.submit(ttl_s=5, priority=2, tags={"a": "b"})
    assert house.jobs.job(job.id) == job
    assert (job.state, job.attempt, job.priority, job.tags) == ("queued", 0, 2, {"a": "b"})
    assert job.deadline_ms == job.created_ms + 5000
    assert [delivery.job_id for delivery in house.queue.receive()] == [job.id]


def test_a_job_is_kept_at_least_until_its_deadline() -> None:
    house = House(keep_s=10)
    now_s = house.now_ms // 1000
    assert house.submit().expires_s == now_s + 10
    assert house.submit(ttl_s=100).expires_s == now_s + 100


def test_an_unknown_model_or_version_leaves_nothing(house: House) -> None:
    with pytest.raises(ModelNotFound):
        house.jobs.submit(Submission("nobody", TEXT))
    with pytest.raises(VersionNotFound, match="9"):
        house.submit(version="9")
    assert house.jobs.find(JobQuery()).jobs == ()


@pytest.mark.parametrize(
    "uri",
    [
        "s3://samovar-data/results/a/1",
        "s3://samovar-data/inputs/../results/a",
        "s3://samovar-data/inputs/",
        "s3://samovar-data/inputs//a",
        "s3://samovar-data/inputs/./a",
        "s3://samovar-data",
        "s3://other/inputs/a",
        "s3://samovar-data.evil/inputs/a",
        "S3://samovar-data/inputs/a",
        "https://samovar-data/inputs/a",
        "file:///etc/passwd",
        "inputs/a",
    ],
)
def test_an_object_elsewhere_is_refused_before_anything_is_written(house: House, uri: str) -> None:
    with pytest.raises(InvalidInput):
        house.submit(source=Source("text/plain", uri=uri))
    assert house.jobs.find(JobQuery()).jobs == ()


@given(uri=st.text(max_size=40) | st.text(max_size=30).map("s3://samovar-data/".__add__))
def test_an_object_that_is_taken_lies_where_clients_may_write(uri: str) -> None:
    house = House()
    try:
        job = house.submit(source=Source("", uri=uri))
    except InvalidInput:
        return
    allowed = ("s3://samovar-data/inputs/", "s3://samovar-data/uploads/")
    assert not uri or job.source.uri.startswith(allowed)
    assert ".." not in uri.split("/")


@pytest.mark.parametrize(("size", "inline"), [(10, True), (11, False)])
def test_an_input_over_the_inline_limit_becomes_an_object(size: int, inline: bool) -> None:
    house = House(inline_bytes=10)
    body = b"a" * size
    source = house.submit(source=Source("text/plain", body)).source
    assert source.content_type == "text/plain"
    assert (source.inline == body) == inline
    assert inline or house.blobs.get(source.uri) == body


def test_a_key_is_one_job_and_another_request_under_it_is_refused(house: House) -> None:
    job = house.submit("key")
    assert house.submit("key") == job
    assert house.submit("other key").id != job.id
    with pytest.raises(IdempotencyMismatch):
        house.submit("key", source=Source("text/plain", b"hello!"))
    assert len(house.jobs.find(JobQuery()).jobs) == 2


def test_a_key_of_a_job_that_has_begun_sends_nothing_again(house: House) -> None:
    running = house.run(house.submit("key"))
    (delivery,) = house.queue.receive()
    house.queue.delete(delivery.receipt)
    assert house.submit("key") == running
    assert len(house.queue) == 0


def test_a_message_that_could_not_be_sent_is_sent_by_the_next_try() -> None:
    queue = DeadQueue()
    house = House(queue)
    with pytest.raises(StorageUnavailable):
        house.submit("key")
    queue.down = False
    job = house.submit("key")
    assert len(house.jobs.find(JobQuery()).jobs) == 1
    assert [delivery.job_id for delivery in queue.receive()] == [job.id]


def test_a_message_that_was_never_sent_is_sent_by_the_sweep() -> None:
    queue = DeadQueue()
    house = House(queue)
    with pytest.raises(StorageUnavailable):
        house.submit()
    queue.down = False
    assert house.sweeper.sweep() == 0
    house.clock.move(121 * 10**9)
    assert house.sweeper.sweep() == 1
    assert len(queue) == 1


def test_a_sweep_leaves_what_is_being_run_and_ends_what_is_late(house: House) -> None:
    house.run(house.submit())
    late = house.submit(ttl_s=1)
    for delivery in house.queue.receive():
        house.queue.delete(delivery.receipt)
    house.clock.move(50 * 10**9)
    fresh = jobs.renew(house.jobs.job("j1"), 1, house.now_ms, 100_000)
    assert house.table.replace(fresh)
    house.clock.move(90 * 10**9)
    assert house.sweeper.sweep() == 1
    assert house.jobs.job(late.id).state is State.EXPIRED
    assert house.jobs.job("j1").state is State.RUNNING
    assert len(house.queue) == 0
    house.clock.move(60 * 10**9)
    assert house.sweeper.sweep() == 1
    assert len(house.queue) == 1


def test_cancelling_twice_is_cancelling_once(house: House) -> None:
    job = house.submit()
    cancelled = house.jobs.cancel(job.id)
    assert cancelled.state is State.CANCELLED
    assert house.jobs.cancel(job.id) == cancelled


def test_cancelling_wins_over_a_worker_that_renews(house: House) -> None:
    job = house.run(house.submit())
    house.table.rivals = 3
    assert house.jobs.cancel(job.id).state is State.CANCELLED


def test_cancelling_gives_up_on_a_job_that_never_holds_still(house: House) -> None:
    job = house.run(house.submit())
    house.table.rivals = 100
    with pytest.raises(JobConflict, match="try again"):
        house.jobs.cancel(job.id)


def test_an_unknown_job_is_not_found_whatever_is_asked(house: House) -> None:
    for ask in (house.jobs.job, house.jobs.cancel, house.jobs.result, house.jobs.redrive):
        with pytest.raises(JobNotFound, match="nobody"):
            ask("nobody")


def test_a_result_is_what_the_winner_wrote(house: House) -> None:
    job = house.run(house.submit())
    with pytest.raises(JobConflict, match="running"):
        house.jobs.result(job.id)
    uri = house.blobs.put("results/j1/1", b"{}", "application/json")
    done = jobs.succeed(job, 1, house.now_ms, uri=uri, content_type="application/json")
    assert house.table.replace(done)
    result = house.jobs.result(job.id)
    assert (result.body, result.content_type, result.request_id) == (
        b"{}",
        "application/json",
        "j1",
    )


def test_a_redriven_job_is_sent_again_and_only_what_failed_is(house: House) -> None:
    job = house.run(house.submit())
    with pytest.raises(JobConflict):
        house.jobs.redrive(job.id)
    failed = jobs.fail(job, 1, house.now_ms, Failure("model_fault", "broken"))
    assert house.table.replace(failed)
    before = len(house.queue)
    assert house.jobs.redrive(job.id).state is State.QUEUED
    assert len(house.queue) == before + 1


def test_an_upload_has_an_id_under_which_a_job_finds_it(house: House) -> None:
    upload = house.jobs.upload("image/png", 10)
    assert house.jobs.upload_uri(upload.id) == upload.uri
    assert house.submit(source=Source("", uri=upload.uri)).source.uri == upload.uri
    with pytest.raises(InvalidInput, match="at most"):
        house.jobs.upload("image/png", 1 << 50)
