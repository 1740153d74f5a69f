"""A file of rows as a batch: what makes it one, and its progress as a terminal shows it."""

from pathlib import Path
from typing import Any

from rich.text import Text
from samovar.rows import JSONL, ZIP, batch_type, suffix_type
from samovar.types import Kind

from samovar_cli.jobs.client import Jobs, Seen
from samovar_cli.terminal import bar

_ALWAYS = frozenset({JSONL, ZIP})
"""Formats that no single request has."""
_WIDTH = 12


def rows_type(name: str, content_type: str, kind: Kind | None, *, asked: bool) -> str:
    """The format of a file that is to be a batch; "" for one that is not.

    CSV and .npy are a batch where that is asked for: predict takes them as well.
    """
    found = batch_type(content_type) or suffix_type(name)
    return found if asked or (found in _ALWAYS and kind is not Kind.BYTES) else ""


def submit_rows(jobs: Jobs, path: Path, content_type: str, wanted: dict[str, Any], key: str) -> str:
    """The id of the batch that a file becomes. It is sent from the disk, whatever its size."""
    upload_id = jobs.upload_file(path, content_type)
    rows = {"upload_id": upload_id, "content_type": content_type, "batch": True}
    return jobs.submit({**wanted, **rows}, key)


def share(job: Seen) -> float | None:
    """How much of a batch is over, in [0, 1]; None where nobody can say, or it is no batch."""
    said = job.batch.get("progress")
    return float(said) if isinstance(said, int | float) else None


def progress_line(job: Seen) -> str:
    """A batch's progress in words: `37 %, 12 of 32 parts`, `48,000 rows cut`; "" for no batch."""
    if not job.batch:
        return ""
    done = share(job)
    if done is None:
        return f"{job.batch.get('rows', 0):,} rows cut"
    lost = f", {job.batch['lost']} lost" if job.batch.get("lost") else ""
    return f"{done:.0%}, {job.batch.get('done')} of {job.batch.get('parts')} parts{lost}"


def progress_bar(job: Seen) -> Text:
    """The same as a bar; nothing for a job that is no batch, or is over."""
    done = share(job)
    if done is None or job.state.final:
        return Text(progress_line(job) if job.batch and not job.state.final else "")
    return Text(f"{bar(done, _WIDTH):{_WIDTH}}", "green").append(f" {done:.0%}")


def batch_facts(job: Seen) -> list[tuple[str, str]]:
    """What is known of a batch, a line for each thing."""
    said = job.batch
    if not said:
        return []
    failed = said.get("failed")
    return [
        ("rows", f"{said.get('rows', 0):,}" + ("" if failed is None else f", {failed:,} failed")),
        ("parts", progress_line(job)),
        ("answers", str(said.get("output_uri") or "")),
        ("errors", str(said.get("errors_uri") or "")),
    ]
