"""`dataclass`, as the standard library has it for the two kinds that are used here, made sooner.

`dataclasses.dataclass(frozen=True, slots=True)` compiles seven functions for each class: 0.4 ms,
and a function's cold start meets thirty classes. Here `__init__` alone is compiled, the others
are written once for all classes, and what `dataclasses.fields` and `replace` look at is made by
the standard library when they look. A type checker sees the standard library's own decorator, and
so does Python 3.14, which keeps annotations elsewhere: functions run on 3.13.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, get_origin

__all__ = ["dataclass", "field"]

if TYPE_CHECKING or sys.version_info >= (3, 14):
    from dataclasses import dataclass, field
else:

    def dataclass(*, frozen: bool = False, slots: bool) -> Callable[[type], type]:
        """The decorator. Classes whose bases have fields are left to the standard library."""

        def decorate(cls: type) -> type:
            inherits = any("__dataclass_fields__" in base.__dict__ for base in cls.__mro__[1:])
            if inherits or not slots:
                return _standard(cls, frozen=frozen, slots=slots)
            return _made(cls, frozen=frozen)

        return decorate

    def field(**said: Any) -> "_Field":
        """What a field is beside its type: as the standard library's `field`."""
        return _Field(**said)


class _Field:
    __slots__ = ("compare", "default", "default_factory", "init", "repr", "said")

    def __init__(self, **said: Any) -> None:
        self.said = said
        self.default = said.get("default", _New)
        self.default_factory = said.get("default_factory")
        self.init = said.get("init", True)
        self.repr = said.get("repr", True)
        self.compare = said.get("compare", True)


class _New:
    """Stands for a default that is made anew each time, or that there is none."""


Fields = Mapping[str, _Field]
Function = Callable[..., Any]
_PLAIN = _Field()
_ASKED = ("__dataclass_fields__", "__dataclass_params__")


def _made(cls: type, *, frozen: bool) -> type:
    """The class again with slots, which must be known when a class is made."""
    space = dict(cls.__dict__)
    annotations = space.get("__annotations__", {})
    names = [name for name, kind in annotations.items() if not _of_class(kind)]
    fields = {name: _field(space.pop(name, _New)) for name in names}
    for name in ("__dict__", "__weakref__"):
        space.pop(name, None)
    space["__slots__"] = tuple(names)
    space["__match_args__"] = tuple(name for name in names if fields[name].init)
    space |= {name: _Asked(annotations, fields, frozen=frozen) for name in _ASKED}
    for name, function in _functions(fields, frozen=frozen).items():
        space.setdefault(name, function)
    made: Any = type(cls)(cls.__name__, cls.__bases__, space)
    made.__qualname__ = cls.__qualname__
    made.__init__ = _init(made, fields, frozen=frozen)
    return made  # type: ignore[no-any-return]  # it is a class


def _of_class(kind: Any) -> bool:
    if isinstance(kind, str):
        return kind.startswith("ClassVar")
    return kind is ClassVar or get_origin(kind) is ClassVar


def _field(default: Any) -> _Field:
    if default is _New:
        return _PLAIN
    if type(default).__module__ == "dataclasses":
        raise TypeError("take `field` from samovar.values, as its dataclass")
    return default if isinstance(default, _Field) else _Field(default=default)


def _standard(cls: type, **said: bool) -> type:
    """The standard library's dataclass of a class that may have fields of ours in its body."""
    import dataclasses

    for name, value in list(cls.__dict__.items()):
        if isinstance(value, _Field):
            setattr(cls, name, dataclasses.field(**value.said))
    made: type = dataclasses.dataclass(**said)(cls)
    return made


class _Asked:
    """What the standard library asks a dataclass for: made when it asks, and left there then."""

    def __init__(self, annotations: Mapping[str, Any], fields: Fields, *, frozen: bool) -> None:
        self._space, self._frozen = {"__annotations__": annotations, **fields}, frozen
        self._owner: Any = None
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._owner, self._name = owner, name

    def __get__(self, instance: object, owner: type) -> Any:
        made = _standard(type("Asked", (), dict(self._space)), frozen=self._frozen)
        found = getattr(made, self._name)
        setattr(self._owner, self._name, found)
        return found


def _init(cls: type, fields: Fields, *, frozen: bool) -> Function:
    """`__init__`, which alone must be fast: it goes past the guard of a frozen class."""
    space: dict[str, Any] = {"_new": _New}
    head, body = ["self"], []
    for name, field in fields.items():
        value = name
        if field.default is not _New:
            space[f"_of_{name}"] = field.default
            value = name if field.init else f"_of_{name}"
        elif field.default_factory is not None:
            space[f"_make_{name}"], space[f"_of_{name}"] = field.default_factory, _New
            value = f"_make_{name}()" + (f" if {name} is _new else {name}" if field.init else "")
        elif not field.init:
            continue  # __post_init__ gives it
        if field.init:
            head.append(f"{name}=_of_{name}" if f"_of_{name}" in space else name)
        space[f"_set_{name}"] = cls.__dict__[name].__set__
        body.append(f"_set_{name}(self, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    source = "\n ".join([f"def __init__({', '.join(head)}):", *(body or ["pass"])])
    exec(source, space)  # noqa: S102 - names of fields, from our own sources
    made: Function = space["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _functions(fields: Fields, *, frozen: bool) -> Mapping[str, Any]:
    """What every class has beside `__init__`."""
    compared = [name for name, field in fields.items() if field.compare]
    values = _values(compared)

    def equals(self: Any, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values(self) == values(other)

    def hashed(self: Any) -> int:
        return hash(values(self))

    def said(self: Any) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{self.__class__.__qualname__}({values})"

    shown = [name for name, field in fields.items() if field.repr]
    found: dict[str, Any] = {
        "__eq__": equals,
        "__hash__": hashed if frozen else None,
        "__repr__": said,
    }
    return {**found, **_FROZEN} if frozen else found


def _values(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


def _refuse(self: Any, name: str, *value: Any) -> None:  # noqa: ARG001 - a slot's signature
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot {'assign to' if value else 'delete'} field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, name) for name in self.__slots__]


def _restore(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__slots__, state, strict=True):
        object.__setattr__(self, name, value)


_FROZEN: Mapping[str, Function] = {
    "__setattr__": _refuse,
    "__delattr__": _refuse,
    "__getstate__": _state,
    "__setstate__": _restore,
}
