"""`samovar models add`, `inspect` and `remove`, as they are typed."""

from pathlib import Path
from typing import Annotated

import typer

from samovar_cli.failures import EXIT_STATUS_HELP
from samovar_cli.models import adding_options as options
from samovar_cli.models.options import AsJson, ModelsDir, Name

ADD_EPILOG = f"""\
\b
Examples:
  $ samovar models add churn.onnx --columns age,plan,months
  $ samovar models add exported-bert/ --name tickets --labels urgent,later,never
  $ samovar models add churn.skops --sample customers.csv
  $ samovar models add triton-repository --only resnet50
  $ samovar models add classifier.onnx --task image-classification --labels labels.txt --force

The graph is run in a process of its own. A file that is refused leaves nothing behind.

\b
{EXIT_STATUS_HELP}
"""

INSPECT_EPILOG = """\
\b
Examples:
  $ samovar models inspect exported/model.onnx
  $ samovar models inspect digits --json
"""

REMOVE_EPILOG = "\b\nExample:\n  $ samovar models remove churn --yes"


def register(app: typer.Typer) -> None:
    """Make them commands of an application."""
    app.command(epilog=ADD_EPILOG)(add)
    app.command(epilog=INSPECT_EPILOG)(inspect)
    app.command(epilog=REMOVE_EPILOG)(remove)


def add(  # noqa: PLR0913, PLR0917 - each is an option of the command
    path: options.Given,
    models: ModelsDir = Path("models"),
    name: options.NewName = "",
    task: options.Task = "",
    labels: options.Labels = "",
    tokenizer: options.TokenizerFile = None,
    columns: options.ColumnNames = "",
    only: options.Only = None,
    sample: options.SampleFile = None,
    trust_pickle: options.TrustPickle = False,
    differing: options.Differing = 0.0,
    force: options.Force = False,
    as_json: AsJson = False,
) -> None:
    """Make a model folder of what you have, ask it once, and say how to call it.

    What the model is follows from the graph: its inputs' shapes, what a run on made-up tensors
    gives, and what lies beside it (tokenizer.json, labels.txt, config.json, config.pbtxt). Each
    guess stands in model.toml with its reason. A fitted estimator of scikit-learn is converted,
    and answers each row of --sample as scikit-learn does, or is refused.
    """
    from samovar_cli.adding import several
    from samovar_cli.adding.add import Order
    from samovar_cli.adding.add import add as run
    from samovar_cli.adding.fitted.bringing import Fitting
    from samovar_cli.adding.shown import show as show_added
    from samovar_cli.adding.studying import Said

    listed = tuple(name.strip() for name in columns.split(",")) if columns else ()
    said = Said(task, labels, tokenizer, listed)
    order = Order(path, models, name, force, said, Fitting(sample, trust_pickle, differing))
    orders = several.chosen(order, tuple(only or ()))
    if len(orders) > 1:
        raise typer.Exit(several.tell(several.add_all(orders), models, as_json=as_json))
    show_added(run(orders[0]), models, as_json=as_json)


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


def remove(
    name: Name,
    models: ModelsDir = Path("models"),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a model: its folder, with every version and its manifest."""
    from samovar_cli.adding.removing import remove_model

    remove_model(name, models, yes=yes)
