"""AWS as moto and as ministack, over real sockets, and a bucket of its own for each test."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from samovar.adapters.dynamodb import TABLE, DynamoJobTable
from samovar.adapters.memory_jobs import MemoryBlobs, MemoryJobTable
from samovar.adapters.s3_blobs import S3Blobs
from samovar_cli.twin.emulator import Emulator, free_port
from samovar_cli.twin.family import Family

from tests.contract.buckets import new_bucket
from tests.contract.call_bench import Bench
from tests.contract.places import MOTO
from tests.moto_server import moto_url
from tests.twin.endpoint_host import Account, EndpointHost

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """Where moto listens."""
    yield from moto_url()


def s3_client(url: str) -> Any:
    """A real boto3 client that gives up at once."""
    return aws_client("s3", url)


def aws_client(service: str, url: str, **config: Any) -> Any:
    """The same for any service."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(
            retries={"total_max_attempts": 1},
            connect_timeout=5,
            read_timeout=5,
            s3={"addressing_style": "path"},
            **config,
        ),
    )


@pytest.fixture(scope="session")
def client(s3_url: str) -> Any:
    return s3_client(s3_url)


@pytest.fixture
def bucket(client: Any) -> str:
    """A bucket's name."""
    return new_bucket(client)


@pytest.fixture(scope="session")
def emulator_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where ministack listens, the emulator that `samovar up` stands on."""
    python = ROOT / ".venvs" / "ministack" / "bin" / "python"
    if not python.exists():
        pytest.skip("make .venvs/.stamps/ministack sets it up")
    family = Family()
    emulator = Emulator(python, tmp_path_factory.mktemp("ministack"), family)
    emulator.start({})
    emulator.wait()
    yield emulator.url
    emulator.stop()
    family.end()


@pytest.fixture(scope="session")
def clouds(request: pytest.FixtureRequest) -> Callable[[str, str], Any]:
    """A client of an AWS service (`s3`, `sqs`, `dynamodb`) at moto's or ministack's."""
    made: dict[tuple[str, str], Any] = {}

    def cloud(where: str, service: str) -> Any:
        if (where, service) not in made:
            url = request.getfixturevalue({"moto": "s3_url", "ministack": "emulator_url"}[where])
            made[where, service] = aws_client(service, url)
        return made[where, service]

    return cloud


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    return free_port()


@pytest.fixture(
    params=["memory", MOTO],
)
def call_bench(request: pytest.FixtureRequest, clouds: Callable[[str, str], Any]) -> Bench:
    """Calls under a key, over a dictionary and over AWS as moto has it."""
    if request.param == "memory":
        return Bench(MemoryJobTable(), MemoryBlobs())
    table = f"jobs-{uuid.uuid4().hex}"
    dynamodb, s3 = clouds("moto", "dynamodb"), clouds("moto", "s3")
    dynamodb.create_table(TableName=table, **TABLE)
    return Bench(DynamoJobTable(dynamodb, table), S3Blobs(s3, new_bucket(s3)))


@pytest.fixture(scope="module")
def account(emulator_url: str) -> Account:
    """A bucket, topics and a queue for the endpoints of a module."""
    return Account(emulator_url)


@pytest.fixture(scope="module")
def host(
    account: Account, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., EndpointHost]]:
    """Starts endpoints of the twin's emulator; they end with the module."""
    started: list[EndpointHost] = []

    def start(**config: Any) -> EndpointHost:
        started.append(EndpointHost(account, tmp_path_factory.mktemp("endpoint"), **config))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture(scope="module")
def endpoint(host: Callable[..., EndpointHost]) -> EndpointHost:
    """One that tests of a module share."""
    return host()
