"""Rows by column name → tensors."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from samovar.errors import MissingTensor, UnknownTensor, WrongDatatype
from samovar.steps.params import ParamError
from samovar.steps.pure import Pure
from samovar.types import DTYPES, Array, Kind
from samovar.values import dataclass

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ColumnTensor:
    """One tensor of a `columns` step: its name, its columns in order, its datatype."""

    name: str
    columns: tuple[str, ...]
    datatype: Literal["FP32", "FP64", "INT64", "INT32", "BOOL", "BYTES"] = "FP32"


@dataclass(frozen=True, slots=True)
class Columns(Pure):
    """Rows → tensors (rows, columns), each of its `ColumnTensor`'s columns and datatype.

    Every column must be in every row, and no other: a name that no tensor takes is more
    often a mistake than a surplus (`extra = "ignore"` lets it pass). A number that its
    datatype cannot hold, and text for a number, is refused by column and row. null is NaN
    in FP32 and FP64 with `missing = "nan"`, and refused otherwise; so is null elsewhere.
    Raises MissingTensor, UnknownTensor, WrongDatatype.
    """

    takes: ClassVar[Kind] = Kind.ROWS
    gives: ClassVar[Kind] = Kind.TENSORS

    tensors: tuple[ColumnTensor, ...]
    missing: Literal["error", "nan"] = "error"
    extra: Literal["error", "ignore"] = "error"

    def __post_init__(self) -> None:
        names = [tensor.name for tensor in self.tensors]
        if not names or len(set(names)) < len(names):
            raise ParamError("tensors", "must have one table or more, each with a name of its own")
        for tensor in self.tensors:
            if not tensor.columns or len(set(tensor.columns)) < len(tensor.columns):
                raise ParamError("tensors", f"{tensor.name!r} must list columns, each once")

    def apply(self, batch: Sequence[Row]) -> dict[str, Array]:
        """The tensors by name."""
        known = {column for tensor in self.tensors for column in tensor.columns}
        check_columns_known(batch, known, surplus=self.extra == "ignore")
        return {tensor.name: self._tensor(tensor, batch) for tensor in self.tensors}

    def _tensor(self, tensor: ColumnTensor, rows: Sequence[Row]) -> Array:
        result = np.empty((len(rows), len(tensor.columns)), DTYPES[tensor.datatype])
        for index, column in enumerate(tensor.columns):
            values = [row[column] for row in rows]
            result[:, index] = column_array(
                column, values, tensor.datatype, missing=self.missing == "nan"
            )
        return result


def check_columns_known(rows: Sequence[Row], known: set[str], *, surplus: bool) -> None:
    """Raises MissingTensor or UnknownTensor for the first row with other columns than `known`."""
    for number, row in enumerate(rows):
        if row.keys() == known:
            continue
        if lacking := known - row.keys():
            raise MissingTensor(f"row {number} lacks column '{min(lacking)}'; {_listed(known)}")
        if not surplus:
            unknown = min(row.keys() - known)
            raise UnknownTensor(f"row {number} has an unknown column '{unknown}'; {_listed(known)}")


def _listed(known: set[str]) -> str:
    return f"the model takes: {', '.join(sorted(known))}"


def column_array(column: str, values: list[Any], datatype: str, *, missing: bool) -> Array:
    """(rows,) of `datatype` from JSON values. Raises WrongDatatype by column and row."""
    allowed = _ALLOWED[datatype] | ({type(None)} if missing and datatype in _FLOATS else set())
    for number, value in enumerate(values):
        if type(value) not in allowed:
            raise WrongDatatype(_refusal(column, number, value, datatype))
    if datatype in ("INT64", "INT32"):
        values = [_whole(column, number, value, datatype) for number, value in enumerate(values)]
    with np.errstate(over="ignore"):
        array = np.array(values, DTYPES[datatype])
    if datatype in _FLOATS and np.isinf(array).any():
        number = int(np.flatnonzero(np.isinf(array))[0])
        raise WrongDatatype(_refusal(column, number, values[number], datatype))
    return array


_FLOATS = frozenset({"FP32", "FP64"})
_ALLOWED: Mapping[str, set[type]] = {
    "FP32": {int, float},
    "FP64": {int, float},
    "INT64": {int, float},
    "INT32": {int, float},
    "BOOL": {bool},
    "BYTES": {str},
}
_SAID: Mapping[str, str] = {"BOOL": "true or false", "BYTES": "a text"}


def _whole(column: str, number: int, value: float, datatype: str) -> int:
    limits = np.iinfo(DTYPES[datatype])
    if value % 1 or not limits.min <= value <= limits.max:
        raise WrongDatatype(_refusal(column, number, value, datatype))
    return int(value)


def _refusal(column: str, number: int, value: Any, datatype: str) -> str:
    whole = datatype in ("INT64", "INT32")
    said = _SAID.get(datatype, f"a whole number that {datatype} holds" if whole else "a number")
    shown = "null" if value is None else repr(value)[:60]
    return f"column '{column}', row {number}: must be {said}, not {shown}"
