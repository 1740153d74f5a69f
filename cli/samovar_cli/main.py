"""The `samovar` command. Nothing heavy is imported before a command needs it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Serve ONNX models from serverless functions.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich's help costs half a second
)


@app.callback()
def _samovar() -> None:
    """Serve ONNX models from serverless functions."""


@app.command()
def up(
    port: Annotated[int, typer.Option(help="Where the HTTP API listens.")] = 8000,
    models_dir: Annotated[Path, typer.Option(help="The models folder.")] = Path("models"),
    state_dir: Annotated[Path, typer.Option(help="What the twin keeps.")] = Path(".samovar"),
    slots: Annotated[int, typer.Option(help="Processes a function may have; 0 chooses.")] = 0,
    fresh: Annotated[bool, typer.Option(help="Begin with an empty AWS account.")] = False,
    reload: Annotated[bool, typer.Option(help="Restart functions when files change.")] = True,
) -> None:
    """Run the application of template.yaml here, with no AWS account."""
    from samovar_cli.twin.twin import Options
    from samovar_cli.up import up as run

    options = Options(port, models_dir, state=state_dir, slots=slots, fresh=fresh)
    run(options, reload=reload)


@app.command()
def invoke(
    function: Annotated[str, typer.Argument(help="Its name in template.yaml, or its folder's.")],
    event: Annotated[str, typer.Argument(help="A JSON file, JSON itself, or - for stdin.")],
    state_dir: Annotated[Path, typer.Option(help="What the twin keeps.")] = Path(".samovar"),
    log: Annotated[bool, typer.Option(help="Show the invocation's log too.")] = False,
) -> None:
    """Send one event to one function of the running twin."""
    from samovar_cli.invoke import invoke as run

    done = run(function, event, state_dir)
    if log:
        print(done.log_tail, file=sys.stderr)
    sys.stdout.buffer.write(done.payload + b"\n")
    if done.error:
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; an error of samovar's own is one message and status 1."""
    from samovar.errors import SamovarError

    try:
        app()
    except SamovarError as error:
        print(f"error: {error.message}", file=sys.stderr)
        sys.exit(1)
