"""What only S3 can do: forms and their policies, the owner, refusals, a bucket that is away."""

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from samovar.adapters.aws_clients import FORMS
from samovar.adapters.s3_blobs import MAX_POST_BYTES, S3Blobs
from samovar.errors import InvalidInput, PayloadTooLarge, StorageUnavailable
from samovar.jobs import Upload

from tests.contract.buckets import new_bucket
from tests.contract.conftest import aws_client
from tests.contract.half_server import HalfServer
from tests.contract.places import CLOUDS
from tests.contract.wrapped import Wrapped


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
