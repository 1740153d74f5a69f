"""`samovar models`: what is in the models folder, and whether it is right."""

from pathlib import Path
from typing import Annotated

import typer

from samovar_cli.failures import EXIT_STATUS_HELP
from samovar_cli.models import bringing, shrinking
from samovar_cli.models.options import AsJson, ModelsDir, Name

__all__ = ["AsJson", "ModelsDir", "Name", "app"]

CHECK_EPILOG = f"""\
\b
Examples:
  $ samovar models check
  $ samovar models check ocr digits --json
  $ samovar models check minilm --provider cuda --provider cpu

\b
{EXIT_STATUS_HELP}
"""

PROFILE_EPILOG = f"""\
\b
Examples:
  $ samovar models profile minilm-small --seconds 10 --write
  $ samovar models profile digits --sample a.png --sample b.png --plot d.svg
  $ samovar models profile penguins --threads 1 --starts 0 --json

\b
{EXIT_STATUS_HELP}
"""

COMPILE_EPILOG = f"""\
\b
Examples:
  $ samovar models compile
  $ samovar models compile minilm --force --json

\b
{EXIT_STATUS_HELP}
"""

app = typer.Typer(
    help="Add models to a folder, see them, and check that they are right.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
bringing.register(app)
shrinking.register(app)


@app.command("list", epilog="\b\nExample:\n  $ samovar models list --models models")
def list_models(models: ModelsDir = Path("models"), as_json: AsJson = False) -> None:
    """The models, each in one line: task, lane, size, versions, measured accuracy."""
    from samovar_cli.models.listing import list_models as run

    run(models, as_json=as_json)


@app.command(epilog="\b\nExample:\n  $ samovar models show task-priority")
def show(name: Name, models: ModelsDir = Path("models"), as_json: AsJson = False) -> None:
    """A model's page: what it is for, its tensors and steps, how good it is, how to call it."""
    from samovar_cli.models.page import show_model

    show_model(name, models, as_json=as_json)


@app.command(epilog=CHECK_EPILOG)
def check(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="All models by default.")
    ] = None,
    models: ModelsDir = Path("models"),
    provider: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="cpu, cuda…; repeat. All that are here by default."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Older versions have to answer the examples too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run every golden example of the models' manifests through the real pipeline, in every way.

    Each file must have the sha256 that the manifest lists, each answer must be the expected
    one within its tolerance, and the same alone and in a batch. The same is then asked of every
    other way to open the model: compiled forms (to the bit), other execution providers of this
    machine's onnxruntime, and older versions, which have to answer but may answer otherwise.
    """
    from samovar_cli.models.checking import Wanted, check_models

    wanted = Wanted(tuple(names or ()), models, tuple(provider or ()), strict, as_json)
    raise typer.Exit(check_models(wanted))


@app.command(epilog=PROFILE_EPILOG)
def profile(  # noqa: PLR0913, PLR0917 - each is an option of the command
    name: Name,
    models: ModelsDir = Path("models"),
    seconds: Annotated[float, typer.Option(min=0, help="For how long to measure.")] = 3.0,
    threads: Annotated[
        int, typer.Option(min=0, max=64, help="To try, at most; 0: as many as there are CPUs.")
    ] = 0,
    starts: Annotated[int, typer.Option(min=0, help="Cold starts to measure.")] = 5,
    provider: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Compare with cuda…; repeat. Only the CPU else."),
    ] = None,
    sample: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A request of yours; repeat. Else the examples."),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Into the model's folder.")] = False,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw it, as a .svg or a .png.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure how long requests take and what they need, and fit the manifest's [profile].

    The golden examples are run in turns: by themselves and in batches, as they are and at other
    sizes, on one thread (a function of one vCPU) and on more. Fresh processes tell how long a
    cold start takes, and how much memory. With the profile in its manifest, calls that would
    outlast a gateway become jobs at once, and `samovar plan` and `samovar simulate` know what a
    load would cost. Measure on a machine that does nothing else.
    """
    from samovar_cli.models.profiling import Wanted, profile_model

    wanted = Wanted(
        name, models, seconds, threads, starts, tuple(provider or ()), tuple(sample or ()),
        as_json, write, plot,
    )  # fmt: skip
    profile_model(wanted)


@app.command("compile", epilog=COMPILE_EPILOG)
def compile_(  # noqa: PLR0913, PLR0917 - each is an option of the command
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="All models by default.")
    ] = None,
    models: ModelsDir = Path("models"),
    profile_name: Annotated[
        str, typer.Option("--profile", help="steady: warm requests stay as fast; rare: few come.")
    ] = "steady",
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Try the likely forms of light models, and those briefly."),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also what is unchanged, and what is small.")
    ] = False,
    tolerance: Annotated[
        float, typer.Option(min=0, help="How far answers may be from the .onnx's; 0: no bit.")
    ] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Make the forms of models that open fastest on a machine like this one.

    Each form answers the golden examples with the same bits as the .onnx, or is not kept. The
    one is kept that is fastest to its first answer; a model that no form helps gets none.
    """
    from samovar_cli.models.candidates import Effort, traffic
    from samovar_cli.models.compiling import compile_models

    effort = Effort(traffic(profile_name), quick=quick, force=force, tolerance=tolerance)
    raise typer.Exit(compile_models(tuple(names or ()), models, effort, as_json=as_json))
