"""What every BlobFiles promises: a dictionary, S3 as moto and as ministack have it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from samovar.adapters.memory_jobs import MemoryBlobs
from samovar.adapters.s3_streams import S3Streams
from samovar.errors import InvalidInput, StorageUnavailable
from samovar.ports import BlobFiles

from tests.contract.conftest import aws_client
from tests.contract.places import CLOUDS
from tests.contract.test_job_blobs import new_bucket
from tests.contract.wrapped import Wrapped

PART = 5 * 1024 * 1024
JSONL = "application/jsonl"


@dataclass
class Bench:
    """A store under test and its bucket's name; a client where it is S3."""

    streams: BlobFiles
    bucket: str
    client: Any = None


@pytest.fixture(
    params=[
        "memory",
        *CLOUDS,
    ]
)
def bench(request: pytest.FixtureRequest, clouds: Callable[[str, str], Any]) -> Bench:
    if request.param == "memory":
        return Bench(MemoryBlobs("data"), "data")
    client = clouds(request.param, "s3")
    bucket = new_bucket(client)
    return Bench(S3Streams(client, bucket, part_bytes=PART), bucket, client)


@pytest.fixture
def streams(bench: Bench) -> BlobFiles:
    return bench.streams


def whole(streams: BlobFiles, uri: str) -> bytes:
    size = streams.size(uri)
    assert size is not None
    return streams.read(uri, 0, size)


@pytest.mark.parametrize(
    "pieces",
    [[], [b""], [b"a"], [b"a", b"", b"bc"], [bytes(PART - 1), b"xy", b"z"], [b"q" * PART] * 2],
    ids=["none", "empty", "one", "few", "over-a-part", "parts"],
)
def test_an_object_is_its_pieces_in_order(bench: Bench, pieces: list[bytes]) -> None:
    uri = bench.streams.write("results/b/output.jsonl", iter(pieces), JSONL)
    assert uri == f"s3://{bench.bucket}/results/b/output.jsonl"
    assert whole(bench.streams, uri) == b"".join(pieces)


def test_a_part_of_an_object_is_shorter_at_its_end_and_nothing_after_it(
    streams: BlobFiles,
) -> None:
    uri = streams.write("inputs/rows", [b"0123456789"], JSONL)
    assert streams.read(uri, 0, 4) == b"0123"
    assert streams.read(uri, 4, 1) == b"4"
    assert streams.read(uri, 8, 100) == b"89"
    assert streams.read(uri, 10, 5) == b""
    assert streams.read(uri, 50, 5) == b""
    assert streams.read(uri, 3, 0) == b""


def test_what_is_not_there_has_no_size_and_cannot_be_read(bench: Bench) -> None:
    missing = f"s3://{bench.bucket}/inputs/nothing"
    assert bench.streams.size(missing) is None
    with pytest.raises(InvalidInput, match="no object at"):
        bench.streams.read(missing, 0, 10)


@pytest.mark.parametrize("uri", ["s3://other/inputs/x", "https://x/inputs/x", "s3://data/models/x"])
def test_only_the_data_buckets_own_places_are_touched(streams: BlobFiles, uri: str) -> None:
    with pytest.raises(InvalidInput):
        streams.size(uri)
    with pytest.raises(InvalidInput):
        streams.read(uri, 0, 1)
    with pytest.raises(InvalidInput):
        streams.write("models/x", [b"a"], JSONL)


def test_names_come_in_order_and_end_with_the_prefix(streams: BlobFiles) -> None:
    for number in (3, 1, 2):
        streams.write(f"results/b/parts/{number:08d}.json", [b"x"], JSONL)
    streams.write("results/b/output.jsonl", [b"x"], JSONL)
    streams.write("results/bb/parts/x", [b"x"], JSONL)
    found = list(streams.names("results/b/parts/"))
    assert found == [f"results/b/parts/{number:08d}.json" for number in (1, 2, 3)]
    assert list(streams.names("results/c/")) == []


def test_more_names_than_a_page_holds_come_too(bench: Bench) -> None:
    if bench.client is not None:
        listed = Wrapped(bench.client, lambda method, _, named: _small_pages(method, named))
        streams: BlobFiles = S3Streams(listed, bench.bucket)
    else:
        streams = bench.streams
    for number in range(7):
        streams.write(f"results/many/{number}", [b"x"], JSONL)
    assert len(list(streams.names("results/many/"))) == 7


def _small_pages(method: str, named: dict[str, Any]) -> None:
    if method == "list_objects_v2":
        named["MaxKeys"] = 2


@pytest.mark.parametrize(
    "sizes",
    [[], [0], [3], [3, 4, 0, 5], [PART, 2], [2, PART, PART + 1, 3], [PART - 1, PART * 2, 1]],
    ids=str,
)
def test_objects_are_joined_in_order(bench: Bench, sizes: list[int]) -> None:
    bodies = [bytes([65 + number]) * size for number, size in enumerate(sizes)]
    uris = [
        bench.streams.write(f"results/b/merged/{number}", [body], JSONL)
        for number, body in enumerate(bodies)
    ]
    uri = bench.streams.join("results/b/output.jsonl", uris, JSONL)
    assert uri == f"s3://{bench.bucket}/results/b/output.jsonl"
    assert whole(bench.streams, uri) == b"".join(bodies)


def test_what_is_not_there_cannot_be_joined(bench: Bench) -> None:
    there = bench.streams.write("results/b/1", [b"x"], JSONL)
    with pytest.raises(InvalidInput, match="no object at"):
        bench.streams.join("results/b/2", [there, f"s3://{bench.bucket}/results/b/0"], JSONL)
    assert bench.streams.size(f"s3://{bench.bucket}/results/b/2") is None


class Torn(Exception):
    """The pieces end here."""


def torn() -> Iterator[bytes]:
    yield bytes(PART)
    yield bytes(PART)
    raise Torn


def test_an_object_whose_pieces_end_in_an_error_is_not_there(bench: Bench) -> None:
    with pytest.raises(Torn):
        bench.streams.write("results/torn", torn(), JSONL)
    assert bench.streams.size(f"s3://{bench.bucket}/results/torn") is None


@pytest.mark.xdist_group("moto")
def test_a_multipart_upload_that_fails_is_aborted(clouds: Callable[[str, str], Any]) -> None:
    client = clouds("moto", "s3")
    bucket = new_bucket(client)

    def before(method: str, _: tuple, named: dict[str, Any]) -> None:
        if method == "upload_part" and named["PartNumber"] == 2:
            raise OSError("the network is down")

    streams = S3Streams(Wrapped(client, before), bucket, part_bytes=PART)
    with pytest.raises(StorageUnavailable):
        streams.write("results/torn", [bytes(PART)] * 3, JSONL)
    assert "Uploads" not in client.list_multipart_uploads(Bucket=bucket)
    assert streams.size(f"s3://{bucket}/results/torn") is None


def test_a_store_that_cannot_be_reached_is_unavailable(closed_port: int) -> None:
    streams = S3Streams(aws_client("s3", f"http://127.0.0.1:{closed_port}"), "data")
    for call in (
        lambda: streams.size("s3://data/inputs/x"),
        lambda: streams.read("s3://data/inputs/x", 0, 1),
        lambda: streams.write("results/x", [b"a"], JSONL),
        lambda: list(streams.names("results/")),
    ):
        with pytest.raises(StorageUnavailable):
            call()
