"""The JSON schema of one row, read from the steps that take it apart."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from samovar.edges.openapi_tensors import value_schema
from samovar.service import Description
from samovar.types import Kind, TensorSpec

Schema = dict[str, Any]
_Columns = dict[str, Schema]


def row_forms(found: Description) -> list[Schema]:
    """One row: an object by column (or input), or its values in the model's own order."""
    if found.spec.input.kind is Kind.TENSORS:
        return _tensor_row(found.signature.inputs)
    columns: _Columns = {}
    optional: set[str] = set()
    surplus = True
    for step in reversed(found.spec.pre):
        name = type(step).__name__
        if name == "Columns":
            columns, surplus = _of_columns(step), getattr(step, "extra", "") == "ignore"
        elif name in _CHANGES:
            _CHANGES[name](step, columns, optional)
    return _row(columns, optional, found.spec.input.columns, surplus=surplus)


def _row(
    columns: _Columns, optional: set[str], order: Sequence[str], *, surplus: bool
) -> list[Schema]:
    named: Schema = {
        "type": "object",
        "required": [name for name in columns if name not in optional],
        "properties": columns,
        "additionalProperties": surplus,
    }
    values: Schema = {
        "type": "array",
        "description": f"the values of {', '.join(order)}",
        "minItems": len(order),
        "maxItems": len(order),
        "prefixItems": [columns.get(name, {}) for name in order],
    }
    return [named, values] if order else [named]


def _of_columns(step: Any) -> _Columns:
    found: _Columns = {}
    for tensor in step.tensors:
        schema = value_schema(tensor.datatype)
        floats = tensor.datatype in ("FP32", "FP64")
        if floats and step.missing != "nan":
            schema = schema | {"type": "number"}
            schema.pop("description", None)
        if tensor.datatype == "BOOL":
            schema = {"type": "boolean"}
        found |= dict.fromkeys(tensor.columns, schema)
    return found


def _impute(step: Any, columns: _Columns, optional: set[str]) -> None:
    """A column with a value to fall back on may be null, and may be left out."""
    for name, value in step.values.items():
        columns[name] = {"anyOf": [columns.get(name, {}), {"type": "null"}], "default": value}
        optional.add(name)


def _categories(step: Any, columns: _Columns, optional: set[str]) -> None:
    """A column of categories takes those that are listed, or anything where others may be."""
    for name, listed in step.columns.items():
        known = {"enum": list(listed)}
        columns[name] = known if step.unknown == "error" else {"examples": list(listed)}
        optional.discard(name)


_Change = Callable[[Any, _Columns, set[str]], None]
_CHANGES: Mapping[str, _Change] = {"Impute": _impute, "CategoryMap": _categories}


def _tensor_row(inputs: Sequence[TensorSpec]) -> list[Schema]:
    """Each input's values for one row; a model of one input takes them bare, too."""
    values = {spec.name: _nested(spec) for spec in inputs}
    named: Schema = {
        "type": "object",
        "required": list(values),
        "properties": values,
        "additionalProperties": False,
    }
    return [named, *values.values()] if len(values) == 1 else [named]


def _nested(spec: TensorSpec) -> Schema:
    """Lists in lists, to the shape without its batch axis; one value needs no list."""
    element = schema = value_schema(spec.datatype)
    for size in reversed(spec.shape[1:]):
        exact = {"minItems": size, "maxItems": size} if size >= 0 else {}
        schema = {"type": "array", "items": schema, **exact}
    return {"anyOf": [element, schema]} if spec.shape[1:] == (1,) else schema
