"""The life of a batch: stopped, late, redriven, short of time, its workers gone; its chunks."""

from dataclasses import replace
from pathlib import Path

import pytest
from samovar import jobs
from samovar.jobs import Delivery, State
from samovar.rows import JSONL
from samovar.types import Limits

from tests.unit.batch_house import SMALL, BatchHouse
from tests.unit.test_batches import TEXTS


@pytest.fixture
def house(models_dir: Path) -> BatchHouse:
    return BatchHouse(models_dir)


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


def test_a_chunk_has_no_more_rows_than_the_model_takes(house: BatchHouse) -> None:
    spec = replace(house.store.spec("mood"), limits=Limits(max_rows=2))
    house.store.spec = lambda name: spec  # type: ignore[method-assign]  # a manifest that says so
    job = house.run("mood", JSONL, TEXTS)
    assert job.failure_uri == ""
    assert len(house.parts(job.id)) == 10


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


def test_parts_that_must_wait_for_long_are_no_dead_letters(models_dir: Path) -> None:
    house = BatchHouse(models_dir, replace(SMALL, reserve_ms=500))
    job = house.submit("mood", JSONL, TEXTS * 10)
    ended = house.settle(job.id, left_ms=7000, each_ms=250)
    assert ended.state is State.SUCCEEDED
    assert ended.failure_uri == ""
    assert house.queue.dead_letters == ()


@pytest.mark.parametrize(("count", "kept"), [(1, False), (2, True), (3, True), (4, False)])
def test_a_message_that_comes_again_under_a_lease_may_be_a_dead_workers_and_is_kept(
    house: BatchHouse, count: int, kept: bool
) -> None:
    job = house.submit("mood", JSONL, TEXTS)
    claimed = jobs.claim(house.job(job.id), job.created_ms, 90_000)
    assert house.table.replace(claimed)  # by a worker that is heard of no more
    again = Delivery(job.id, "r", "m", count)
    assert house.runner.run([again], lambda: 60_000) == ([again] if kept else [])
    assert house.job(job.id) == claimed
    sent = len(house.queue) - 1  # beside the one of the submission
    assert sent == (count == 4), "in the place of what would have become a dead letter"
