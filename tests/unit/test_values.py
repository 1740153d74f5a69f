"""Our dataclass is the standard library's, but for the time that it takes to make one."""

import copy
import dataclasses
import pickle
from types import ModuleType
from typing import Any, ClassVar

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar import values


def classes(module: ModuleType) -> dict[str, Any]:
    """Classes of every shape that is used here, by one module's decorator."""
    decorator, field = module.dataclass, module.field

    @decorator(frozen=True, slots=True)
    class Frozen:
        """A value."""

        kind: ClassVar[str] = "frozen"
        name: str
        size: int = 3
        parts: tuple[int, ...] = field(default_factory=tuple)
        note: str = field(default="", repr=False, compare=False)
        made: str = field(init=False)
        fixed: int = field(default=7, init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "made", self.name * 2)

        @property
        def double(self) -> int:
            return self.size * 2

    @decorator(slots=True)
    class Open:
        name: str
        seen: list[int] = field(default_factory=list)

    @decorator(frozen=True, slots=True)
    class Empty:
        pass

    @decorator(frozen=True, slots=True)
    class Single:
        value: Any

        def __repr__(self) -> str:
            return "single"

    @decorator(frozen=True, slots=True)
    class Child(Single):
        more: int = 0

    return {cls.__name__: cls for cls in (Frozen, Open, Empty, Single, Child)}


OURS, THEIRS = classes(values), classes(dataclasses)
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "Frozen": ("a", 4, (1, 2), "n"),
    "Open": ("a", [1]),
    "Empty": (),
    "Single": ("v",),
    "Child": ("v", 2),
}


def test_a_field_of_the_standard_librarys_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="from samovar"):

        @values.dataclass(frozen=True, slots=True)
        class Mixed:
            name: str = dataclasses.field(default="")


def told(value: Any) -> str:
    return repr(value)


@pytest.mark.parametrize("name", OURS)
def test_a_value_says_equals_and_hashes_as_the_standard_librarys_does(name: str) -> None:
    ours, theirs = (made[name](*ARGUMENTS[name]) for made in (OURS, THEIRS))
    assert told(ours) == told(theirs)
    assert ours == OURS[name](*ARGUMENTS[name])
    assert ours != theirs
    assert ours != 0
    if name == "Open":
        with pytest.raises(TypeError):
            hash(ours)
    else:
        assert hash(ours) == hash(theirs)
    assert OURS[name].__match_args__ == THEIRS[name].__match_args__
    assert not hasattr(ours, "__dict__")


@pytest.mark.parametrize("name", OURS)
def test_the_standard_library_knows_our_classes(name: str) -> None:
    ours, theirs = (made[name](*ARGUMENTS[name]) for made in (OURS, THEIRS))
    assert dataclasses.is_dataclass(ours)
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert dataclasses.astuple(ours) == dataclasses.astuple(theirs)
    shown = [
        [(f.name, f.type, f.default, f.init, f.repr, f.compare) for f in dataclasses.fields(cls)]
        for cls in (OURS[name], THEIRS[name])
    ]
    assert shown[0] == shown[1]
    assert OURS[name].__dataclass_params__.frozen == THEIRS[name].__dataclass_params__.frozen
    assert orjson.dumps(ours) == orjson.dumps(theirs)
    assert copy.copy(ours) == copy.deepcopy(ours) == ours


def test_what_is_asked_first_makes_no_difference() -> None:
    assert classes(values)["Frozen"].__dataclass_params__.frozen
    assert dataclasses.replace(classes(values)["Single"](1), value=2).value == 2


def test_a_value_can_be_changed_only_by_making_another() -> None:
    ours = OURS["Frozen"]("a")
    for change in (lambda: setattr(ours, "name", "b"), lambda: setattr(ours, "other", 1)):
        with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field"):
            change()
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field"):
        del ours.name
    assert dataclasses.replace(ours, size=9).double == 18
    fresh = OURS["Open"]("a")
    fresh.seen.append(1)
    assert OURS["Open"]("a").seen == []
    fresh.name = "b"
    assert fresh.name == "b"


@pytest.mark.parametrize("arguments", [(), ("a", 1, (), "n", 5)])
def test_wrong_arguments_are_refused_in_the_same_words(arguments: tuple[Any, ...]) -> None:
    said = []
    for made in (OURS, THEIRS):
        with pytest.raises(TypeError) as caught:
            made["Frozen"](*arguments)
        said.append(str(caught.value))
    assert said[0] == said[1]


@values.dataclass(frozen=True, slots=True)
class Kept:
    """A value that can be found by its name, as pickle wants it."""

    name: str
    size: int = 0


@given(st.text(), st.integers())
def test_values_survive_a_pickle(name: str, size: int) -> None:
    kept = Kept(name, size)
    assert pickle.loads(pickle.dumps(kept)) == kept


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()


@given(st.lists(scalars, min_size=2, max_size=2), st.lists(scalars, min_size=2, max_size=2))
def test_two_values_are_equal_when_their_fields_are(one: list[Any], other: list[Any]) -> None:
    ours = OURS["Single"](one) == OURS["Single"](other)
    assert ours == (THEIRS["Single"](one) == THEIRS["Single"](other))
    assert (Kept(*one) == Kept(*other)) == (one == other)
    if Kept(*one) == Kept(*other):
        assert hash(Kept(*one)) == hash(Kept(*other))
