"""What a job's item says of who is told of its end; nothing, for most jobs."""

from collections.abc import Mapping
from typing import Any

from samovar.adapters import job_pages
from samovar.job_events import due_ms, owes
from samovar.job_log import Told
from samovar.jobs import Job

OWING = "events"
"""The key of `by-owed`'s one partition; only ended jobs that owe an event have it."""
_TEXTS = ("sink", "event", "error", "why")
_NUMBERS = ("at_ms", "number", "status", "again_ms")


def event_fields(job: Job) -> dict[str, Any]:
    """Whom the job owes its event, its place in `by-owed`, and what became of the tries."""
    item: dict[str, Any] = {}
    if job.owed:
        item["owed"] = {"L": [{"S": sink} for sink in job.owed]}
    if owes(job):
        item["owing"] = {"S": OWING}
        item["due"] = {"S": job_pages.position(due_ms(job), job.id)}
    if job.deliveries:
        item["deliveries"] = {"L": [{"M": _told_item(told)} for told in job.deliveries]}
    return item


def owed_of(item: Mapping[str, Any]) -> tuple[str, ...]:
    """The sinks that an item says are owed."""
    return tuple(sink["S"] for sink in item.get("owed", {}).get("L", []))


def deliveries_of(item: Mapping[str, Any]) -> tuple[Told, ...]:
    """The log that an item has."""
    return tuple(_told_of(told["M"]) for told in item.get("deliveries", {}).get("L", []))


def _told_item(told: Told) -> dict[str, Any]:
    texts = {name: {"S": getattr(told, name)} for name in _TEXTS}
    return texts | {name: {"N": str(getattr(told, name))} for name in _NUMBERS}


def _told_of(item: Mapping[str, Any]) -> Told:
    numbers: dict[str, Any] = {name: int(item[name]["N"]) for name in _NUMBERS}
    return Told(**{name: item[name]["S"] for name in _TEXTS}, **numbers)
