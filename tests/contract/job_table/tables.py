"""Jobs to be kept in tables, and how tables are made and read."""

import uuid
from dataclasses import replace
from typing import Any

from samovar import jobs
from samovar.adapters.dynamodb import TABLE
from samovar.batch import Batch
from samovar.job_log import Told
from samovar.jobs import Failure, Job, JobQuery, Source, State
from samovar.ports import JobTable

NOW = 1_700_000_000_000


def new_table(client: Any) -> str:
    name = f"jobs-{uuid.uuid4().hex}"
    client.create_table(TableName=name, **TABLE)
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    return name


def job(job_id: str = "a", model: str = "mood", at: int = 0, **changes: Any) -> Job:
    source = Source("text/plain", b"hello")
    made = Job(job_id, model, "1", source, created_ms=NOW + at, changed_ms=NOW + at)
    return replace(made, **changes)


def ids(page: jobs.JobPage) -> list[str]:
    return [found.id for found in page.jobs]


def walk(table: JobTable, query: JobQuery) -> list[str]:
    """Every page of a query, one after the other."""
    found: list[str] = []
    while True:
        page = table.find(query)
        assert len(page.jobs) <= query.limit
        found += ids(page)
        if not page.cursor:
            return found
        query = replace(query, cursor=page.cursor)


WHOLE = Job(
    id="whole",
    model="mood",
    version="3",
    source=Source("application/json", b"\x00\xff bytes", "s3://bucket/inputs/whole"),
    created_ms=NOW,
    lane="heavy",
    lane_reason="load",
    state=State.FAILED,
    revision=7,
    attempt=3,
    lease_until_ms=NOW + 1,
    deadline_ms=NOW + 2,
    expires_s=NOW // 1000 + 3,
    request_hash="ab" * 32,
    priority=-4,
    webhook="https://example.com/hook",
    tags={"who": "me", "empty": "", "ü": "ß"},
    result_uri="s3://bucket/results/whole/3",
    result_type="application/json",
    reply_key="results/mood/whole.json",
    parent="batch-1",
    batch=Batch("heavy", 1, 4096, 12, 3, 4, 8, True, 2, 1, 3, 5),
    output_uri="s3://data/results/whole/3.out",
    failure_uri="s3://data/results/whole/3.error",
    faults=2,
    owed=("webhook", "sns"),
    due_ms=NOW + 7,
    deliveries=(
        Told("webhook", "whole-failed-3", NOW, 1, 503, "delivery_failed", "busy", NOW + 7),
        Told("eventbridge", "whole-failed-3", NOW, status=200),
    ),
    failure=Failure("model_run_failed", "the model failed"),
    started_ms=NOW + 4,
    finished_ms=NOW + 5,
    changed_ms=NOW + 6,
)
