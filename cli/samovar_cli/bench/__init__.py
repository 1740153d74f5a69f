"""`samovar bench`: how fast this application is, measured on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from samovar_cli.models import AsJson, ModelsDir

COLD_EPILOG = """\
\b
Examples:
  $ samovar bench cold
  $ samovar bench cold minilm-small digits --runs 21
  $ samovar bench cold task-priority --json

What is measured is the infer function: a process of its own for each start, under AWS's runtime
client, with the models folder sealed as in its layer.
"""

app = typer.Typer(
    help="Measure this application on this machine.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def _bench() -> None:
    pass


@app.command(epilog=COLD_EPILOG)
def cold(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MODEL]...", help="All built models of the light lane by default."),
    ] = None,
    models: ModelsDir = Path("models"),
    runs: Annotated[int, typer.Option(min=1, help="Cold starts of each model.")] = 7,
    state_dir: Annotated[Path, typer.Option(help="Where it works.")] = Path(".samovar"),
    as_json: AsJson = False,
) -> None:
    """Start the infer function again and again, and show where the time goes.

    The phases are those of the init report that every function writes at the end of its first
    request: from the process's start to the first answer.
    """
    from samovar_cli.bench.cold import Plan, bench_cold

    bench_cold(Plan(tuple(names or ()), models, runs, state_dir), as_json=as_json)
