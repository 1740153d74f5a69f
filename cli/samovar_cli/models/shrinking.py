"""`samovar models optimise`, as it is typed."""

from pathlib import Path
from typing import Annotated

import typer

from samovar_cli.failures import EXIT_STATUS_HELP
from samovar_cli.models.options import AsJson, ModelsDir, Name

EPILOG = f"""\
\b
Examples:
  $ samovar models optimise tickets --evaluate tickets.csv --truth priority
  $ samovar models optimise tickets --evaluate tickets.csv --adopt tickets-small
  $ samovar models optimise digits --evaluate digits.csv --variant int8-static --plot digits.svg
  $ samovar models optimise churn --evaluate held-out.csv --train known.csv --json

Variants: optimised, fused, fp16, int8-blocks, int8-dynamic, int8-dynamic-7, int8-static,
int8-static-7; with --train pruned-25, pruned-50; with --distil distilled.

The rows of --evaluate are requests: the columns that the model takes, or `text`, or `file` for a
picture beside the file; in JSON lines what `predict` takes. What is true of them stands in a column
`truth`, `label`, `target` or `value`, or in the one that --truth names. Without truth, variants are
held to what the original answers.

\b
{EXIT_STATUS_HELP}
"""


Evaluate = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Rows to hold variants to: .csv, .jsonl.")
]
Truth = Annotated[
    list[str] | None,
    typer.Option(metavar="[HEAD=]COLUMN", help="What is true of a row; may be repeated."),
]
Samples = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Requests to calibrate on; else a fifth of --evaluate."),
]
Train = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Rows to learn from: prune hidden units.")
]
Distil = Annotated[
    str, typer.Option(metavar="COMMAND", help="Trains a smaller model: {model}, {train}, {out}.")
]
Variants = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Only these; may be repeated. The best is adopted."),
]
MostRows = Annotated[
    int, typer.Option("--rows", min=1, help="Of --evaluate, at most; from all over the file.")
]
Loss = Annotated[float, typer.Option(min=0, max=1, help="The share of a metric that may be lost.")]
Vnni = Annotated[bool, typer.Option("--vnni", help="All CPUs that serve it have VNNI.")]
Sure = Annotated[bool, typer.Option("--sure", help="Count what may have been lost, at 95 %.")]
Adopt = Annotated[
    str, typer.Option(metavar="NAME", help="Make a model of the best; its own name: a version.")
]
Plot = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Quality against latency, .svg or .png.")
]
Rounds = Annotated[int, typer.Option(min=1, max=100, help="Processes that try each.")]
Seconds = Annotated[float, typer.Option(min=0, help="Of requests in each of them.")]
Threads = Annotated[int, typer.Option(min=1, max=64, help="That a run may use.")]


def register(app: typer.Typer) -> None:
    """Make it a command of an application."""
    app.command(epilog=EPILOG)(optimise)


def optimise(  # noqa: PLR0913, PLR0917 - each is an option of the command
    name: Name,
    models: ModelsDir = Path("models"),
    evaluate: Evaluate = None,
    truth: Truth = None,
    samples: Samples = None,
    train: Train = None,
    distil: Distil = "",
    variant: Variants = None,
    most_rows: MostRows = 2000,
    loss: Loss = 0.005,
    vnni: Vnni = False,
    sure: Sure = False,
    adopt: Adopt = "",
    plot: Plot = None,
    rounds: Rounds = 5,
    seconds: Seconds = 0.5,
    threads: Threads = 1,
    as_json: AsJson = False,
) -> None:
    """Make smaller and faster variants of a model, measure them, and hold them to the original.

    Each is run in processes of its own, in turns with the others, and on the rows of --evaluate;
    none is adopted that loses more than --loss, forgets a class, or overflows on older CPUs. The
    original is never changed.
    """
    from samovar_cli.optimising.command import Output, optimise_model
    from samovar_cli.optimising.costs import Effort
    from samovar_cli.optimising.gate import Gate
    from samovar_cli.optimising.order import Wanted

    wanted = Wanted(
        name, models, evaluate, tuple(truth or ()), samples, train, distil, tuple(variant or ()),
        most_rows,         Gate(loss, vnni, sure), Effort(rounds, seconds, threads),
    )  # fmt: skip
    optimise_model(wanted, Output(adopt, plot, as_json))
