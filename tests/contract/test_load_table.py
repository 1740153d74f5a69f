"""The promises of a table of loads, held by memory and by DynamoDB as moto has it."""

import threading
import uuid
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from samovar.adapters.dynamodb import TABLE, DynamoJobTable
from samovar.adapters.dynamodb_loads import DynamoLoadTable
from samovar.adapters.memory_loads import MemoryLoadTable
from samovar.errors import StorageUnavailable
from samovar.frozen import replace
from samovar.jobs import JobQuery
from samovar.ports import LoadTable
from samovar.routing import Load

from tests.contract.conftest import aws_client
from tests.contract.places import MOTO

WHOLE = Load(
    name="mood",
    at_ms=1_700_000_000_123,
    work_s=1234.5678,
    jobs=0.000012345,
    balance_s=8520.0,
    heavy=True,
    woken_ms=1_700_000_000_001,
    asleep_ms=1_700_000_000_002,
    age_s=61.25,
    aged_ms=1_700_000_000_003,
    answered_ms=1_700_000_000_004,
    revision=1,
)


@pytest.fixture(
    params=["memory", MOTO],
)
def loads(request: pytest.FixtureRequest, clouds: Callable[[str, str], Any]) -> LoadTable:
    """A table that is empty."""
    if request.param == "memory":
        return MemoryLoadTable()
    client, table = clouds("moto", "dynamodb"), f"jobs-{uuid.uuid4().hex}"
    client.create_table(TableName=table, **TABLE)
    return DynamoLoadTable(client, table)


def test_a_load_that_nobody_told_of_is_empty(loads: LoadTable) -> None:
    assert loads.get("mood") == Load("mood")
    assert loads.get("*") == Load("*")


def test_every_field_of_a_load_comes_back_as_it_was(loads: LoadTable) -> None:
    plain = Load("")
    same = [f.name for f in fields(Load) if getattr(WHOLE, f.name) == getattr(plain, f.name)]
    assert same == [], "a field of WHOLE tests nothing"
    assert loads.put(WHOLE) is None
    found = loads.get("mood")
    assert found == WHOLE
    assert [type(getattr(found, f.name)) for f in fields(Load)] == [f.type for f in fields(Load)]


def test_models_have_loads_of_their_own(loads: LoadTable) -> None:
    loads.put(WHOLE)
    assert loads.put(replace(WHOLE, name="other", jobs=7.0)) is None
    assert (loads.get("mood"), loads.get("other").jobs) == (WHOLE, 7.0)


def test_a_write_over_the_last_revision_is_let_in(loads: LoadTable) -> None:
    loads.put(WHOLE)
    second = replace(WHOLE, jobs=2.0, heavy=False, revision=2)
    assert loads.put(second) is None
    assert loads.get("mood") == second


@pytest.mark.parametrize("revision", [1, 2, 4])
def test_a_write_over_another_revision_is_refused_with_what_is_there(
    loads: LoadTable, revision: int
) -> None:
    loads.put(WHOLE)
    second = replace(WHOLE, jobs=2.0, revision=2)
    loads.put(second)
    assert loads.put(replace(WHOLE, jobs=9.0, revision=revision)) == second
    assert loads.get("mood") == second


def test_a_second_revision_of_what_is_not_there_is_refused(loads: LoadTable) -> None:
    assert loads.put(replace(WHOLE, revision=2)) == Load("mood")
    assert loads.get("mood") == Load("mood")


def test_of_many_that_write_at_once_one_is_let_in_at_each_revision(loads: LoadTable) -> None:
    told: list[bool] = []

    def tell() -> None:
        for _ in range(5):
            load = loads.get("mood")
            told.append(
                loads.put(replace(load, jobs=load.jobs + 1, revision=load.revision + 1)) is None
            )

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = loads.get("mood")
    assert sum(told) == found.revision == found.jobs >= 5


@pytest.mark.xdist_group("moto")
def test_loads_lie_in_the_jobs_table_and_are_no_jobs(clouds: Callable[[str, str], Any]) -> None:
    client, table = clouds("moto", "dynamodb"), f"jobs-{uuid.uuid4().hex}"
    client.create_table(TableName=table, **TABLE)
    DynamoLoadTable(client, table).put(WHOLE)
    jobs = DynamoJobTable(client, table)
    assert jobs.find(JobQuery()).jobs == jobs.find(JobQuery(model="mood")).jobs == ()
    assert jobs.get("load:mood") is None
    (item,) = client.scan(TableName=table)["Items"]
    assert int(item["expires_s"]["N"]) == 1_700_000_000 + 30 * 24 * 3600
    assert sum(len(str(each)) for each in item.items()) < 1024, "one unit a write"


def test_a_table_that_cannot_be_reached_or_is_not_there_says_so(
    closed_port: int, clouds: Callable[[str, str], Any]
) -> None:
    nobody = aws_client("dynamodb", f"http://127.0.0.1:{closed_port}")
    for client in (nobody, clouds("moto", "dynamodb")):
        table = DynamoLoadTable(client, "nothing")
        with pytest.raises(StorageUnavailable):
            table.get("mood")
        with pytest.raises(StorageUnavailable):
            table.put(WHOLE)
