"""An S3 that is moto's, over a real socket, and a bucket of its own for each test."""

import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """Where moto listens."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def s3_client(url: str) -> Any:
    """A real boto3 client that gives up at once."""
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(
            retries={"total_max_attempts": 1},
            connect_timeout=5,
            read_timeout=5,
            s3={"addressing_style": "path"},
        ),
    )


@pytest.fixture(scope="session")
def client(s3_url: str) -> Any:
    return s3_client(s3_url)


@pytest.fixture
def bucket(client: Any) -> str:
    """A bucket's name."""
    name = f"models-{uuid.uuid4().hex}"
    client.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    return name
