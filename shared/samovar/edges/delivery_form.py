"""What a job's form tells of who was told of its end. Nothing, where nobody is to be told."""

from typing import Any

from samovar.job_events import moment
from samovar.job_log import Told
from samovar.jobs import Job


def delivery_form(job: Job) -> dict[str, Any]:
    """Whom the job owes its event, and each try to tell them, the oldest first.

    Of the webhook, where it leads only: what follows in it may be a secret.
    """
    webhook = {"webhook": origin(job.webhook)} if job.webhook else {}
    if not (job.owed or job.deliveries):
        return webhook
    return {
        **webhook,
        "owed": list(job.owed),
        "deliveries": [_told_form(told) for told in job.deliveries],
    }


def origin(url: str) -> str:
    """`https://host:port` of a URL."""
    return "/".join(url.partition("?")[0].split("/", 3)[:3])


def _told_form(told: Told) -> dict[str, Any]:
    error = {"error": {"code": told.error, "message": told.why}} if told.error else {}
    return {
        "sink": told.sink,
        "event": told.event,
        "time": moment(told.at_ms),
        "try": told.number,
        "status": told.status or None,
        "next": moment(told.again_ms),
        **error,
    }
