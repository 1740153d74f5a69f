"""What DynamoDB's items may hold, and what happens where it is slow, away or left something out."""

from collections.abc import Callable
from typing import Any

import pytest
from samovar import jobs
from samovar.adapters.dynamodb import TTL, DynamoJobTable
from samovar.adapters.job_items import item_of
from samovar.adapters.memory_jobs import MemoryJobTable
from samovar.errors import PayloadTooLarge, StorageUnavailable
from samovar.jobs import Failure, JobQuery, Source, State
from samovar.ports import JobTable

from tests.contract.conftest import aws_client
from tests.contract.job_table.tables import NOW, ids, job, new_table, walk
from tests.contract.wrapped import Wrapped


def test_a_job_too_large_for_an_item_is_refused_with_the_way_out(table: JobTable) -> None:
    with pytest.raises(PayloadTooLarge, match="upload"):
        table.create(job(source=Source("text/plain", bytes(400 * 1024))))
    assert table.get("a") is None


def test_the_largest_job_can_still_move_and_say_why_it_failed(table: JobTable) -> None:
    largest = job(source=Source("text/plain", bytes(383 * 1024)))
    assert table.create(largest)
    claimed = jobs.claim(largest, NOW, 1000)
    assert table.replace(claimed)
    failed = jobs.fail(claimed, 1, NOW, Failure("invalid_input", "ü" * 1_000_000))
    assert table.replace(failed)
    found = table.get("a")
    assert found is not None
    assert found.failure == Failure("invalid_input", "ü" * 2000)
    assert len(table.find(JobQuery(State.FAILED)).jobs) == 1


# What only the memory's has, and what only DynamoDB can do.


def test_in_memory_jobs_are_forgotten_when_their_time_is_up() -> None:
    table = MemoryJobTable()
    for expires in (0, 10, 11):
        table.create(job(f"j{expires}", expires_s=expires))
    assert table.forget(10) == 1
    assert sorted(walk(table, JobQuery())) == ["j0", "j11"]
    assert table.get("j10") is None
    assert table.create(job("j10"))


def test_the_time_to_live_is_a_number_that_dynamodb_takes(cloud: Any) -> None:
    name = new_table(cloud)
    cloud.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"AttributeName": TTL, "Enabled": True}
    )
    DynamoJobTable(cloud, name).create(job(expires_s=1_700_000_000))
    DynamoJobTable(cloud, name).create(job("forever"))
    items = {item["id"]["S"]: item for item in cloud.scan(TableName=name)["Items"]}
    assert items["a"][TTL] == {"N": "1700000000"}
    assert TTL not in items["forever"]


def test_the_indexes_hold_keys_and_no_input(cloud: Any) -> None:
    name = new_table(cloud)
    DynamoJobTable(cloud, name).create(job())
    for index, size in (("by-state", 4), ("by-model", 3)):
        (entry,) = cloud.scan(TableName=name, IndexName=index)["Items"]
        assert len(entry) == size, entry
    assert cloud.scan(TableName=name, IndexName="by-owed")["Items"] == []


def test_a_write_that_was_sent_twice_is_known_as_ones_own(cloud: Any) -> None:
    """boto3 repeats a call whose answer was lost; here, every call is."""

    def twice(name: str, args: tuple, named: dict) -> None:
        if name == "put_item":
            cloud.put_item(**named)

    table = DynamoJobTable(Wrapped(cloud, twice), new_table(cloud))
    assert table.create(job())
    assert table.replace(jobs.claim(job(), NOW, 1000))
    assert not table.create(job())


def test_keys_that_dynamodb_left_out_are_asked_for_again(cloud: Any) -> None:
    class Stingy:
        """Gives one item at a time."""

        def __getattr__(self, name: str) -> Any:
            return getattr(cloud, name)

        def batch_get_item(self, RequestItems: dict) -> dict:  # noqa: N803 - boto3's name
            ((name, wanted),) = RequestItems.items()
            first, *rest = wanted["Keys"]
            answer = cloud.batch_get_item(RequestItems={name: {"Keys": [first]}})
            left = {name: {"Keys": rest}} if rest else {}
            return {**answer, "UnprocessedKeys": left}

    table: JobTable = DynamoJobTable(Stingy(), new_table(cloud))  # type: ignore[arg-type]  # stands for boto3's
    for n in range(8):
        table.create(job(f"j{n}", at=n))
    assert walk(table, JobQuery(limit=3)) == [f"j{n}" for n in reversed(range(8))]
    with pytest.raises(StorageUnavailable, match="busy"):
        table.find(JobQuery(limit=8))


def test_a_search_with_few_hits_gives_up_on_the_way_and_goes_on_from_there(cloud: Any) -> None:
    class Short:
        """Reads two keys at a time where a filter is asked for."""

        def __getattr__(self, name: str) -> Any:
            return getattr(cloud, name)

        def query(self, **named: Any) -> dict:
            return cloud.query(**{"Limit": 2, **named})

    table = DynamoJobTable(Short(), new_table(cloud))  # type: ignore[arg-type]  # stands for boto3's
    for n in range(45):
        table.create(job(f"j{n:02}", model="rare" if n in (0, 30, 44) else "mood", at=n))
    first = table.find(JobQuery(State.QUEUED, "rare"))
    assert ids(first) == ["j44", "j30"]
    assert first.cursor
    assert walk(table, JobQuery(State.QUEUED, "rare", limit=1)) == ["j44", "j30", "j00"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda table: table.create(job()),
        lambda table: table.get("a"),
        lambda table: table.replace(job(revision=1)),
        lambda table: table.find(JobQuery()),
        lambda table: table.find(JobQuery(model="mood")),
    ],
)
def test_a_table_that_is_away_or_gone_is_unavailable(
    s3_url: str, closed_port: int, ask: Callable[[JobTable], object]
) -> None:
    for url in (s3_url, f"http://127.0.0.1:{closed_port}"):
        table = DynamoJobTable(aws_client("dynamodb", url), "no-such-table")
        with pytest.raises(StorageUnavailable, match="the jobs table"):
            ask(table)


def test_an_item_that_cannot_be_read_is_in_nobodys_way(clouds: Callable[[str, str], Any]) -> None:
    client = clouds("moto", "dynamodb")
    name = new_table(client)
    table = DynamoJobTable(client, name)
    odd = item_of(job("odd")) | {"revision": {"N": "1.5"}}
    client.put_item(TableName=name, Item=odd)
    assert table.create(job("plain"))
    with pytest.raises(StorageUnavailable, match="job odd cannot be read"):
        table.get("odd")
    assert ids(table.find(JobQuery(State.QUEUED))) == ["plain"]
