"""Tables: a dictionary, and DynamoDB as moto has it and as ministack has it."""

from collections.abc import Callable
from typing import Any

import pytest
from samovar.adapters.dynamodb import DynamoJobTable
from samovar.adapters.memory_jobs import MemoryJobTable
from samovar.ports import JobTable

from tests.contract.job_table.tables import job, new_table
from tests.contract.places import CLOUDS


@pytest.fixture(
    params=[
        "memory",
        *CLOUDS,
    ]
)
def table(request: pytest.FixtureRequest, clouds: Callable[[str, str], Any]) -> JobTable:
    if request.param == "memory":
        return MemoryJobTable()
    client = clouds(request.param, "dynamodb")
    name = new_table(client)
    return DynamoJobTable(client, name)


@pytest.fixture
def full(table: JobTable) -> JobTable:
    """Eight jobs."""
    for n in range(8):
        table.create(job(f"j{n}", at=max(0, n - 4)))
    return table


@pytest.fixture(params=CLOUDS)
def cloud(request: pytest.FixtureRequest, clouds: Callable[[str, str], Any]) -> Any:
    return clouds(request.param, "dynamodb")
