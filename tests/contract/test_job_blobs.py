"""What every BlobStore promises: a dictionary, S3 as moto and as ministack have it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from samovar.adapters.memory_jobs import MemoryBlobs
from samovar.adapters.s3_blobs import S3Blobs
from samovar.errors import InvalidInput, PayloadTooLarge
from samovar.jobs import Upload
from samovar.ports import BlobHead, BlobStore

from tests.contract.buckets import new_bucket
from tests.contract.places import CLOUDS

MAX_BYTES = 1000


class Refused(Exception):
    """The store did not take an upload."""


@dataclass
class Bench:
    """A store under test, its bucket's name, and a client's side of an upload."""

    blobs: BlobStore
    bucket: str
    send: Callable[[Upload, bytes], object]


@pytest.fixture(
    params=[
        "memory",
        *CLOUDS,
    ]
)
def bench(request: pytest.FixtureRequest, clouds: Callable[[str, str], Any]) -> Bench:
    if request.param == "memory":
        memory = MemoryBlobs("data", MAX_BYTES)
        return Bench(memory, "data", lambda upload, body: in_memory(memory, upload, body))
    client = clouds(request.param, "s3")
    bucket = new_bucket(client)
    return Bench(S3Blobs(client, bucket, MAX_BYTES), bucket, post)


@pytest.fixture
def strict(bench: Bench, request: pytest.FixtureRequest) -> Bench:
    """A store that holds clients to what was presigned, as S3 does."""
    if "moto" in request.node.callspec.params.values():
        pytest.skip("moto takes every form")
    return bench


@pytest.fixture
def blobs(bench: Bench) -> BlobStore:
    return bench.blobs


def in_memory(blobs: MemoryBlobs, upload: Upload, body: bytes) -> None:
    try:
        blobs.upload(upload, body)
    except (InvalidInput, PayloadTooLarge) as error:
        raise Refused from error


def post(upload: Upload, body: bytes) -> None:
    """What a browser does: the fields, then the file, as a form."""
    answer = httpx.post(upload.url, data=dict(upload.fields), files={"file": ("name", body)})
    if not answer.is_success:
        raise Refused(answer.text)


KEYS = [
    "inputs/a",
    "results/job/1",
    "uploads/mood/name with spaces, ü & +%2F?.jpg",
    "uploads/mood/deep/er/..still a name",
    "inputs/" + "k" * 1017,
]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("body", [b"", b"\x00\xff bytes", bytes(MAX_BYTES)], ids=len)
def test_what_is_put_under_a_uri_is_there(bench: Bench, key: str, body: bytes) -> None:
    uri = bench.blobs.put(key, body, "application/octet-stream")
    assert uri == f"s3://{bench.bucket}/{key}" == bench.blobs.uri(key)
    assert bench.blobs.get(uri) == body


def test_a_second_put_takes_the_place_of_the_first(blobs: BlobStore) -> None:
    uri = blobs.put("results/j/1", b"one", "text/plain")
    assert blobs.put("results/j/1", b"two", "text/plain") == uri
    assert blobs.get(uri) == b"two"


def test_an_object_that_is_not_there_is_the_askers_mistake(blobs: BlobStore) -> None:
    with pytest.raises(InvalidInput, match=r"no object at s3://.*inputs/nothing"):
        blobs.get(blobs.uri("inputs/nothing"))


def test_an_object_over_the_limit_is_refused(blobs: BlobStore) -> None:
    uri = blobs.put("inputs/large", bytes(MAX_BYTES + 1), "text/plain")
    with pytest.raises(PayloadTooLarge, match="1001 bytes; 1000 are allowed"):
        blobs.get(uri)


BAD_KEYS = [
    "",
    "/",
    "inputs",
    "inputs/",
    "inputs//a",
    "inputs/../secret",
    "inputs/./a",
    "inputs/a/..",
    "/inputs/a",
    "../inputs/a",
    "models/mood/model.toml",
    "Inputs/a",
    "inputs/a\0",
    "inputs/a\nb",
    "inputs/\udc80",
    "inputs/" + "k" * 1018,
    "inputs/" + "ü" * 600,
]


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_key_outside_the_prefixes_or_leading_out_of_them_is_refused(
    bench: Bench, key: str
) -> None:
    asks: list[Callable[[], object]] = [
        lambda: bench.blobs.put(key, b"", "text/plain"),
        lambda: bench.blobs.uri(key),
        lambda: bench.blobs.presign(key, "text/plain", 10),
        lambda: bench.blobs.get(f"s3://{bench.bucket}/{key}"),
    ]
    for ask in asks:
        with pytest.raises(InvalidInput):
            ask()


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "inputs/a",
        "s3://other/inputs/a",
        "s3://{bucket}",
        "s3://{bucket}.evil/inputs/a",
        "S3://{bucket}/inputs/a",
        "s3:///inputs/a",
        "s3://{bucket}@other/inputs/a",
        "https://{bucket}.s3.amazonaws.com/inputs/a",
        "file:///etc/passwd",
        "arn:aws:s3:::{bucket}/inputs/a",
        "\udc80",
    ],
)
def test_an_address_that_is_not_this_buckets_is_refused(bench: Bench, uri: str) -> None:
    bench.blobs.put("inputs/a", b"", "text/plain")
    with pytest.raises(InvalidInput, match="bucket"):
        bench.blobs.get(uri.format(bucket=bench.bucket))


@pytest.mark.parametrize(
    "content_type", ["text", "text/plain\r\nx: y", "ü/ü", "text/" + "x" * 300, "*/*,", "a/b/c"]
)
def test_what_is_no_media_type_is_refused(blobs: BlobStore, content_type: str) -> None:
    with pytest.raises(InvalidInput, match="content_type"):
        blobs.presign("inputs/a", content_type, 10)
    with pytest.raises(InvalidInput, match="content_type"):
        blobs.put("inputs/a", b"", content_type)


def test_an_object_may_have_no_known_type_but_an_upload_must(blobs: BlobStore) -> None:
    assert blobs.get(blobs.put("inputs/a", b"x", "")) == b"x"
    with pytest.raises(InvalidInput, match="content_type"):
        blobs.presign("inputs/a", "", 10)


@pytest.mark.parametrize("size", [0, 1, 10])
def test_a_client_can_upload_up_to_the_limit(bench: Bench, size: int) -> None:
    upload = bench.blobs.presign("inputs/up", "text/csv; charset=utf-8", 10)
    assert upload.uri == bench.blobs.uri("inputs/up")
    assert upload.fields["Content-Type"] == "text/csv; charset=utf-8"
    bench.send(upload, b"x" * size)
    assert bench.blobs.get(upload.uri) == b"x" * size


def test_an_upload_over_the_limit_is_refused_and_leaves_nothing(strict: Bench) -> None:
    upload = strict.blobs.presign("inputs/up", "text/csv", 10)
    with pytest.raises(Refused):
        strict.send(upload, bytes(11))
    with pytest.raises(InvalidInput, match="no object"):
        strict.blobs.get(upload.uri)


def test_an_upload_of_another_key_or_type_is_refused(strict: Bench) -> None:
    upload = strict.blobs.presign("inputs/up", "text/csv", 10)
    for field, value in {"key": "inputs/other", "Content-Type": "text/html"}.items():
        other = replace(upload, fields={**upload.fields, field: value})
        with pytest.raises(Refused):
            strict.send(other, b"x")


def test_what_is_known_of_an_object_is_told_without_reading_it(bench: Bench) -> None:
    kind = "application/vnd.sagemaker-triton.binary+json;json-header-size=12"
    uri = bench.blobs.put("results/endpoint/tea/1.out", b"x" * (MAX_BYTES + 1), kind)
    assert bench.blobs.head(uri) == BlobHead(MAX_BYTES + 1, kind)  # type: ignore[attr-defined]  # both stores are BlobHeads, too
    nothing = bench.blobs.uri("results/endpoint/tea/2.out")
    assert bench.blobs.head(nothing) is None  # type: ignore[attr-defined]  # the same
