"""`samovar cache`: answers that are kept, made before anybody asks, and counted."""

from pathlib import Path
from typing import Annotated

import typer

from samovar_cli.failures import EXIT_STATUS_HELP
from samovar_cli.jobs import AsJson, StateDir, Url
from samovar_cli.models import ModelsDir

_TWIN = Path(".samovar")
WARM_EPILOG = f"""\
\b
Examples:
  $ samovar cache warm minilm-small questions.jsonl
  $ samovar cache warm smollm2-int8 questions.jsonl --url https://api.example.com
  $ SAMOVAR_JOBS_TABLE=… samovar cache warm smollm2-int8 questions.jsonl --here

Each line of FILE is the JSON that predict takes, such as {{"text": "…"}}, or an infer request.
With --here the models are run in this process, and the answers go to the store that the
deployment's own variables name (SAMOVAR_JOBS_TABLE, SAMOVAR_JOBS_QUEUE_URL and
SAMOVAR_DATA_BUCKET).

\b
{EXIT_STATUS_HELP}
"""

app = typer.Typer(
    help="Answers that are kept: make them before anybody asks, and see what they save.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(epilog=WARM_EPILOG)
def warm(  # noqa: PLR0913, PLR0917 - each is an option of the command
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model with [cache].")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Requests, a line of JSON each.")],
    url: Url = "",
    here: Annotated[bool, typer.Option("--here", help="Run the model in this process.")] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Work out anew what is kept already.")
    ] = False,
    at_once: Annotated[int, typer.Option(min=1, max=64, help="Requests at a time.")] = 4,
    models: ModelsDir = Path("models"),
    state_dir: StateDir = _TWIN,
    as_json: AsJson = False,
) -> None:
    """Have the answers to a list of requests kept, before anybody asks."""
    from samovar_cli.caching.asking import here_asker, server_asker
    from samovar_cli.caching.warming import read_lines, show, warm_up

    control = "no-cache" if refresh else ""
    lines = read_lines(file)
    if here:
        ask = here_asker(models, model, control)
    else:
        ask = server_asker(url, state_dir, model, control)
    raise typer.Exit(show(warm_up(lines, ask, at_once), as_json=as_json))


@app.command()
def stats(
    url: Url = "",
    state_dir: StateDir = _TWIN,
    as_json: AsJson = False,
) -> None:
    """Show what kept answers have saved, as the process that answers has counted it."""
    from samovar_cli.caching.counting import counts_at, show

    show(counts_at(url, state_dir), as_json=as_json)
