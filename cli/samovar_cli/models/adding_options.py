"""What can be said to `samovar models add`."""

from pathlib import Path
from typing import Annotated

import typer

Given = Annotated[
    Path,
    typer.Argument(
        metavar="FILE|DIR",
        help="An ONNX file; an estimator of scikit-learn (.skops); the folder that an exporter "
        "left; a model's folder, or a repository of several, in Triton's or KServe's layout.",
    ),
]
NewName = Annotated[str, typer.Option(help="What to call it; its file's name by default.")]
Task = Annotated[
    str,
    typer.Option(
        help="What it is, if the guess is wrong: text-classification, text-embedding, "
        "text-regression, image-classification, image-embedding, object-detection, "
        "tabular-classification, tabular-regression or tensors."
    ),
]
Labels = Annotated[
    str, typer.Option(metavar="FILE|A,B,C", help="The classes, in the graph's order.")
]
TokenizerFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A tokenizer.json; the one beside it by default."),
]
ColumnNames = Annotated[
    str, typer.Option(metavar="A,B,C", help="The columns of a row, in the graph's order.")
]
Only = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Of a repository of models, these; all by default."),
]
SampleFile = Annotated[
    Path | None,
    typer.Option(
        metavar="CSV",
        help="Rows for an estimator of scikit-learn: they name its columns, and each is answered "
        "by both.",
    ),
]
TrustPickle = Annotated[
    bool, typer.Option("--trust-pickle", help="Open a pickle, which runs the code that is in it.")
]
Differing = Annotated[
    float,
    typer.Option(
        min=0,
        max=1,
        help="The largest share of rows that may be answered otherwise than scikit-learn does.",
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace a model of that name.")]
