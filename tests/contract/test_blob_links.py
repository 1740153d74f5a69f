"""What every BlobLinks promises: a URL that needs nothing else, of an object of ours."""

import uuid
from collections.abc import Callable
from typing import Any

import boto3
import httpx
import pytest
from samovar.adapters.aws_clients import FORMS
from samovar.adapters.memory_jobs import MemoryBlobs
from samovar.adapters.s3_blobs import S3Blobs
from samovar.errors import InvalidInput
from samovar.ports import BlobLinks

from tests.contract.places import CLOUDS
from tests.contract.test_job_blobs import new_bucket

KEYS: Any = {
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
    "aws_session_token": "test",
    "region_name": "eu-central-1",
}


@pytest.fixture(
    params=[
        *CLOUDS,
    ]
)
def s3(request: pytest.FixtureRequest, clouds: Callable[[str, str], Any]) -> S3Blobs:
    url = clouds(request.param, "s3").meta.endpoint_url
    # A function's credentials are temporary, as those that the emulator was started with.
    client = boto3.client("s3", endpoint_url=url, config=FORMS, **KEYS)
    return S3Blobs(client, new_bucket(client))


def test_anybody_who_has_the_link_gets_the_object_as_it_is(s3: S3Blobs) -> None:
    media = "application/vnd.sagemaker-triton.binary+json;json-header-size=7"
    uri = s3.put(f"results/{uuid.uuid4().hex}/1", b"\x00\xff", media)
    answer = httpx.get(s3.link(uri))
    assert (answer.status_code, answer.content) == (200, b"\x00\xff")
    assert answer.headers["content-type"] == media


def test_no_object_elsewhere_is_linked_to(s3: S3Blobs) -> None:
    stores: tuple[BlobLinks, ...] = (s3, MemoryBlobs())
    for store in stores:
        for uri in ("s3://other/results/a", "https://samovar-data/results/a", ""):
            with pytest.raises(InvalidInput):
                store.link(uri)
