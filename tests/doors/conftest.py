"""The wide door over the tiny models, in this process and behind Mangum."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from fastapi import FastAPI
from mangum import Mangum
from samovar.adapters.dynamodb import TABLE
from samovar.edges.hot import HotDoor
from samovar.edges.http import build_app
from samovar.service import Service
from samovar.settings import Settings
from starlette.testclient import TestClient

from tests.conftest import Log
from tests.doors.job_house import JobHouse
from tests.house.template_file import ROOT
from tests.moto_server import moto_url
from tests.tiny_models import write_models
from tools.job_events import BUCKET

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@pytest.fixture
def app(service: Service, settings: Settings, log: Log) -> FastAPI:
    """The application itself."""
    return build_app(service, settings, log.observer)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A client of the application, with no server between."""
    with TestClient(app, follow_redirects=False) as client:
        yield client


@contextmanager
def event_loop() -> Iterator[None]:
    """A loop that Mangum finds, where it would leave one of its own unclosed."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()


@contextmanager
def as_lambda(app: FastAPI) -> Iterator[Handler]:
    """The application as a Lambda handler, as functions/http_api has it."""
    with event_loop():
        yield Mangum(app, lifespan="off")


@pytest.fixture
def wide(app: FastAPI) -> Iterator[Handler]:
    """The wide door behind Mangum."""
    with as_lambda(app) as handler:
        yield handler


@pytest.fixture
def hot(service: Service, settings: Settings, log: Log) -> HotDoor:
    """The hot door over the same service."""
    return HotDoor(service, settings, log.observer)


@pytest.fixture
def house(models_dir: Path, log: Log) -> JobHouse:
    """A deployment that has jobs."""
    return JobHouse(models_dir, log.observer)


@pytest.fixture
def jobs_client(house: JobHouse) -> Iterator[TestClient]:
    """A client of its wide door."""
    with TestClient(house.app, follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """Where AWS's APIs answer."""
    yield from moto_url()


@pytest.fixture
def environment(moto: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The variables of a function whose table, queue and bucket are there, and empty."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    table, queue, s3 = boto3.client("dynamodb"), boto3.client("sqs"), boto3.client("s3")
    table.create_table(TableName="jobs", **TABLE)
    url = queue.create_queue(QueueName="light")["QueueUrl"]
    s3.create_bucket(Bucket=BUCKET)
    yield {
        "SAMOVAR_MODELS_DIR": str(ROOT / "models"),
        "SAMOVAR_JOBS_TABLE": "jobs",
        "SAMOVAR_JOBS_QUEUE_URL": url,
        "SAMOVAR_DATA_BUCKET": BUCKET,
    }
    table.delete_table(TableName="jobs")
    queue.delete_queue(QueueUrl=url)
    for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=entry["Key"])
    s3.delete_bucket(Bucket=BUCKET)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Tiny models that a test may change."""
    return write_models(tmp_path / "models")
