"""The jobs' table, and a job as its item and back.

Texts that are empty and numbers that are 0 are left out of an item.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from samovar.adapters import job_pages
from samovar.adapters.job_event_fields import deliveries_of, event_fields, owed_of
from samovar.batch import Batch
from samovar.errors import StorageUnavailable
from samovar.jobs import Failure, Job, Source, State

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

log = logging.getLogger("samovar")
Item = dict[str, "AttributeValueTypeDef"]

BY_STATE = "by-state"
BY_MODEL = "by-model"
BY_OWED = "by-owed"
TTL = "expires_s"
TABLE: Mapping[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"}
        for name in ("id", "state", "changed", "model", "created", "owing", "due")
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
        {
            "IndexName": BY_OWED,
            "KeySchema": [
                {"AttributeName": "owing", "KeyType": "HASH"},
                {"AttributeName": "due", "KeyType": "RANGE"},
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
    "lane_reason",
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
    "due_ms",
    "started_ms",
    "finished_ms",
    "changed_ms",
)


PART = "part."
"""What the state of a part of a batch begins with in its item. Parts have partitions of their
own in `by-state`, where a list of jobs does not meet them, and are not in `by-model`."""


def item_of(job: Job) -> Item:
    """The job's item: its fields, and the two sort keys of the indexes."""
    model, state = ("part_of", PART) if job.parent else ("model", "")
    item: Item = {
        "id": {"S": job.id},
        model: {"S": job.model},
        "state": {"S": f"{state}{job.state}"},
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
    if job.batch:
        item["batch"] = {"M": _batch_item(job.batch)}
    return item | event_fields(job)


def _batch_item(batch: Batch) -> dict[str, Any]:
    return {
        name: {"S": value} if isinstance(value, str) else {"N": str(int(value))}
        for name in _BATCH
        if (value := getattr(batch, name))
    }


_BATCH: Mapping[str, Any] = {field.name: field.type for field in fields(Batch)}


def _batch_of(item: Mapping[str, Any] | None) -> Batch | None:
    if item is None:
        return None
    found: dict[str, Any] = {
        name: kind(item[name].get("S") or int(item[name]["N"]))
        for name, kind in _BATCH.items()
        if name in item
    }
    return Batch(**found)


def job_of(item: Mapping[str, Any]) -> Job:
    """The job that an item says. Raises StorageUnavailable for one that says none: it may be
    of a newer version, on its way in or out.
    """
    try:
        return _job_of(item)
    except (KeyError, TypeError, ValueError) as error:
        name = item.get("id", {}).get("S", "")
        raise StorageUnavailable(f"the item of job {name} cannot be read: {error!r}") from None


def jobs_of(items: Iterable[Item]) -> Iterator[Job]:
    """Those jobs that can be read: a list, and the sweeper, must not end at one that cannot."""
    for item in items:
        try:
            yield job_of(item)
        except StorageUnavailable as error:
            log.warning("left out of a list: %s", error.message)


def _job_of(item: Mapping[str, Any]) -> Job:
    fields: dict[str, Any] = {name: item[name]["S"] if name in item else "" for name in _TEXTS}
    fields |= {name: int(item[name]["N"]) if name in item else 0 for name in _NUMBERS}
    return Job(
        id=item["id"]["S"],
        model=item["part_of" if "part_of" in item else "model"]["S"],
        state=State(item["state"]["S"].removeprefix(PART)),
        source=Source(
            item["content_type"]["S"],
            bytes(item.get("inline", {}).get("B", b"")),
            item.get("input_uri", {}).get("S", ""),
        ),
        tags={name: value["S"] for name, value in item.get("tags", {}).get("M", {}).items()},
        batch=_batch_of(item.get("batch", {}).get("M")),
        failure=_failure_of(item.get("failure", {}).get("M")),
        owed=owed_of(item),
        deliveries=deliveries_of(item),
        **fields,
    )


def _failure_of(found: Mapping[str, Any] | None) -> Failure | None:
    return Failure(found["code"]["S"], found["message"]["S"]) if found else None
