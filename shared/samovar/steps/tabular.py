"""Rows → rows: gaps filled, categories numbered."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from samovar.errors import MissingTensor, WrongDatatype
from samovar.steps.params import ParamError
from samovar.steps.pure import Pure
from samovar.types import Kind
from samovar.values import dataclass

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Impute(Pure):
    """Rows in which every column of `values` has a value: its own, or that of `values`.

    A column that is absent, null or NaN is filled; nothing else changes. `values` are what
    the training data's mean, median or most frequent value was.
    """

    takes: ClassVar[Kind] = Kind.ROWS
    gives: ClassVar[Kind] = Kind.ROWS

    values: Mapping[str, Any]

    def __post_init__(self) -> None:
        for column, value in self.values.items():
            if not isinstance(value, str | int | float) or value != value:  # noqa: PLR0124 - NaN
                raise ParamError("values", f"has no plain value for column {column!r}")
        if not self.values:
            raise ParamError("values", "must name a column")

    def apply(self, batch: Sequence[Row]) -> list[dict[str, Any]]:
        """The rows, filled."""
        return [
            {**row, **{column: self.values[column] for column in self.values if _gap(row, column)}}
            for row in batch
        ]


def _gap(row: Row, column: str) -> bool:
    value = row.get(column)
    return value is None or value != value  # noqa: PLR0124 - NaN differs from itself


Categories = Mapping[str, tuple[str | int, ...]]


@dataclass(frozen=True, slots=True)
class CategoryMap(Pure):
    """Rows in which each category of `columns` is its place in the manifest's list, from 0.

    A category that is not listed is refused, or becomes `value` with `unknown = "value"`.
    Texts are matched exactly, numbers by value (1 and 1.0 are one); true and false are no
    numbers. Raises MissingTensor for a row without the column, WrongDatatype for a category
    that is not listed.
    """

    takes: ClassVar[Kind] = Kind.ROWS
    gives: ClassVar[Kind] = Kind.ROWS

    columns: Categories
    unknown: Literal["error", "value"] = "error"
    value: int = -1

    def __post_init__(self) -> None:
        if not self.columns:
            raise ParamError("columns", "must name a column")
        for column, categories in self.columns.items():
            if not categories or len(set(categories)) < len(categories):
                raise ParamError("columns", f"{column!r} must list categories, each once")

    def apply(self, batch: Sequence[Row]) -> list[dict[str, Any]]:
        """The rows with numbers for categories."""
        codes = {
            column: {category: code for code, category in enumerate(categories)}
            for column, categories in self.columns.items()
        }
        return [
            {**row, **{column: self._code(row, number, column, codes[column]) for column in codes}}
            for number, row in enumerate(batch)
        ]

    def _code(self, row: Row, number: int, column: str, codes: Mapping[Any, int]) -> int:
        if column not in row:
            raise MissingTensor(f"row {number} lacks column '{column}'")
        said = row[column]
        known = codes.get(said) if isinstance(said, str | float) or type(said) is int else None
        if known is not None:
            return known
        if self.unknown == "value":
            return self.value
        listed = ", ".join(map(repr, list(codes)[:20])) + (", …" if len(codes) > 20 else "")
        shown = "null" if said is None else repr(said)[:60]
        raise WrongDatatype(f"column '{column}', row {number}: {shown} is none of {listed}")
