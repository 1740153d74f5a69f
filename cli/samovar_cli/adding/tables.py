"""Graphs that take rows: a column a tensor, or numbers and texts in a tensor each."""

from itertools import chain

from samovar.errors import CommandFailed
from samovar.types import TensorSpec

from samovar_cli.adding.graph import is_from
from samovar_cli.adding.proposal import Facts, StepTable, table

_UNNAMED = (
    "the file does not name its columns: write their names into model.toml, or add it again "
    "with --columns a,b,c --force"
)
_MOST_COLUMNS = 2000
_DATATYPES = ("FP32", "FP64", "INT64", "INT32", "BOOL", "BYTES")


def are(inputs: tuple[TensorSpec, ...]) -> bool:
    """Whether every input is (rows, a known number of columns) of what a cell may hold."""
    return bool(inputs) and all(
        len(spec.shape) == 2
        and spec.shape[0] in (-1, 1)
        and 1 <= spec.shape[1] <= _MOST_COLUMNS
        and spec.datatype in _DATATYPES
        for spec in inputs
    )


def is_certain(facts: Facts) -> bool:
    """Whether the graph says that it is of a table: its maker, its operators, its many columns."""
    learnt = any(domain == "ai.onnx.ml" for domain, _ in facts.graph.operators)
    classical = is_from(facts.graph, "skl2onnx", "onnxmltools", "lightgbm", "xgboost", "catboost")
    split = len(facts.inputs) > 1 and "BYTES" in {spec.datatype for spec in facts.inputs}
    return learnt or classical or split


def step(facts: Facts) -> tuple[tuple[str, ...], StepTable, tuple[str, ...]]:
    """The columns in order, the `columns` step, and notes. Raises CommandFailed."""
    split = [_own_columns(spec, len(facts.inputs)) for spec in facts.inputs]
    columns = tuple(chain.from_iterable(split))
    notes: tuple[str, ...] = ()
    if facts.hints.columns:
        split = _said_columns(facts, columns)
        columns = tuple(chain.from_iterable(split))
    elif len(columns) > len(facts.inputs):
        notes = (_UNNAMED,)
    tensors = [
        {"name": spec.name, "columns": list(names), "datatype": spec.datatype}
        for spec, names in zip(facts.inputs, split, strict=True)
    ]
    made = table(
        "columns",
        "Which columns of a row go into which tensor, in which order. Rename them as you like.",
        'With missing = "nan", null is allowed for a number; the graph must know what to do then.',
        tensors=tensors,
        **({"missing": "nan"} if facts.hints.missing else {}),
    )
    return columns, made, notes


def why(facts: Facts) -> str:
    """What was seen."""
    kinds = {spec.datatype == "BYTES" for spec in facts.inputs}
    if len(kinds) == 2:
        return "it takes rows: texts and numbers in tensors of their own"
    return "it takes rows of columns"


def _own_columns(spec: TensorSpec, count: int) -> tuple[str, ...]:
    """A tensor of one column gives it its name; others number theirs."""
    if spec.shape[1] == 1:
        return (spec.name,)
    stem = "feature" if count == 1 else spec.name
    return tuple(f"{stem}_{number}" for number in range(1, spec.shape[1] + 1))


def _said_columns(facts: Facts, own: tuple[str, ...]) -> list[tuple[str, ...]]:
    said = facts.hints.columns
    if len(said) != len(own) or len(set(said)) < len(said) or not all(said):
        taken = ", ".join(f"{spec.name} takes {spec.shape[1]}" for spec in facts.inputs)
        raise CommandFailed(
            f"--columns names {len(said)} columns, but the graph takes {len(own)}, each once: "
            f"{taken}, in this order"
        )
    rest = iter(said)
    return [tuple(next(rest) for _ in range(spec.shape[1])) for spec in facts.inputs]
