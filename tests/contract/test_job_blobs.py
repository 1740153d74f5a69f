"""What every BlobStore promises: a dictionary, S3 as moto and as ministack have it."""

import base64
import json
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError
from samovar.adapters.aws_clients import FORMS
from samovar.adapters.memory_jobs import MemoryBlobs
from samovar.adapters.s3_blobs import MAX_POST_BYTES, S3Blobs
from samovar.errors import InvalidInput, PayloadTooLarge, StorageUnavailable
from samovar.jobs import Upload
from samovar.ports import BlobHead, BlobStore

from tests.contract.conftest import aws_client
from tests.contract.half_server import HalfServer
from tests.contract.places import CLOUDS
from tests.contract.wrapped import Wrapped

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


def new_bucket(client: Any) -> str:
    name = f"data-{uuid.uuid4().hex}"
    where = {"LocationConstraint": "eu-central-1"}
    client.create_bucket(Bucket=name, CreateBucketConfiguration=where)
    return name


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


# What only S3 can do.


@pytest.fixture(params=CLOUDS)
def cloud(request: pytest.FixtureRequest, clouds: Callable[[str, str], Any]) -> Any:
    return clouds(request.param, "s3")


def policy_of(upload: Upload) -> Any:
    return json.loads(base64.b64decode(upload.fields["policy"]))


def test_a_forms_policy_holds_the_bucket_the_key_the_type_and_the_size(cloud: Any) -> None:
    upload = S3Blobs(cloud, "data").presign("uploads/mood/a.png", "image/png", 123)
    conditions = policy_of(upload)["conditions"]
    assert {"bucket": "data"} in conditions
    assert {"key": "uploads/mood/a.png"} in conditions
    assert {"Content-Type": "image/png"} in conditions
    assert ["content-length-range", 0, 123] in conditions


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "eu-central-1"])
def test_a_form_is_signed_anew_and_goes_to_the_buckets_own_region(region: str) -> None:
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    client = boto3.client("s3", region_name=region, config=FORMS, **keys)
    upload = S3Blobs(client, "data").presign("inputs/a", "text/csv", 10)
    assert upload.fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    host = "s3" if region == "us-east-1" else f"s3.{region}"
    assert upload.url == f"https://data.{host}.amazonaws.com/"


def test_a_form_takes_no_more_than_s3_does(cloud: Any) -> None:
    upload = S3Blobs(cloud, "data").presign("inputs/a", "image/png", 10**15)
    assert ["content-length-range", 0, MAX_POST_BYTES] in policy_of(upload)["conditions"]


def test_the_type_is_kept_with_the_object(cloud: Any) -> None:
    bucket = new_bucket(cloud)
    S3Blobs(cloud, bucket).put("results/j/1", b"{}", "application/json")
    assert cloud.head_object(Bucket=bucket, Key="results/j/1")["ContentType"] == "application/json"


def test_the_buckets_owner_goes_with_each_request_where_it_is_known(cloud: Any) -> None:
    asked: dict[str, dict] = {}
    client = Wrapped(cloud, lambda name, args, named: asked.update({name: named}))
    blobs = S3Blobs(client, new_bucket(cloud), owner="000000000000")  # type: ignore[arg-type]  # stands for boto3's
    for ask in (
        lambda: blobs.put("inputs/a", b"", "text/plain"),
        lambda: blobs.get(blobs.uri("inputs/a")),
    ):
        with suppress(InvalidInput, StorageUnavailable):  # an emulator's account is another
            ask()
    for named in asked.values():
        assert named["ExpectedBucketOwner"] == "000000000000"
    assert set(asked) == {"put_object", "get_object"}


def refuse(code: str) -> Callable[..., None]:
    def before(*_: Any) -> None:
        raise ClientError({"Error": {"Code": code}}, "Any")

    return before


def test_nothing_is_read_of_an_object_that_is_too_large(cloud: Any) -> None:
    bucket = new_bucket(cloud)

    class Body:
        """Read by nobody, closed by somebody."""

        closed = False

        def close(self) -> None:
            self.closed = True

    body = Body()

    class Endless:
        """An object of 10 GB."""

        def get_object(self, **_: Any) -> dict:
            return {"ContentLength": 10 * 1024**3, "Body": body}

    with pytest.raises(PayloadTooLarge):
        S3Blobs(Endless(), bucket).get(f"s3://{bucket}/inputs/a")  # type: ignore[arg-type]  # stands for boto3's
    assert body.closed


def test_an_object_that_breaks_off_is_unavailable_and_never_half() -> None:
    with HalfServer() as url:
        blobs = S3Blobs(aws_client("s3", url), "data")
        with pytest.raises(StorageUnavailable, match="the data bucket"):
            blobs.get("s3://data/inputs/a")


@pytest.mark.parametrize("code", ["SlowDown", "InternalError", "503", "RequestTimeout"])
def test_a_bucket_that_is_busy_is_unavailable(cloud: Any, code: str) -> None:
    blobs = S3Blobs(Wrapped(cloud, refuse(code)), "data")  # type: ignore[arg-type]  # stands for boto3's
    for ask in (
        lambda: blobs.get("s3://data/inputs/a"),
        lambda: blobs.put("inputs/a", b"", "text/plain"),
    ):
        with pytest.raises(StorageUnavailable, match=code):
            ask()


@pytest.mark.parametrize("code", ["AccessDenied", "InvalidObjectState"])
def test_an_object_that_may_not_be_read_is_the_askers_mistake(cloud: Any, code: str) -> None:
    """S3 answers so, too, for one that is not there, to those who may not list."""
    blobs = S3Blobs(Wrapped(cloud, refuse(code)), "data")  # type: ignore[arg-type]  # stands for boto3's
    with pytest.raises(InvalidInput, match="may be read"):
        blobs.get("s3://data/inputs/a")


def test_a_bucket_that_is_away_or_gone_is_unavailable(cloud: Any, closed_port: int) -> None:
    away = aws_client("s3", f"http://127.0.0.1:{closed_port}")
    for client in (away, cloud):
        blobs = S3Blobs(client, "no-such-bucket-at-all")
        with pytest.raises(StorageUnavailable, match="the data bucket"):
            blobs.get("s3://no-such-bucket-at-all/inputs/a")
        with pytest.raises(StorageUnavailable, match="the data bucket"):
            blobs.put("inputs/a", b"", "text/plain")


def test_what_is_known_of_an_object_is_told_without_reading_it(bench: Bench) -> None:
    kind = "application/vnd.sagemaker-triton.binary+json;json-header-size=12"
    uri = bench.blobs.put("results/endpoint/tea/1.out", b"x" * (MAX_BYTES + 1), kind)
    assert bench.blobs.head(uri) == BlobHead(MAX_BYTES + 1, kind)  # type: ignore[attr-defined]  # both stores are BlobHeads, too
    nothing = bench.blobs.uri("results/endpoint/tea/2.out")
    assert bench.blobs.head(nothing) is None  # type: ignore[attr-defined]  # the same
