"""The wide door over the tiny models, in this process and behind Mangum."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from mangum import Mangum
from samovar.edges.hot import HotDoor
from samovar.edges.http import build_app
from samovar.service import Service
from samovar.settings import Settings
from starlette.testclient import TestClient

from tests.conftest import Log
from tests.doors.job_house import JobHouse

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
