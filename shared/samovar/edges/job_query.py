"""Which jobs a client asks to see: the query of a list, checked."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from samovar.edges.job_forms import read_text
from samovar.errors import InvalidInput
from samovar.jobs import JobQuery, State

MAX_LISTED = 100
FILTERS = ("state", "model", "limit", "cursor", "parent")

_LIMIT = re.compile(r"[0-9]{1,4}")


def read_query(query: str) -> JobQuery:
    """The jobs that `GET /v1/jobs` asks for. Raises InvalidInput."""
    said: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in FILTERS:
            raise InvalidInput(f"unknown parameter '{name[:60]}'; known: {', '.join(FILTERS)}")
        if name in said:
            raise InvalidInput(f"parameter '{name}' is given twice")
        said[name] = value
    alone = [name for name in ("state", "model") if name in said and "parent" in said]
    if alone:
        raise InvalidInput(f"'parent' lists all parts of a batch; leave out '{alone[0]}'")
    return JobQuery(
        state=_state(said),
        model=read_text(said, "model"),
        limit=_limit(said.get("limit", "50")),
        cursor=read_text(said, "cursor", most=1024),
        tops=True,
        parent=read_text(said, "parent"),
    )


def _state(said: Mapping[str, str]) -> State | None:
    if "state" not in said:
        return None
    try:
        return State(said["state"])
    except ValueError:
        states = ", ".join(State)
        raise InvalidInput(f"'state' must be one of {states}, not '{said['state'][:40]}'") from None


def _limit(text: str) -> int:
    limit = int(text) if _LIMIT.fullmatch(text) else 0
    if not 1 <= limit <= MAX_LISTED:
        raise InvalidInput(f"'limit' must be a whole number from 1 to {MAX_LISTED}")
    return limit
