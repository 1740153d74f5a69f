"""The jobs' table, and a job as its item and back.

Texts that are empty and numbers that are 0 are left out of an item.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from samovar.adapters import job_pages
from samovar.jobs import Failure, Job, Source, State

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Item = dict[str, "AttributeValueTypeDef"]

BY_STATE = "by-state"
BY_MODEL = "by-model"
TTL = "expires_s"
TABLE: Mapping[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"}
        for name in ("id", "state", "changed", "model", "created")
    ],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": BY_STATE,
            "KeySchema": [
                {"AttributeName": "state", "KeyType": "HASH"},
                {"AttributeName": "changed", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["model"]},
        },
        {
            "IndexName": BY_MODEL,
            "KeySchema": [
                {"AttributeName": "model", "KeyType": "HASH"},
                {"AttributeName": "created", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        },
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
"""What the table must be: create_table's arguments but its name, and a template's properties."""

_TEXTS = (
    "version",
    "lane",
    "request_hash",
    "webhook",
    "result_uri",
    "result_type",
    "reply_key",
    "parent",
    "output_uri",
    "failure_uri",
)
_NUMBERS = (
    "created_ms",
    "revision",
    "attempt",
    "faults",
    "lease_until_ms",
    "deadline_ms",
    "expires_s",
    "priority",
    "started_ms",
    "finished_ms",
    "changed_ms",
)


def item_of(job: Job) -> Item:
    """The job's item: its fields, and the two sort keys of the indexes."""
    item: Item = {
        "id": {"S": job.id},
        "model": {"S": job.model},
        "state": {"S": str(job.state)},
        "created": {"S": job_pages.position(job.created_ms, job.id)},
        "changed": {"S": job_pages.position(job.changed_ms, job.id)},
        "content_type": {"S": job.source.content_type},
        "revision": {"N": str(job.revision)},
    }
    for name in _TEXTS:
        if text := getattr(job, name):
            item[name] = {"S": text}
    for name in _NUMBERS:
        if number := getattr(job, name):
            item[name] = {"N": str(number)}
    return item | _parts_of(job)


def _parts_of(job: Job) -> Item:
    """The fields that have fields of their own."""
    item: Item = {}
    if job.source.inline:
        item["inline"] = {"B": job.source.inline}
    if job.source.uri:
        item["input_uri"] = {"S": job.source.uri}
    if job.tags:
        item["tags"] = {"M": {name: {"S": value} for name, value in job.tags.items()}}
    if job.failure:
        failure = job_pages.kept(job.failure)
        said = {"code": {"S": failure.code}, "message": {"S": failure.message}}
        item["failure"] = {"M": said}
    return item


def job_of(item: Mapping[str, Any]) -> Job:
    """The job that an item says."""
    fields: dict[str, Any] = {name: item[name]["S"] if name in item else "" for name in _TEXTS}
    fields |= {name: int(item[name]["N"]) if name in item else 0 for name in _NUMBERS}
    return Job(
        id=item["id"]["S"],
        model=item["model"]["S"],
        state=State(item["state"]["S"]),
        source=Source(
            item["content_type"]["S"],
            bytes(item.get("inline", {}).get("B", b"")),
            item.get("input_uri", {}).get("S", ""),
        ),
        tags={name: value["S"] for name, value in item.get("tags", {}).get("M", {}).items()},
        failure=_failure_of(item.get("failure", {}).get("M")),
        **fields,
    )


def _failure_of(found: Mapping[str, Any] | None) -> Failure | None:
    return Failure(found["code"]["S"], found["message"]["S"]) if found else None
