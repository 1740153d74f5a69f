"""The promises of a store of kept answers, held by memory and by moto's DynamoDB and S3."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from samovar.adapters.dynamodb import TABLE, DynamoJobTable
from samovar.adapters.dynamodb_answers import FOLDER, MOST_ITEM_BYTES, PREFIX, DynamoAnswers
from samovar.adapters.memory import MemoryClock
from samovar.adapters.memory_answers import MemoryAnswers
from samovar.caching.store import AnswerStore
from samovar.errors import StorageUnavailable
from samovar.jobs import JobQuery
from samovar.values import dataclass

from tests.contract.conftest import aws_client, s3_client
from tests.contract.places import MOTO

NOW_S = 1_700_000_000
KEY, OTHER = b"\x01" * 32, b"\x02" * 32


@dataclass(frozen=True, slots=True)
class Case:
    """A store that is empty, and the clock that it looks at."""

    store: AnswerStore
    clock: MemoryClock


@dataclass(frozen=True, slots=True)
class Cloud:
    """The same on moto, with what lies behind it."""

    store: DynamoAnswers
    dynamodb: Any
    table: str
    s3: Any
    bucket: str


def cloud(clouds: Callable[[str, str], Any], clock: MemoryClock) -> Cloud:
    dynamodb, s3, name = clouds("moto", "dynamodb"), clouds("moto", "s3"), uuid.uuid4().hex
    dynamodb.create_table(TableName=name, **TABLE)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return Cloud(DynamoAnswers(dynamodb, name, s3, name, clock), dynamodb, name, s3, name)


@pytest.fixture(params=["memory", MOTO])
def case(request: pytest.FixtureRequest, clouds: Callable[[str, str], Any]) -> Case:
    """Each kind of store."""
    clock = MemoryClock(NOW_S * 1_000_000_000)
    memory = request.param == "memory"
    return Case(MemoryAnswers(clock) if memory else cloud(clouds, clock).store, clock)


SIZES = [0, 1, MOST_ITEM_BYTES, MOST_ITEM_BYTES + 1, 500_000]


@pytest.mark.parametrize("size", SIZES)
def test_what_is_kept_comes_back_as_it_was_under_its_own_key(case: Case, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert case.store.get(KEY) is None
    case.store.put(KEY, body, NOW_S + 60)
    assert case.store.get(KEY) == body
    assert case.store.get(OTHER) is None


@pytest.mark.parametrize("sizes", [(5, 6), (5, 40_000), (40_000, 5), (40_000, 40_001)])
def test_the_last_one_kept_counts(case: Case, sizes: tuple[int, int]) -> None:
    for size in sizes:
        case.store.put(KEY, b"x" * size, NOW_S + 60)
    assert case.store.get(KEY) == b"x" * sizes[-1]


@pytest.mark.parametrize("size", [5, 40_000])
def test_nothing_is_given_after_its_time(case: Case, size: int) -> None:
    case.store.put(KEY, b"x" * size, NOW_S + 2)
    case.clock.move(1_999_999_999)
    assert case.store.get(KEY) is not None
    case.clock.move(1)
    assert case.store.get(KEY) is None


@pytest.mark.xdist_group("moto")
def test_answers_lie_beside_the_jobs_and_are_no_jobs(clouds: Callable[[str, str], Any]) -> None:
    found = cloud(clouds, MemoryClock(NOW_S * 1_000_000_000))
    found.store.put(KEY, b"small", NOW_S + 60)
    found.store.put(OTHER, b"x" * 40_000, NOW_S + 60)
    items = {item["id"]["S"]: item for item in found.dynamodb.scan(TableName=found.table)["Items"]}
    assert set(items) == {f"{PREFIX}{KEY.hex()}", f"{PREFIX}{OTHER.hex()}"}
    assert all(int(item["expires_s"]["N"]) == NOW_S + 60 for item in items.values())
    jobs = DynamoJobTable(found.dynamodb, found.table)
    assert jobs.find(JobQuery()).jobs == ()
    assert jobs.get(f"{PREFIX}{KEY.hex()}") is None
    listed = found.s3.list_objects_v2(Bucket=found.bucket)["Contents"]
    assert [entry["Key"] for entry in listed] == [f"{FOLDER}{OTHER.hex()}"]


@pytest.mark.xdist_group("moto")
def test_an_object_that_the_bucket_has_forgotten_is_not_there(
    clouds: Callable[[str, str], Any],
) -> None:
    found = cloud(clouds, MemoryClock(NOW_S * 1_000_000_000))
    found.store.put(KEY, b"x" * 40_000, NOW_S + 60)
    found.s3.delete_object(Bucket=found.bucket, Key=f"{FOLDER}{KEY.hex()}")
    assert found.store.get(KEY) is None


def test_a_store_that_cannot_be_reached_or_is_not_there_says_so(
    closed_port: int, clouds: Callable[[str, str], Any]
) -> None:
    url = f"http://127.0.0.1:{closed_port}"
    nobody = aws_client("dynamodb", url), s3_client(url)
    for dynamodb, s3 in (nobody, (clouds("moto", "dynamodb"), clouds("moto", "s3"))):
        store = DynamoAnswers(dynamodb, "nothing", s3, "nothing", MemoryClock())
        with pytest.raises(StorageUnavailable):
            store.get(KEY)
        for size in (5, 40_000):
            with pytest.raises(StorageUnavailable):
                store.put(KEY, b"x" * size, NOW_S)
