"""`samovar jobs`: work that need not be awaited, on a samovar that runs somewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from samovar_cli.failures import EXIT_STATUS_HELP

if TYPE_CHECKING:
    from samovar_cli.server import Server

Url = Annotated[
    str,
    typer.Option(
        envvar="SAMOVAR_URL", help="Where a samovar listens; the twin that runs here by default."
    ),
]
StateDir = Annotated[Path, typer.Option(help="What the twin keeps.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="A job, as `submit` named it.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Jobs, as `submit` named them.")]
Model = Annotated[str, typer.Option(help="Those of one model.")]
_TWIN = Path(".samovar")

SUBMIT_EPILOG = f"""\
\b
Examples:
  $ samovar jobs submit ocr invoice.png --wait
  $ samovar jobs submit task-priority "Prepare quarterly report" --ttl 600
  $ samovar jobs submit digits models/digits/examples --wait --json
  $ job=$(samovar jobs submit minilm page.txt) && samovar jobs watch $job

With --wait a job that fails ends the command as predict would.

\b
{EXIT_STATUS_HELP}
"""
WATCH_EPILOG = """\
\b
Examples:
  $ samovar jobs watch
  $ samovar jobs watch $(cat jobs.txt)

The exit status is 1 when a job ended without a result. Ctrl-C ends the watching
only, never a job.
"""

app = typer.Typer(
    help="Submit jobs to a running samovar, follow them, fetch their results.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(epilog=SUBMIT_EPILOG)
def submit(  # noqa: PLR0913, PLR0917 - each is an option of the command
    model: Annotated[str, typer.Argument(metavar="MODEL", help="The model that answers.")],
    input: Annotated[  # noqa: A002 - the word that a person reads in --help
        str,
        typer.Argument(
            metavar="INPUT",
            help="A file, a folder of files, - for standard input, or the text or JSON itself.",
        ),
    ],
    wait: Annotated[bool, typer.Option("--wait", help="Stay, and show the result.")] = False,
    as_json: AsJson = False,
    version: Annotated[str, typer.Option(help="A version; the newest by default.")] = "",
    content_type: Annotated[str, typer.Option(help="The input's media type.")] = "",
    ttl: Annotated[
        int, typer.Option(min=0, help="Seconds after which it is not worth running; 0: none.")
    ] = 0,
    priority: Annotated[
        int, typer.Option(min=0, max=9, help="Higher runs first within a batch.")
    ] = 0,
    tag: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Kept with the job.")
    ] = None,
    webhook: Annotated[
        str, typer.Option(metavar="URL", help="Where to tell that it is over.")
    ] = "",
    key: Annotated[
        str, typer.Option(help="An Idempotency-Key: again with it is the same job.")
    ] = "",
    batch: Annotated[
        bool, typer.Option("--batch", help="Each row of a .csv or .npy file is a request.")
    ] = False,
    url: Url = "",
    state_dir: StateDir = _TWIN,
) -> None:
    """Have an input answered when there is time for it; the job's id.

    INPUT is what `samovar predict` takes. Of a folder, each file becomes a job. A .jsonl file,
    and a .zip of files, is a batch: a request a row.
    """
    from samovar_cli.jobs.sending import Options
    from samovar_cli.jobs.sending import submit as run

    more = _given(ttl_s=ttl, priority=priority, tags=_tags(tag or []), webhook=webhook)
    options = Options(model, input, version, content_type, wait, as_json, key, more, batch)
    raise typer.Exit(run(options, _server(url, state_dir)))


@app.command("list", epilog="\b\nExample:\n  $ samovar jobs list --state failed --model ocr")
def list_jobs(
    state: Annotated[
        str, typer.Option(help="queued, running, succeeded, failed, cancelled or expired.")
    ] = "",
    model: Model = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
    as_json: AsJson = False,
    url: Url = "",
    state_dir: StateDir = _TWIN,
) -> None:
    """The newest jobs, each in one line."""
    from samovar_cli.jobs.looking import list_jobs as run

    run(_server(url, state_dir), state, model, limit, as_json=as_json)


@app.command(epilog="\b\nExample:\n  $ samovar jobs show ID")
def show(job: Id, as_json: AsJson = False, url: Url = "", state_dir: StateDir = _TWIN) -> None:
    """A job as it stands: state, attempts, times, and why it failed."""
    from samovar_cli.jobs.looking import show_job

    show_job(_server(url, state_dir), job, as_json=as_json)


@app.command(epilog="\b\nExample:\n  $ samovar jobs result ID -o answer.json")
def result(
    job: Id,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it there as it is.")
    ] = None,
    errors: Annotated[
        bool, typer.Option("--errors", help="Of a batch: the rows that failed, instead.")
    ] = False,
    as_json: AsJson = False,
    url: Url = "",
    state_dir: StateDir = _TWIN,
) -> None:
    """What a job that succeeded has answered."""
    from samovar_cli.jobs.looking import fetch_result

    fetch_result(_server(url, state_dir), job, output, as_json=as_json, errors=errors)


@app.command(epilog="\b\nExample:\n  $ samovar jobs cancel ID")
def cancel(jobs: Ids, url: Url = "", state_dir: StateDir = _TWIN) -> None:
    """End jobs that are queued or running, whoever runs them."""
    from samovar_cli.jobs.moving import cancel_jobs

    raise typer.Exit(cancel_jobs(_server(url, state_dir), jobs))


@app.command(epilog="\b\nExample:\n  $ samovar jobs redrive ID")
def redrive(jobs: Ids, url: Url = "", state_dir: StateDir = _TWIN) -> None:
    """Queue failed or expired jobs again, once what was wrong is mended."""
    from samovar_cli.jobs.moving import redrive_jobs

    raise typer.Exit(redrive_jobs(_server(url, state_dir), jobs))


@app.command(epilog=WATCH_EPILOG)
def watch(
    jobs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="All that are not over by default."),
    ] = None,
    model: Model = "",
    url: Url = "",
    state_dir: StateDir = _TWIN,
) -> None:
    """Follow jobs until all are over: a live table, or a line a change where none is shown."""
    from samovar_cli.jobs.watching import watch_jobs

    watch_jobs(_server(url, state_dir), jobs or [], model)


def _server(url: str, state_dir: Path) -> "Server":
    from samovar_cli.server import find_server

    return find_server(url, state_dir)


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def _tags(said: list[str]) -> dict[str, str]:
    """Tags by name. Raises typer.BadParameter."""
    tags: dict[str, str] = {}
    for text in said:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--tag")
        tags[name] = value
    return tags
