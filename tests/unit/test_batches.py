"""Batches through a service and a worker: what becomes of files, parts, and mistakes."""

from pathlib import Path

import pytest
from samovar.adapters.memory_jobs import MemoryBlobs
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

from tests.unit.batch_house import BatchHouse

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


class Unread(MemoryBlobs):
    """Objects that may be measured and not read."""

    def __init__(self, found: int | None) -> None:
        super().__init__()
        self._found = found

    def size(self, uri: str) -> int | None:
        return self._found

    def read(self, uri: str, start: int, length: int) -> bytes:
        raise AssertionError(f"{uri} was read")


@pytest.mark.parametrize(
    ("size", "code"), [(10 * 1024**3, "payload_too_large"), (None, "invalid_input")]
)
def test_a_file_that_is_too_large_or_not_there_is_refused_before_it_is_read(
    models_dir: Path, size: int | None, code: str
) -> None:
    house = BatchHouse(models_dir, files=Unread(size))
    ended = house.run("mood", JSONL, b"x")
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
