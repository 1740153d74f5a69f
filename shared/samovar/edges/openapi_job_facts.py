"""JSON schemas of what the routes of jobs answer."""

from typing import Any

from samovar.addresses import MAX_URL
from samovar.job_events import SINKS
from samovar.jobs import State
from samovar.lanes import HEAVY, LIGHT, SYNC
from samovar.routing import Reason

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TIME: Schema = {"type": ["string", "null"], "format": "date-time"}
_MS: Schema = {"type": "integer", "description": "milliseconds"}
STATE: Schema = {"enum": [str(state) for state in State]}
"""A job's state."""
WEBHOOK: Schema = {
    "type": "string",
    "format": "uri",
    "maxLength": MAX_URL,
    "description": "A public https address that is told when the job is over, signed.",
}
"""Where a submission wants its end told."""


def _object(required: Schema, optional: Schema | None = None) -> Schema:
    properties = {**required, **(optional or {})}
    return {"type": "object", "required": list(required), "properties": properties}


_ERROR = _object({"code": _TEXT, "message": _TEXT})
_DELIVERY = _object(
    {
        "sink": {"enum": list(SINKS)},
        "event": {"type": "string", "description": "Of the event; the same at each try."},
        "time": _TIME,
        "try": {"type": "integer", "minimum": 1},
        "status": {"type": ["integer", "null"], "description": "null: nobody answered."},
        "next": _TIME,
    },
    {"error": _ERROR},
)
_LINKS = _object({"self": _TEXT, "result": _TEXT}, {"parts": _TEXT, "errors": _TEXT})
_COUNT: Schema = {"type": "integer", "minimum": 0}
_BATCH = _object(
    {
        "rows": {**_COUNT, "description": "Cut so far."},
        "split": {"type": "boolean", "description": "Whether the whole file has been cut."},
        "parts": {**_COUNT, "description": "Made of the rows, each a job."},
        "done": {**_COUNT, "description": "Parts that are over."},
        "lost": {**_COUNT, "description": "Of them those that failed as a whole."},
        "failed": {"type": ["integer", "null"], "description": "Rows that failed, at the end."},
        "progress": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
    },
    {"output_uri": _TEXT, "errors_uri": {"type": ["string", "null"]}},
)
_JOB = _object(
    {
        "id": _TEXT,
        "state": STATE,
        "model": _TEXT,
        "version": {"type": "string", "description": "As asked for; empty is the newest."},
        "lane": {"enum": [LIGHT, HEAVY, SYNC]},
        "attempt": {"type": "integer", "minimum": 0},
        "priority": {"type": "integer"},
        "created": {"type": "string", "format": "date-time"},
        "started": _TIME,
        "finished": _TIME,
        "deadline": _TIME,
        "timings_ms": {
            "type": "object",
            "properties": dict.fromkeys(("queued", "dispatched", "running", "total"), _MS),
        },
        "tags": {"type": "object", "additionalProperties": _TEXT},
        "links": _LINKS,
    },
    {
        "lane_reason": {
            "enum": [str(reason) for reason in Reason],
            "description": "Of a model that says `auto`: why this lane.",
        },
        "error": _ERROR,
        "batch": _BATCH,
        "parent": {"type": "string", "description": "The batch that this job is a part of."},
        "webhook": {"type": "string", "description": "Where it is told, without its path."},
        "owed": {"type": "array", "items": {"enum": list(SINKS)}},
        "deliveries": {"type": "array", "items": _DELIVERY},
    },
)

SCHEMAS: dict[str, Schema] = {
    "Accepted": _object({"id": _TEXT, "state": STATE, "links": _LINKS}),
    "Job": _JOB,
    "Jobs": _object(
        {
            "jobs": {"type": "array", "items": {"$ref": "#/components/schemas/Job"}},
            "cursor": {"type": "string", "description": "Of the next page; empty at the end."},
            "links": _object({}, {"next": _TEXT}),
        }
    ),
    "Upload": _object(
        {
            "upload_id": _TEXT,
            "url": _TEXT,
            "fields": {"type": "object", "additionalProperties": _TEXT},
        }
    ),
}
