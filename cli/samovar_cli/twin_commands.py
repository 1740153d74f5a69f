"""`samovar up` and `samovar invoke`: the commands of the local twin."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from samovar.errors import CommandFailed

from samovar_cli.models import ModelsDir

UP_EPILOG = """\
\b
Examples:
  $ samovar up
  $ samovar up --port 9000 --fresh
  $ samovar up --chaos duplicate=0.1,reorder,throttle=0.05,kill=0.02,seed=7

Ctrl-C ends it and leaves nothing running. What it keeps is for a quicker start next time.
"""
INVOKE_EPILOG = """\
\b
Examples:
  $ samovar invoke direct events/direct/predict.json
  $ samovar invoke InferFunction - < events/infer/predict.json

The exit status is 1 when the function failed or no twin runs.
"""


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(epilog=UP_EPILOG)(up)
    app.command(epilog=INVOKE_EPILOG)(invoke)


def up(  # noqa: PLR0913, PLR0917 - each is an option of the command
    port: Annotated[int, typer.Option(help="Where the HTTP API listens.")] = 8000,
    models: ModelsDir = Path("models"),
    state_dir: Annotated[Path, typer.Option(help="What the twin keeps.")] = Path(".samovar"),
    slots: Annotated[int, typer.Option(help="Processes a function may have; 0 chooses.")] = 0,
    fresh: Annotated[bool, typer.Option(help="Begin with an empty AWS account.")] = False,
    reload: Annotated[bool, typer.Option(help="Restart functions when files change.")] = True,
    gpu: Annotated[bool, typer.Option(help="Give heavy models an endpoint of their own.")] = True,
    streaming: Annotated[
        str, typer.Option(metavar="DOOR", help="The door that streams: url, rest or off.")
    ] = "url",
    chaos: Annotated[
        str, typer.Option(metavar="KNOBS", help="Trouble on purpose, as shown below.")
    ] = "",
) -> None:
    """Run the application of template.yaml here, with no AWS account."""
    from samovar_cli.twin.options import Options
    from samovar_cli.up import up as run

    options = Options(
        port,
        models,
        state=state_dir,
        slots=slots,
        fresh=fresh,
        gpu=gpu,
        streaming=streaming,
        chaos=chaos,
    )
    run(options, reload=reload)


def invoke(
    function: Annotated[
        str, typer.Argument(metavar="FUNCTION", help="Its name in template.yaml, or its folder's.")
    ],
    event: Annotated[
        str, typer.Argument(metavar="EVENT", help="A JSON file, JSON itself, or - for stdin.")
    ],
    state_dir: Annotated[Path, typer.Option(help="What the twin keeps.")] = Path(".samovar"),
    log: Annotated[bool, typer.Option(help="Show the invocation's log too.")] = False,
) -> None:
    """Send one event to one function of the running twin."""
    from samovar_cli.invoke import invoke as run
    from samovar_cli.terminal import write_json

    done = run(function, event, state_dir)
    if log:
        print(done.log_tail, file=sys.stderr)
    write_json(done.payload)
    if done.error:
        raise CommandFailed(f"the function failed ({done.error}): its error is the JSON above")
