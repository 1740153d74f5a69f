"""`samovar classify`: texts told apart by labels and examples from the command line."""

from pathlib import Path
from typing import Annotated

import typer

from samovar_cli.failures import EXIT_STATUS_HELP
from samovar_cli.models import ModelsDir

EPILOG = f"""\
\b
Examples:
  $ samovar classify "the parcel is late" --label delivery --label returns
  $ samovar classify inbox.txt --examples labelled.csv --unknown 0.05
  $ samovar classify --examples labelled.jsonl --save support
  $ samovar predict support "where is my refund?"

A file of INPUT has a text a line. Examples are rows of `text` and `label`, in CSV with a header or
in JSON Lines; without --label their labels are all there are. --save writes a model of its own,
another version where there is one of that name.

\b
{EXIT_STATUS_HELP}
"""


def classify(  # noqa: PLR0913, PLR0917 - each is an option of the command
    input: Annotated[  # noqa: A002 - the word that a person reads in --help
        str, typer.Argument(metavar="INPUT", help="A text, a file of texts, or - for stdin.")
    ] = "",
    label: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[=MEANING]", help="A label, and what it means. Repeat it."),
    ] = None,
    examples: Annotated[Path | None, typer.Option(help="A file of texts and labels.")] = None,
    unknown: Annotated[
        float, typer.Option(help="The share of known texts that may be called unknown.")
    ] = 0.0,
    model: Annotated[str, typer.Option(help="That embeds texts; a small one if unsaid.")] = "",
    save: Annotated[str, typer.Option(metavar="NAME", help="Save the labels as a model.")] = "",
    models: ModelsDir = Path("models"),
    url: Annotated[str, typer.Option(help="Ask the samovar that listens there instead.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="The answer's JSON.")] = False,
    top: Annotated[int, typer.Option(min=1, help="How many labels to show.")] = 5,
) -> None:
    """Tell texts apart by your own labels and a few examples."""
    from samovar_cli.classifying.asking import Wanted, answer

    answer(
        Wanted(input, tuple(label or ()), examples, unknown, model, save, as_json, top),
        models,
        url,
    )
