"""Tables from a manifest → frozen dataclasses, with every fault of a table found at once."""

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from samovar.types import Fault

if TYPE_CHECKING:
    from dataclasses import Field


class ParamError(ValueError):
    """A parameter whose value is wrong though its type is right; `key` is the parameter."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def build_dataclass(cls: type[Any], params: Mapping[str, Any]) -> Any:
    """An instance of a frozen dataclass, or the list of Faults in its parameters."""
    from dataclasses import fields

    known = {field.name: field for field in fields(cls) if field.init}
    faults = [
        Fault(key, f"unknown parameter {key!r}; known: {', '.join(sorted(known)) or 'none'}")
        for key in params
        if key not in known
    ]
    faults += [
        Fault("", f"parameter {name!r} is missing")
        for name, field in known.items()
        if _required(field) and name not in params
    ]
    hints = _hints(cls)
    values = {}
    for key in params.keys() & known.keys():
        try:
            values[key] = convert(params[key], hints[key])
        except ValueError as error:
            faults.append(Fault(key, f"{key!r} {error}"))
    if faults:
        return faults
    try:
        return cls(**values)
    except ParamError as error:
        return [Fault(error.key, f"{error.key!r} {error}")]


def convert(value: Any, hint: Any) -> Any:
    """`value` as the type that `hint` names; raises ValueError with what was expected."""
    origin, args = get_origin(hint), get_args(hint)
    if hint is Any:
        return value
    if origin in (Union, UnionType):
        return _convert_union(value, args)
    if origin is Literal:
        if any(value == arg and type(value) is type(arg) for arg in args):  # 0 is not false here
            return value
        raise ValueError(f"must be one of {', '.join(map(repr, args))}, not {value!r}")
    if origin is tuple:
        return _convert_tuple(value, args)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            raise ValueError(f"must be a table, not {value!r}")
        return {str(key): convert(item, args[1]) for key, item in value.items()}
    if hasattr(hint, "__dataclass_fields__"):
        return _convert_dataclass(value, hint)
    return _convert_scalar(value, hint)


def _convert_dataclass(value: Any, cls: Any) -> Any:
    if not isinstance(value, Mapping):
        raise ValueError(f"must be a table, not {value!r}")
    built = build_dataclass(cls, value)
    if isinstance(built, list):
        raise ValueError("has faults: " + "; ".join(fault.message for fault in built))
    return built


def _convert_union(value: Any, options: tuple[Any, ...]) -> Any:
    if value is None and NoneType in options:
        return None
    said = []
    for option in options:
        if option is not NoneType:
            try:
                return convert(value, option)
            except ValueError as error:
                said.append(str(error))
    raise ValueError(", or ".join(said))


def _convert_tuple(value: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"must be a list, not {value!r}")
    if args[-1] is Ellipsis:
        return tuple(convert(item, args[0]) for item in value)
    if len(value) != len(args):
        raise ValueError(f"must have {len(args)} elements, not {len(value)}")
    return tuple(convert(item, hint) for item, hint in zip(value, args, strict=True))


def _convert_scalar(value: Any, hint: type) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, hint) and (hint is bool or not isinstance(value, bool)):
        return value
    name = {int: "a whole number", float: "a number", str: "a string", bool: "true or false"}
    raise ValueError(f"must be {name.get(hint, hint.__name__)}, not {value!r}")


def _required(field: "Field[Any]") -> bool:
    from dataclasses import MISSING

    return field.default is MISSING and field.default_factory is MISSING


def _hints(cls: type[Any]) -> dict[str, Any]:
    hints: dict[str, Any] = get_type_hints(cls)
    return hints
