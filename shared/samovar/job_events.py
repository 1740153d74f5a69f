"""What is told of a job's end, to whom, and when it is tried again. Pure.

The outbox is the job's own item. `owed` names the sinks from the job's creation on, so that
the very write that ends a job makes its events due, whoever writes it; they are due until
each sink took its event or was given up. What is told is made of what does not change after
the end: the same bytes and the same id at every try.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson

from samovar.job_log import Told
from samovar.jobs import Job, State
from samovar.values import dataclass

WEBHOOK, EVENTBRIDGE, SNS = "webhook", "eventbridge", "sns"
SINKS = (WEBHOOK, EVENTBRIDGE, SNS)

WAITS_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""After each failed try; there is one try more than waits, over 76 hours in all."""
MAX_LOG = 32
"""Tries that a job remembers: all of one end, for three sinks."""
_MAX_WHY = 200
_JITTER = 0.2
_MAX_WAIT_S = 86_400
_KEPT_ON_S = 3600
_GONE = 410


@dataclass(frozen=True, slots=True)
class Event:
    """A job's end as a sink is told of it. `body` is JSON, UTF-8."""

    id: str
    type: str
    at_ms: int
    model: str
    body: bytes
    webhook: str = ""  # where the job's own client wants to be told


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sink said: a status of HTTP, and how long it asks to be left alone."""

    status: int = 200  # 0 where it said nothing
    retry_after_s: int = 0
    error: str = ""  # the code of what kept it from saying anything
    why: str = ""  # the same in words
    hopeless: bool = False  # asking again will not help


def owes(job: Job) -> bool:
    """Whether somebody is still to be told of the job's end."""
    return job.state.final and bool(job.owed)


def due_ms(job: Job) -> int:
    """When the job's event is to be told next, in milliseconds since the epoch."""
    return job.due_ms or job.finished_ms


def event_of(job: Job) -> Event:
    """The event of an ended job.

    Its id has no full stop, which the signature's parts are told apart by, and differs
    between two ends of one job, of which a redrive makes a second.
    """
    event_id = f"{job.id}-{job.state}-{job.attempt}"
    kind = f"job.{job.state}"
    said = {
        "type": kind,
        "timestamp": moment(job.finished_ms),
        "id": event_id,
        "data": _data(job),
    }
    body = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    return Event(event_id, kind, job.finished_ms, job.model, body, job.webhook)


def moment(ms: int) -> str | None:
    """A time as RFC 3339, in UTC; None for 0, which is no time."""
    if not ms:
        return None
    said = datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
    return said.replace("+00:00", "Z")


def due_sinks(job: Job, now_ms: int) -> tuple[str, ...]:
    """Those of the sinks that the job owes whose time has come."""
    event_id = event_of(job).id
    last = {told.sink: told.again_ms for told in job.deliveries if told.event == event_id}
    return tuple(sink for sink in job.owed if last.get(sink, 0) <= now_ms)


def tried(job: Job, event: Event, sink: str, answer: Answer, now_ms: int) -> Told:
    """A line for the log: what a sink answered, and when it is to be asked again."""
    known = [told.number for told in job.deliveries if (told.sink, told.event) == (sink, event.id)]
    error = answer.error or ("" if 200 <= answer.status < 300 else "delivery_failed")
    why = (answer.why or (f"it answered {answer.status}" if error else ""))[:_MAX_WHY]
    told = Told(sink, event.id, now_ms, 1 + max(known, default=0), answer.status, error, why)
    wait_s = _wait_s(told, answer)
    return replace(told, again_ms=now_ms + 1000 * wait_s) if wait_s else told


def noted(job: Job, tries: Sequence[Told]) -> Job:
    """The job with the tries in its log; it owes those that are to be tried again.

    An item would be forgotten at its own time; one that owes an event lasts until then.
    """
    again = {told.sink: told.again_ms for told in tries}
    owed = tuple(sink for sink in job.owed if again.get(sink, 1))
    log = (*job.deliveries, *tries)[-MAX_LOG:]
    last = {told.sink: told.again_ms for told in log if told.sink in owed}
    due = min((last.get(sink, job.finished_ms) for sink in owed), default=0)
    expires_s = max(job.expires_s, due // 1000 + _KEPT_ON_S) if owed else job.expires_s
    return replace(
        job,
        revision=job.revision + 1,
        owed=owed,
        due_ms=due,
        deliveries=log,
        expires_s=expires_s,
    )


def asked_again(job: Job, now_ms: int) -> Job:
    """The job as it was, its event due now: its delivery was asked for again."""
    return replace(job, revision=job.revision + 1, due_ms=now_ms)


def _wait_s(told: Told, answer: Answer) -> int:
    """Seconds until the next try; 0 where there is none: it arrived, or it is hopeless."""
    if not told.error or answer.hopeless or told.status == _GONE or told.number > len(WAITS_S):
        return 0
    wait = WAITS_S[told.number - 1]
    wait += int(wait * _JITTER * _share(f"{told.event}.{told.sink}.{told.number}"))
    return min(max(wait, answer.retry_after_s), _MAX_WAIT_S)


def _share(text: str) -> float:
    """A number from 0 to 1 that is the same for the same text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) / 0xFFFFFFFF


def _data(job: Job) -> dict[str, Any]:
    failure = job.failure
    error = {"error": {"code": failure.code, "message": failure.message}} if failure else {}
    path = f"/v1/jobs/{job.id}"
    done = job.batch if job.state is State.SUCCEEDED else None
    batch = {"batch": {"rows": done.rows, "failed": done.failed}} if done else {}
    return {
        "id": job.id,
        "state": str(job.state),
        "model": job.model,
        "version": job.version,
        "attempt": job.attempt,
        "created": moment(job.created_ms),
        "finished": moment(job.finished_ms),
        "tags": dict(job.tags),
        "links": {"self": path, "result": f"{path}/result"},
        **error,
        **batch,
    }
