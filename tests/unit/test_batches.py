"""Batches through a service and a worker: what becomes of files, parts, and mistakes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from samovar.batch import Batch
from samovar.errors import (
    InvalidInput,
    JobNotFound,
    SamovarError,
    UnsupportedMediaType,
)
from samovar.jobs import JobQuery, Source, State
from samovar.rows import CSV, JSONL, NPY, ZIP
from samovar.submission import Submission

from tests.unit.batch_house import SMALL, BatchHouse

TEXTS = b"".join(b'{"id": "t%d", "text": "good %d"}\n' % (n, n) for n in range(20))


@pytest.fixture
def house(models_dir: Path) -> BatchHouse:
    return BatchHouse(models_dir)


def test_a_file_of_rows_is_answered_row_by_row_in_order(house: BatchHouse) -> None:
    job = house.run("mood", JSONL, TEXTS)
    assert job.state is State.SUCCEEDED
    answers = house.lines(job.output_uri)
    assert [line["row"] for line in answers] == list(range(1, 21))
    assert [line["id"] for line in answers] == [f"t{n}" for n in range(20)]
    assert {line["response"]["label"] for line in answers} == {"good"}
    assert job.failure_uri == ""
    assert job.batch is not None
    assert (job.batch.rows, job.batch.done, job.batch.lost, job.batch.failed) == (20, 7, 0, 0)
    assert house.jobs.result(job.id).body == house.blobs.get(job.output_uri)
    with pytest.raises(JobNotFound, match="no row of batch job-1 failed"):
        house.jobs.errors(job.id)


def test_the_rows_that_failed_are_in_a_file_of_their_own(house: BatchHouse) -> None:
    job = house.run("price", CSV, b"rooms,area,id\n1,2,a\nx,2,b\n1\n3,4,d\n")
    assert job.state is State.SUCCEEDED
    assert [line["id"] for line in house.lines(job.output_uri)] == ["a", "d"]
    errors = house.lines(job.failure_uri)
    assert [(line["row"], line["error"]["code"]) for line in errors] == [
        (2, "wrong_datatype"),
        (3, "malformed_body"),
    ]
    assert house.jobs.errors(job.id).body == house.blobs.get(job.failure_uri)
    assert job.batch is not None
    assert job.batch.failed == 2


def test_parts_are_jobs_that_lists_leave_out(house: BatchHouse) -> None:
    job = house.run("mood", JSONL, TEXTS)
    assert [found.id for found in house.jobs.find(JobQuery(tops=True)).jobs] == [job.id]
    first = house.jobs.find(JobQuery(parent=job.id, limit=4))
    rest = house.jobs.find(JobQuery(parent=job.id, limit=4, cursor=first.cursor))
    parts = (*first.jobs, *rest.jobs)
    assert len(parts) == 7
    assert rest.cursor == ""
    assert {part.parent for part in parts} == {job.id}
    assert {part.state for part in parts} == {State.SUCCEEDED}
    with pytest.raises(InvalidInput, match="cursor"):
        house.jobs.find(JobQuery(parent=job.id, cursor="99"))
    with pytest.raises(JobNotFound):
        house.jobs.find(JobQuery(parent="nobody"))


BAD: dict[str, tuple[str, str, bytes, str]] = {
    "an empty file": ("mood", JSONL, b"", "invalid_input"),
    "a file without rows": ("mood", JSONL, b"\n \r\n\n", "invalid_input"),
    "a header alone": ("price", CSV, b"rooms,area\n", "invalid_input"),
    "a column that is missing": ("price", CSV, b"rooms\n1\n", "missing_tensor"),
    "a column twice": ("price", CSV, b"rooms,area,rooms\n", "duplicate_name"),
    "a zip that is none": ("mood", ZIP, b"PK and so on", "malformed_body"),
    "an array that is none": ("affine", NPY, b"\x93NUMPY" + bytes(20), "malformed_body"),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_file_that_is_wrong_as_a_whole_fails_the_batch_with_a_code(
    house: BatchHouse, bad: str
) -> None:
    model, kind, body, code = BAD[bad]
    job = house.run(model, kind, body, reply_key="results/mood/file")
    assert job.state is State.FAILED
    assert job.failure is not None
    assert job.failure.code == code
    assert house.parts(job.id) == []
    (error,) = house.lines(house.blobs.uri("results/mood/file.error.json"))
    assert error == {"error": job.failure.message, "code": code, "job": job.id}


class Unread:
    """Objects that may be measured and not read."""

    def __init__(self, size: int | None) -> None:
        self._size = size

    def size(self, uri: str) -> int | None:
        return self._size

    def __getattr__(self, method: str) -> Any:
        raise AssertionError(f"{method} was called")


@pytest.mark.parametrize(
    ("size", "code"), [(10 * 1024**3, "payload_too_large"), (None, "invalid_input")]
)
def test_a_file_that_is_too_large_or_not_there_is_refused_before_it_is_read(
    house: BatchHouse, size: int | None, code: str
) -> None:
    job = house.submit("mood", JSONL, b"x")
    house.runner._batches._splitter._streams = Unread(size)  # type: ignore[union-attr,assignment]
    ended = house.settle(job.id)
    assert ended.failure is not None
    assert ended.failure.code == code


HERE = "s3://samovar-data/inputs/x"
REFUSED: dict[str, tuple[str, Source, type[SamovarError]]] = {
    "inline": ("mood", Source(JSONL, b"{}"), InvalidInput),
    "of no format": (
        "mood",
        Source("image/png", uri=HERE),
        UnsupportedMediaType,
    ),
    "of another kind": (
        "price",
        Source(ZIP, uri=HERE),
        UnsupportedMediaType,
    ),
    "elsewhere": ("mood", Source(JSONL, uri="s3://other/inputs/x"), InvalidInput),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_a_batch_is_refused_at_once(house: BatchHouse, case: str) -> None:
    model, source, error = REFUSED[case]
    with pytest.raises(error):
        house.jobs.submit(Submission(model, source, batch=True))


def test_json_lines_are_a_batch_without_being_called_one_and_csv_is_not(house: BatchHouse) -> None:
    lines = house.jobs.submit(Submission("mood", Source(JSONL, uri=HERE)))
    assert lines.batch == Batch()
    table = house.jobs.submit(Submission("mood", Source(CSV, uri=HERE)))
    assert table.batch is None


def test_the_same_key_and_file_are_the_same_batch_and_not_a_job_of_it(house: BatchHouse) -> None:
    source = Source(CSV, uri=HERE)
    first = house.jobs.submit(Submission("mood", source, batch=True), "key")
    assert house.jobs.submit(Submission("mood", source, batch=True), "key") == first
    with pytest.raises(SamovarError, match="another request"):
        house.jobs.submit(Submission("mood", source), "key")


def test_a_cancelled_batch_stops_its_parts(house: BatchHouse) -> None:
    job = house.submit("mood", JSONL, TEXTS)
    house.work()  # cut; the parts are not run yet
    assert len(house.parts(job.id)) == 7
    house.jobs.cancel(job.id)
    assert house.jobs.cancel(job.id).state is State.CANCELLED
    house.settle(job.id)
    assert {part.state for part in house.parts(job.id)} == {State.CANCELLED}
    assert len(house.queue) == 0


def test_a_batch_past_its_deadline_expires_with_its_parts(house: BatchHouse) -> None:
    job = house.submit("mood", JSONL, TEXTS, ttl_s=5)
    house.work()
    house.clock.move(6_000_000_000)
    assert house.settle(job.id).state is State.EXPIRED
    assert {part.state for part in house.parts(job.id)} <= {State.CANCELLED, State.EXPIRED}


def test_a_batch_that_failed_is_redriven_from_the_start_under_new_names(house: BatchHouse) -> None:
    job = house.submit("mood", JSONL, b"")
    assert house.settle(job.id).state is State.FAILED
    house.blobs.put("inputs/rows", TEXTS, JSONL)
    house.jobs.redrive(job.id)
    again = house.settle(job.id)
    assert again.state is State.SUCCEEDED
    assert again.batch is not None
    assert (again.batch.round, again.batch.rows) == (1, 20)
    assert len(house.lines(again.output_uri)) == 20


def test_a_part_that_somebody_cancelled_gives_its_rows_an_error(house: BatchHouse) -> None:
    job = house.submit("mood", JSONL, TEXTS)
    house.work()
    house.jobs.cancel(house.parts(job.id)[2].id)
    ended = house.settle(job.id)
    assert ended.state is State.SUCCEEDED
    assert len(house.lines(ended.output_uri)) == 17
    errors = house.lines(ended.failure_uri)
    assert [(line["row"], line["id"]) for line in errors] == [(7, "t6"), (8, "t7"), (9, "t8")]
    assert {line["error"]["code"] for line in errors} == {"job_conflict"}
    assert ended.batch is not None
    assert (ended.batch.lost, ended.batch.failed) == (1, 3)


def test_little_time_is_used_and_the_rest_left_to_others(models_dir: Path) -> None:
    house = BatchHouse(models_dir, replace(SMALL, reserve_ms=1000))
    job = house.submit("mood", JSONL, TEXTS)
    house.work(left_ms=9000, each_ms=400)
    cut = house.job(job.id).batch
    assert cut is not None
    assert 0 < cut.parts < 7
    assert not cut.split
    assert house.settle(job.id, left_ms=9000, each_ms=400).state is State.SUCCEEDED


def test_a_message_too_many_is_dropped(house: BatchHouse) -> None:
    job = house.submit("mood", JSONL, TEXTS)
    house.queue.send([job.id] * 5)
    house.work()
    attempt = house.job(job.id).attempt
    house.work()
    assert house.job(job.id).attempt == attempt
    house.settle(job.id)
    assert house.queue.dead_letters == ()


def test_a_batch_whose_worker_died_is_found_by_the_sweeper(house: BatchHouse) -> None:
    job = house.submit("mood", JSONL, TEXTS)
    for delivery in house.queue.receive():
        house.queue.delete(delivery.receipt)
    house.clock.move(1_000_000_000_000)
    assert house.sweeper.sweep() == 1
    assert house.settle(job.id).state is State.SUCCEEDED


def test_parts_of_a_heavy_model_go_to_the_heavy_queue(models_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "mood").symlink_to(models_dir / "mood")
    house = BatchHouse(folder, heavy=True)
    house.store.spec("mood")
    spec = replace(house.store.spec("mood"), lane="heavy")
    house.store.spec = lambda name: spec  # type: ignore[method-assign]  # a manifest that says so
    job = house.submit("mood", JSONL, TEXTS)
    assert job.lane == "light"
    house.work()
    assert house.heavy is not None
    parts = house.parts(job.id)
    assert {part.lane for part in parts} == {"heavy"}
    assert {delivery.job_id for delivery in house.heavy.receive()} == {part.id for part in parts}


def test_chunks_grow_or_shrink_to_what_a_row_takes(models_dir: Path) -> None:
    limits = replace(SMALL, chunk_rows=1000, chunk_ms=1_000, first_wait_ms=60_000, stretch=100)
    house = BatchHouse(models_dir, limits)
    job = house.submit("mood", JSONL, TEXTS * 5)
    house.work()
    first = house.parts(job.id)
    assert len(first) == 2  # the others wait for what these take
    for part in first:
        running = replace(
            part,
            state=State.RUNNING,
            attempt=1,
            revision=1,
            started_ms=house.clock.now_ns() // 10**6,
        )
        assert house.table.replace(running)
        done = replace(
            running,
            state=State.SUCCEEDED,
            revision=2,
            finished_ms=running.started_ms + 150,
            result_uri=house.blobs.put(f"results/{part.id}/1", b"", JSONL),
            result_type=JSONL,
        )
        assert house.table.replace(done)
    house.clock.move(2_000_000_000)
    house.work()
    rows = [part.source.content_type.rpartition("count=")[2] for part in house.parts(job.id)]
    assert rows == ["3", "3", "20", "20", "20", "20", "14"]
