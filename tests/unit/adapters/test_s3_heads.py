"""What S3 says of an object that cannot be seen, and what that means."""

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from samovar.adapters.s3_blobs import S3Blobs
from samovar.errors import InvalidInput, StorageUnavailable
from samovar.ports import BlobHead

URI = "s3://samovar-data/results/endpoint/tea/1.out"


@pytest.fixture
def client() -> Any:
    return boto3.client(
        "s3", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )


def head(client: Any, code: str, status: int) -> BlobHead | None:
    with Stubber(client) as stub:
        stub.add_client_error("head_object", code, http_status_code=status)
        return S3Blobs(client, "samovar-data").head(URI)


def test_an_object_that_is_not_there_is_none(client: Any) -> None:
    assert head(client, "404", 404) is None


@pytest.mark.parametrize(("code", "status"), [("403", 403), ("503", 503), ("SlowDown", 503)])
def test_an_object_that_may_not_be_seen_may_still_be_there(
    client: Any, code: str, status: int
) -> None:
    with pytest.raises(StorageUnavailable):
        head(client, code, status)


def test_an_object_of_another_bucket_is_not_asked_for(client: Any) -> None:
    with pytest.raises(InvalidInput):
        S3Blobs(client, "samovar-data").head("s3://elsewhere/results/endpoint/tea/1.out")
