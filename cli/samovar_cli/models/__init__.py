"""`samovar models`: what is in the models folder, and whether it is right."""

from pathlib import Path
from typing import Annotated

import typer

from samovar_cli.failures import EXIT_STATUS_HELP

ModelsDir = Annotated[
    Path,
    typer.Option(
        "--models", envvar="SAMOVAR_MODELS_DIR", metavar="DIR", help="The folder of models."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A name of `models list`.")]

CHECK_EPILOG = f"""\
\b
Examples:
  $ samovar models check
  $ samovar models check ocr digits --json

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

ADD_EPILOG = f"""\
\b
Examples:
  $ samovar models add churn.onnx --columns age,plan,months
  $ samovar models add exported-bert/ --name tickets --labels urgent,later,never
  $ samovar models add triton-repository/resnet50
  $ samovar models add classifier.onnx --task image-classification --labels labels.txt --force

The graph is run in a process of its own. Nothing is written unless it answers.

\b
{EXIT_STATUS_HELP}
"""

INSPECT_EPILOG = """\
\b
Examples:
  $ samovar models inspect exported/model.onnx
  $ samovar models inspect digits --json
"""

app = typer.Typer(
    help="Add models to a folder, see them, and check that they are right.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


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
    as_json: AsJson = False,
) -> None:
    """Run every golden example of the models' manifests through the real pipeline.

    Each file must have the sha256 that the manifest lists, each answer must be the expected
    one within its tolerance, and the same alone and in a batch.
    """
    from samovar_cli.models.checking import check_models

    raise typer.Exit(check_models(tuple(names or ()), models, as_json=as_json))


@app.command(epilog=ADD_EPILOG)
def add(  # noqa: PLR0913, PLR0917 - each is an option of the command
    path: Annotated[
        Path,
        typer.Argument(
            metavar="FILE|DIR",
            help="An ONNX file, the folder that an exporter left, or a model's folder in Triton's "
            "or KServe's layout.",
        ),
    ],
    models: ModelsDir = Path("models"),
    name: Annotated[str, typer.Option(help="What to call it; its file's name by default.")] = "",
    task: Annotated[
        str,
        typer.Option(
            help="What it is, if the guess is wrong: text-classification, text-embedding, "
            "image-classification, image-embedding, tabular-classification, "
            "tabular-regression or tensors."
        ),
    ] = "",
    labels: Annotated[
        str,
        typer.Option(metavar="FILE|A,B,C", help="The classes, in the graph's order."),
    ] = "",
    tokenizer: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A tokenizer.json; the one beside it by default."),
    ] = None,
    columns: Annotated[
        str, typer.Option(metavar="A,B,C", help="The columns of a row, in the graph's order.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace a model of that name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a model folder of an ONNX file, ask it once, and say how to call it.

    What the model is follows from the graph: its inputs' shapes, what a run on made-up tensors
    gives, and what lies beside it (tokenizer.json, labels.txt, config.json, config.pbtxt). Each
    guess stands in model.toml with its reason.
    """
    from samovar_cli.adding.add import Order
    from samovar_cli.adding.add import add as run
    from samovar_cli.adding.shown import show as show_added
    from samovar_cli.adding.studying import Said

    order = Order(path, models, name, force, Said(task, labels, tokenizer, columns))
    show_added(run(order), models, as_json=as_json)


@app.command(epilog=INSPECT_EPILOG)
def inspect(
    path: Annotated[
        str, typer.Argument(metavar="FILE|NAME", help="An ONNX file, or a name of `models list`.")
    ],
    models: ModelsDir = Path("models"),
    as_json: AsJson = False,
) -> None:
    """What is in an ONNX file: tensors, operators, parameters, memory; what `add` would make of it.

    Nothing is written. The graph is run once, in a process of its own, to see what it gives.
    """
    from samovar_cli.adding.inspecting import inspect_model

    inspect_model(path, models, as_json=as_json)


@app.command(epilog="\b\nExample:\n  $ samovar models remove churn --yes")
def remove(
    name: Name,
    models: ModelsDir = Path("models"),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a model: its folder, with every version and its manifest."""
    from samovar_cli.adding.removing import remove_model

    remove_model(name, models, yes=yes)


@app.command(epilog="\b\nExample:\n  $ samovar models profile minilm-small --seconds 10 --write")
def profile(
    name: Name,
    models: ModelsDir = Path("models"),
    seconds: Annotated[float, typer.Option(min=0, help="For how long to measure.")] = 3.0,
    threads: Annotated[int, typer.Option(min=1, max=64, help="That a run may use.")] = 1,
    write: Annotated[bool, typer.Option("--write", help="Into the model's model.toml.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure how long requests take, alone and together, and fit the manifest's [profile].

    The golden examples are run in turns, by themselves and in batches, on one thread as a
    function of one vCPU would. With the profile in its manifest, calls that would outlast a
    gateway become jobs at once, and `samovar simulate` knows what a load would cost.
    """
    from samovar_cli.models.profiling import Wanted, profile_model

    profile_model(Wanted(name, models, seconds, threads, as_json, write))


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
