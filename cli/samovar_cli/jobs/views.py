"""Jobs as a terminal shows them: in a table, one whole, and its answer."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from rich.table import Table
from rich.text import Text
from samovar.errors import CommandFailed
from samovar.jobs import State
from samovar.rows import batch_type

from samovar_cli.answers import show, title
from samovar_cli.drawings import View
from samovar_cli.jobs.batches import batch_facts, progress_bar
from samovar_cli.jobs.client import Seen
from samovar_cli.server import Answer
from samovar_cli.terminal import console, one_line, write_bytes, write_json

STYLES: Mapping[State, str] = {
    State.QUEUED: "dim",
    State.RUNNING: "cyan",
    State.SUCCEEDED: "green",
    State.FAILED: "red",
    State.CANCELLED: "yellow",
    State.EXPIRED: "yellow",
}
_ID_WIDTH = 32


def jobs_table(jobs: Sequence[Seen]) -> Table:
    """A line for each job."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("id", no_wrap=True, min_width=min(_ID_WIDTH, _longest_id(jobs)))
    table.add_column("state", no_wrap=True)
    table.add_column("model", max_width=20, overflow="ellipsis", no_wrap=True)
    table.add_column("age", justify="right", no_wrap=True)
    table.add_column("took", justify="right", no_wrap=True)
    batches = any(job.batch and not job.state.final for job in jobs)
    if batches:
        table.add_column("progress", no_wrap=True)
    for job in jobs:
        table.add_row(*_cells(job), *([progress_bar(job)] if batches else []))
    return table


def job_page(job: Seen) -> Table:
    """One job, a line for each thing that is known of it."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _facts(job):
        table.add_row(name, value if isinstance(value, Text) else Text(one_line(value)))
    return table


def show_result(answer: Answer, name: str, *, as_json: bool) -> None:
    """A job's answer as `samovar predict` shows one. Raises CommandFailed for raw tensors."""
    if "json" not in answer.content_type or batch_type(answer.content_type):
        if console().is_terminal and not batch_type(answer.content_type):
            raise CommandFailed("this result is binary: write it to a file with -o FILE")
        write_bytes(answer.body)
        return
    document = orjson.loads(answer.body)
    if as_json or not isinstance(document, dict) or "model" not in document:
        write_json(answer.body)
        return
    console().print(title(document, name))
    console().print(show(document, View()))


def span(ms: float) -> str:
    """Milliseconds as a person reads them: 35 ms, 1.2 s, 12 s, 3 min, 5 h, 2 d."""
    if ms < 1000:
        return f"{max(ms, 0):.0f} ms"
    seconds = ms / 1000
    if seconds < 10:
        return f"{seconds:.1f} s"
    for length, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def took(job: Seen) -> str:
    """How long it took from the first to the last, "" while it goes on."""
    return span(job.timings_ms["total"]) if "total" in job.timings_ms else ""


def state_of(job: Seen) -> Text:
    """The state in its colour."""
    return Text(str(job.state), STYLES[job.state])


def _longest_id(jobs: Sequence[Seen]) -> int:
    return max((len(one_line(job.id)) for job in jobs), default=2)


def _cells(job: Seen) -> tuple[Text, ...]:
    rest = (one_line(job.model), _age(job), took(job))
    return Text(one_line(job.id)), state_of(job), *map(Text, rest)


def _age(job: Seen) -> str:
    if job.created is None:
        return ""
    return span((datetime.now(UTC) - job.created).total_seconds() * 1000)


def _told(said: Mapping[str, Any]) -> str:
    """A try to tell somebody that the job is over: `webhook at …: 503, again at …`."""
    error = said.get("error") or {}
    outcome = str(said.get("status") or error.get("message") or error.get("code") or "")
    again = f", again at {said['next']}" if said.get("next") else ""
    return f"{said.get('sink')} at {said.get('time')}: {outcome}{again}"


def _facts(job: Seen) -> list[tuple[str, str | Text]]:
    said = job.document
    why = f"{job.message} ({job.code})" if job.code else ""
    facts: list[tuple[str, str | Text]] = [
        ("id", job.id),
        ("state", state_of(job)),
        ("why", why),
        ("model", f"{job.model} {job.version}".rstrip()),
        ("lane", " · ".join(str(said[key]) for key in ("lane", "lane_reason") if said.get(key))),
        ("attempt", str(job.attempt)),
        ("priority", str(said.get("priority") or "")),
        *batch_facts(job),
        *((name, str(said.get(name) or "")) for name in ("created", "started", "finished")),
        ("deadline", str(said.get("deadline") or "")),
        *((name, span(ms)) for name, ms in job.timings_ms.items()),
        ("tags", ", ".join(f"{key}={value}" for key, value in (said.get("tags") or {}).items())),
        ("webhook", str(said.get("webhook") or "")),
        ("untold", ", ".join(said.get("owed") or ())),
        *(("told", _told(each)) for each in said.get("deliveries") or ()),
    ]
    return [(name, value) for name, value in facts if value]
