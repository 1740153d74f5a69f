"""The `samovar` command. Nothing heavy is imported before a command needs it."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from samovar.errors import SamovarError
from typer.core import TyperGroup

from samovar_cli import (
    classifying,
    container,
    deploying,
    planning,
    serve,
    simulate,
    twin_commands,
)
from samovar_cli.bench import app as bench_app
from samovar_cli.caching import app as cache_app
from samovar_cli.collections import app as collections_app
from samovar_cli.failures import EXIT_STATUS_HELP, report, report_unforeseen
from samovar_cli.jobs import app as jobs_app
from samovar_cli.models import ModelsDir
from samovar_cli.models import app as models_app
from samovar_cli.terminal import prepare_streams

HELP = f"""\
Serve ONNX models from serverless functions, and try them here first.

\b
  $ samovar models list
  $ samovar predict task-priority "Prepare quarterly report"
  $ samovar predict ocr invoice.png --save-picture read.png
  $ samovar up
  $ samovar jobs submit ocr invoice.png --wait

\b
{EXIT_STATUS_HELP}
"""
PREDICT_EPILOG = f"""\
\b
Examples:
  $ samovar predict task-priority "Prepare quarterly report"
  $ samovar predict digits models/digits/examples
  $ samovar predict penguins '{{"rows": [{{"island": "Dream"}}]}}' --json
  $ echo "A man is eating food." | samovar predict minilm-small -
  $ samovar predict ocr page.png --url http://127.0.0.1:8000

\b
{EXIT_STATUS_HELP}
"""


class Commands(TyperGroup):
    """Commands whose errors are one line on standard error and an exit status."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except SamovarError as error:
            raise typer.Exit(report(error)) from None


app = typer.Typer(
    cls=Commands,
    help=HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich's help costs half a second
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(models_app, name="models")
app.add_typer(jobs_app, name="jobs")
app.add_typer(bench_app, name="bench")
app.add_typer(cache_app, name="cache")
app.add_typer(collections_app, name="collections")
app.command(epilog=classifying.EPILOG)(classifying.classify)
app.command(epilog=container.EPILOG)(container.container)
app.command(epilog=serve.EPILOG)(serve.serve)
app.command(epilog=simulate.EPILOG)(simulate.simulate)
app.command(epilog=planning.EPILOG)(planning.plan)
deploying.register(app)
twin_commands.register(app)


def _say_version(wanted: bool) -> None:
    if wanted:
        import samovar

        print(f"samovar {samovar.__version__}")
        raise typer.Exit


@app.callback()
def _samovar(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Say which samovar."),
    ] = False,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Show where an unforeseen fault arose.")
    ] = False,
) -> None:
    pass


@app.command(epilog=PREDICT_EPILOG)
def predict(  # noqa: PLR0913, PLR0917 - each is an option of the command
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A name of `models list`.")],
    input: Annotated[  # noqa: A002 - the word that a person reads in --help
        str,
        typer.Argument(
            metavar="INPUT",
            help="A file, a folder of files, - for standard input, or the text or JSON itself.",
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="The answer's JSON, a line each.")
    ] = False,
    version: Annotated[str, typer.Option(help="A version; the newest by default.")] = "",
    models: ModelsDir = Path("models"),
    url: Annotated[str, typer.Option(help="Ask the samovar that listens there instead.")] = "",
    content_type: Annotated[str, typer.Option(help="The input's media type.")] = "",
    save_picture: Annotated[
        Path | None, typer.Option(help="Draw what was found onto the picture, into this file.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many labels to show.")] = 5,
) -> None:
    """Answer an input with a model, in this process.

    What INPUT is follows from its first bytes, its name and what the model takes; a text that
    is no file's name stands for itself.
    """
    from samovar_cli.predict import Options
    from samovar_cli.predict import predict as run

    options = Options(model, input, version, models, url, content_type, as_json, save_picture, top)
    raise typer.Exit(run(options))


def main() -> None:
    """Run the command line of this process; no fault of ours shows a person a traceback."""
    prepare_streams()
    try:
        app()
    except Exception as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(report_unforeseen(error))
