"""Saved label sets: a name is taken once, a change is a version, and nothing else is touched."""

from pathlib import Path

import pytest
from samovar.adapters.directory import ModelStores
from samovar.adapters.memory import MemoryStore
from samovar.adapters.memory_classifiers import MemoryClassifiers
from samovar.classification.saving import Classifiers, Titles, check_name
from samovar.errors import (
    InvalidInput,
    ModelExists,
    ModelNotFound,
    StorageUnavailable,
    VersionNotFound,
)
from samovar.types import ModelSpec

from tests.unit.classification.test_head_files import saved

DEPLOYED = {
    "sense/model.toml": b'task = "text-embedding"\n[input]\nkind = "text"\n',
    "sense/1/model.onnx": b"",
    "broken/model.toml": b"titel = 1\n",
    "broken/1/model.onnx": b"",
    "came/model.toml": b'[input]\nkind = "text"\n[program]\nname = "classifier"\nrunners = {}\n',
    "came/1/head.json": b"{}",
}


class House:
    """Models that were deployed, classifiers beside them, and who was told of changes."""

    def __init__(self, scratch: Path) -> None:
        self.folders = MemoryClassifiers()
        self.told: list[str] = []
        self._scratch = scratch

    @property
    def classifiers(self) -> Classifiers:
        return Classifiers(self._store(), self.folders, self.told.append)

    def _store(self) -> ModelStores:
        deployed = MemoryStore(DEPLOYED, self._scratch / "a")
        return ModelStores([deployed, self.folders.store(self._scratch / "b")])


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_classifier_is_found_as_it_was_saved(house: House) -> None:
    made = house.classifiers.create("todo", Titles("To-dos", 'say "when"\n\x7f'), saved())
    assert (made.version, made.versions) == ("1", ("1",))
    assert made.spec.title == "To-dos"
    assert made.spec.description == 'say "when"\n\x7f'
    assert made.saved.label_head.labels == ("a", "b", "ß")
    assert house.classifiers.names() == ["came", "todo"]
    assert house.told == ["todo"]


@pytest.mark.parametrize("name", ["todo", "sense", "broken", "came"])
def test_a_name_that_is_taken_is_a_conflict(house: House, name: str) -> None:
    house.classifiers.create("todo", Titles(), saved())
    before = dict(house.folders.files)
    with pytest.raises(ModelExists, match="already"):
        house.classifiers.create(name, Titles(), saved(1))
    assert house.folders.files == before


@pytest.mark.parametrize("name", ["sense", "broken"])
def test_models_of_other_kinds_are_neither_changed_nor_removed(house: House, name: str) -> None:
    with pytest.raises(ModelExists, match="of another kind"):
        house.classifiers.change(name, Titles(), saved())
    with pytest.raises(ModelNotFound):
        house.classifiers.remove(name)
    assert house.folders.files == {}


def test_what_came_with_the_deployment_is_not_removed(house: House) -> None:
    with pytest.raises(ModelNotFound, match="came with the deployment"):
        house.classifiers.remove("came")


def test_a_change_is_a_version_and_no_change_is_none(house: House) -> None:
    assert house.classifiers.change("todo", Titles(), saved()).version == "1"
    assert house.classifiers.change("todo", Titles(), saved()).version == "1"
    assert house.classifiers.change("todo", Titles(), saved(1)).version == "2"
    assert house.classifiers.change("todo", Titles("New"), saved(1)).version == "3"
    assert house.classifiers.find("todo", "1").saved.label_head.share == 0.05
    assert house.told == ["todo"] * 3


def test_one_that_was_removed_may_be_made_again_under_a_new_number(house: House) -> None:
    house.classifiers.create("todo", Titles(), saved())
    house.classifiers.remove("todo")
    with pytest.raises(ModelNotFound):
        house.classifiers.find("todo")
    with pytest.raises(ModelNotFound):
        house.classifiers.remove("todo")
    assert house.classifiers.create("todo", Titles(), saved()).version == "2"


def test_a_version_that_is_not_there_is_not_found(house: House) -> None:
    house.classifiers.create("todo", Titles(), saved())
    with pytest.raises(VersionNotFound):
        house.classifiers.find("todo", "9")


def test_two_that_change_it_at_once_both_have_a_version(house: House) -> None:
    house.classifiers.create("todo", Titles(), saved())
    first = house.folders.last

    def late(name: str) -> int:
        house.folders.last = first  # type: ignore[method-assign]  # as if nobody had come between
        found = first(name)
        house.folders.add(name, found + 1, b"", b"of somebody else")
        return found

    house.folders.last = late  # type: ignore[method-assign]  # somebody writes after it was asked
    assert house.classifiers.change("todo", Titles("New"), saved(1)).version == "3"


def test_who_never_gets_a_turn_is_told_to_try_again(house: House) -> None:
    house.folders.add = lambda *_: False  # type: ignore[method-assign]  # others are always faster
    with pytest.raises(StorageUnavailable, match="try again"):
        house.classifiers.change("todo", Titles(), saved())


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "-a", ".a", "a b", "ä", "a" * 65, "a\n"])
def test_what_can_be_no_folder_is_no_name(name: str) -> None:
    with pytest.raises(InvalidInput, match="no name for a model"):
        check_name(name)


def test_titles_have_an_end() -> None:
    with pytest.raises(InvalidInput, match="'title' has 201 characters"):
        Titles("x" * 201)
    assert Titles("x" * 200, "y" * 4000)


def test_a_saved_models_manifest_is_a_texts(house: House) -> None:
    spec = house.classifiers.create("todo", Titles(), saved()).spec
    assert isinstance(spec, ModelSpec)
    assert (spec.task, spec.lane, spec.input.kind) == ("text-classification", "light", "text")
    assert spec.examples[0].payload.body == b"a", "how it is asked: the name of a label"
