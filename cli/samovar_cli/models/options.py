"""Arguments and options that commands of models share."""

from pathlib import Path
from typing import Annotated

import typer

ModelsDir = Annotated[
    Path,
    typer.Option(
        "--models", envvar="SAMOVAR_MODELS_DIR", metavar="DIR", help="The folder of models."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A name of `models list`.")]
