"""`samovar jobs submit`: an input, or a folder of them, becomes jobs."""

from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from samovar.errors import CommandFailed
from samovar.types import Kind

from samovar_cli.answers import table_of
from samovar_cli.doors import RemoteDoor
from samovar_cli.failures import exit_status
from samovar_cli.inputs import Source, files_in, is_file, is_folder, read_file, read_input
from samovar_cli.jobs.awaiting import why
from samovar_cli.jobs.batches import rows_type, share, submit_rows
from samovar_cli.jobs.client import Jobs, Seen
from samovar_cli.jobs.following import follow
from samovar_cli.jobs.views import show_result
from samovar_cli.server import Server
from samovar_cli.terminal import console, one_line, progress, write_json

_MOST_IN_A_REQUEST = 4_000_000
"""Bytes: a gateway takes 6 MB, and what is not JSON travels through it as base64."""

_ANY = "application/octet-stream"
_KEYS = frozenset({"text", "image", "audio", "bytes", "row", "rows"})
"""With one of these first, what says not what it is is taken as JSON."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for."""

    model: str
    input: str
    version: str = ""
    content_type: str = ""
    wait: bool = False
    as_json: bool = False
    key: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)  # ttl_s, priority, tags: those given
    batch: bool = False  # each row of the file a request


def submit(options: Options, server: Server) -> int:
    """Submit, and wait where that was asked for; the exit status. Raises SamovarError."""
    jobs = Jobs(server)
    kind = RemoteDoor(server).kind(options.model)
    if is_folder(options.input):
        paths = files_in(Path(options.input), kind)
        return _submit_folder(options, jobs, kind, paths)
    job_id, name = _submit_one(options, jobs, kind)
    if not options.wait:
        _say(job_id, options)
        return 0
    job = _wait(jobs, [job_id])[job_id]
    if job.went_wrong:
        raise why(job)
    show_result(jobs.result(job_id), name, as_json=options.as_json)
    return 0


def _submit_one(options: Options, jobs: Jobs, kind: Kind | None) -> tuple[str, str]:
    """The id of the job that INPUT becomes, and what to call it: a file of rows is a batch."""
    path = Path(options.input)
    rows = rows_type(path.name, options.content_type, kind, asked=options.batch)
    if options.batch or (rows and is_file(options.input)):
        if not (rows and is_file(options.input)):
            raise CommandFailed("--batch takes a file of rows: .jsonl, .csv, .npy or .zip")
        return submit_rows(jobs, path, rows, _wanted(options), options.key), path.name
    source = read_input(options.input, kind, options.content_type)
    name = f'"{options.input}"' if source.name == "text" else source.name
    return _submit(options, jobs, kind, source), name


def _submit_folder(options: Options, jobs: Jobs, kind: Kind | None, paths: list[Path]) -> int:
    """A job a file; where they are awaited, a line a file."""
    if options.key:
        raise CommandFailed("--key names one job, and a folder becomes several: leave it out")
    named: dict[str, str] = {}
    for path in paths:
        source = read_file(path, kind, options.content_type)
        job_id = _submit(options, jobs, kind, source)
        named[job_id] = path.name
        if not options.wait:
            _say(job_id, options)
    if not options.wait:
        return 0
    ended = _wait(jobs, list(named))
    rows = [(named[job_id], _answer(jobs, ended[job_id])) for job_id in named]
    if options.as_json:
        for _, answer in rows:
            write_json(orjson.dumps(answer))
    else:
        console().print(table_of("file", rows))
    wrong = [exit_status(why(job)) for job in ended.values() if job.went_wrong]
    return wrong[0] if wrong else 0


def _answer(jobs: Jobs, job: Seen) -> Mapping[str, Any]:
    if job.went_wrong:
        error = why(job)
        return {"id": job.id, "error": error.message, "code": error.code}
    return jobs.result(job.id).document()


def _submit(options: Options, jobs: Jobs, kind: Kind | None, source: Source) -> str:
    """The job's id. Small inputs go with the request, large ones ahead of it."""
    wanted = _wanted(options)
    if len(source.body) <= _MOST_IN_A_REQUEST:
        document = _as_json(source, kind)
        if document is not None:
            return jobs.submit({**wanted, "input": document}, options.key)
        if not options.more:
            payload = (source.body, source.content_type)
            return jobs.submit_as_is(options.model, options.version, *payload, options.key)
    content_type = source.content_type or _ANY
    upload_id = jobs.upload(source.name, source.body, content_type)
    wanted |= {"upload_id": upload_id, "content_type": content_type}
    return jobs.submit(wanted, options.key)


def _wanted(options: Options) -> dict[str, Any]:
    version = {"version": options.version} if options.version else {}
    return {"model": options.model, **options.more, **version}


def _as_json(source: Source, kind: Kind | None) -> dict[str, Any] | None:
    """The input as `POST /v1/jobs` takes it inline; None where it has no such form."""
    said, body = source.content_type, source.body
    try:
        if said in ("", "application/json") and body.lstrip().startswith(b"{"):
            found: dict[str, Any] = orjson.loads(body)
            if said or next(iter(found), "") in _KEYS:
                return found
        if kind is Kind.TEXT and said in ("", "text/plain") and not body.startswith(BOM_UTF8):
            return {"text": body.decode()}
    except ValueError:
        return None
    return None


def _wait(jobs: Jobs, ids: list[str]) -> dict[str, Seen]:
    """The jobs, over, with a bar for whoever watches."""
    over: dict[str, Seen] = {}
    with progress() as bars:
        told = one_line(ids[0]) if len(ids) == 1 else f"{len(ids)} jobs"
        task = bars.add_task(told, total=len(ids))
        for job in follow(jobs, ids):
            if job.state.final:
                over[job.id] = job
            bars.update(task, completed=len(over) or share(job) or 0, description=told)
    return over


def _say(job_id: str, options: Options) -> None:
    if options.as_json:
        write_json(orjson.dumps({"id": job_id}))
    else:
        console().print(one_line(job_id), soft_wrap=True)
