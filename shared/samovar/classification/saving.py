"""Label sets that are saved: each a model's folder, each change a version of its own."""

from __future__ import annotations  # of ports, which cost a start and do nothing

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from samovar.classification.head_files import HEAD, SavedHead, read_head, write_head
from samovar.errors import (
    InvalidInput,
    ModelExists,
    ModelFault,
    ModelNotFound,
    NotFound,
    StorageUnavailable,
)
from samovar.types import ModelSpec
from samovar.values import dataclass

if TYPE_CHECKING:
    from samovar.classification.places import ClassifierFolders
    from samovar.ports import ModelStore

PROGRAM = "classifier"
NAME_PATTERN = "[A-Za-z][A-Za-z0-9._-]{0,63}"  # a number would be taken for a version
_NAME = re.compile(NAME_PATTERN)
_LONGEST_TITLE, _LONGEST_DESCRIPTION = 200, 4000  # characters
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Titles:
    """What people are told of a classifier. Raises InvalidInput for one that is too long."""

    title: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        for what, text, most in (
            ("title", self.title, _LONGEST_TITLE),
            ("description", self.description, _LONGEST_DESCRIPTION),
        ):
            if len(text) > most:
                raise InvalidInput(f"'{what}' has {len(text)} characters; {most} are allowed")


@dataclass(frozen=True, slots=True)
class Classifier:
    """A saved label set in one of its versions."""

    spec: ModelSpec
    version: str
    versions: tuple[str, ...]
    saved: SavedHead


class Classifiers:
    """The label sets of a deployment; `forget` is told of names that have changed."""

    def __init__(
        self, store: ModelStore, folders: ClassifierFolders, forget: Callable[[str], None]
    ) -> None:
        self._store = store
        self._folders = folders
        self._forget = forget

    def create(self, name: str, titles: Titles, saved: SavedHead) -> Classifier:
        """A new classifier. Raises ModelExists, InvalidInput."""
        check_name(name)
        if self._kind(name) != "":
            raise ModelExists(_taken(name))
        version = self._folders.last(name) + 1
        if not self._folders.add(name, version, _manifest(titles, saved), write_head(saved)):
            raise ModelExists(_taken(name))
        self._forget(name)
        return self.find(name)

    def change(self, name: str, titles: Titles, saved: SavedHead) -> Classifier:
        """A new version of a classifier, or its first; the newest where nothing would change.

        Raises ModelExists for a name of another kind of model, InvalidInput.
        """
        check_name(name)
        kind = self._kind(name)
        if kind not in ("", PROGRAM):
            raise ModelExists(f"'{name}' is a model of another kind, which stays as it is")
        head, manifest = write_head(saved), _manifest(titles, saved)
        for _ in range(_TRIES):
            if kind and self._is(name, titles, head):
                return self.find(name)
            if self._folders.add(name, self._folders.last(name) + 1, manifest, head):
                self._forget(name)
                return self.find(name)
        raise StorageUnavailable(f"others are saving '{name}' at the same time: try again")

    def find(self, name: str, version: str = "") -> Classifier:
        """A classifier in one version, the newest where none is named. Raises NotFound."""
        spec = self._spec(name)
        versions = self._store.versions(name)
        chosen = version or (versions[-1] if versions else "")
        files = self._store.fetch(name, chosen)
        return Classifier(spec, chosen, versions, read_head(files.read(HEAD)))

    def remove(self, name: str) -> None:
        """Take a classifier away. Raises ModelNotFound where there is none of that name."""
        self._spec(name)
        if not self._folders.last(name):
            raise ModelNotFound(f"'{name[:128]}' was not saved here: it came with the deployment")
        self._folders.remove(name)
        self._forget(name)

    def names(self) -> list[str]:
        """The names of all classifiers, sorted."""
        return [name for name in self._store.names() if self._kind(name) == PROGRAM]

    def _is(self, name: str, titles: Titles, head: bytes) -> bool:
        """Whether the newest version says the very same."""
        try:
            found = self.find(name)
        except (NotFound, ModelFault):
            return False
        own = Titles(found.spec.title, found.spec.description)
        return own == titles and write_head(found.saved) == head

    def _spec(self, name: str) -> ModelSpec:
        if self._kind(name) != PROGRAM:
            raise ModelNotFound(f"there is no classifier '{name[:128]}'; GET /v1/classifiers lists")
        return self._store.spec(name)

    def _kind(self, name: str) -> str:
        """The program of the model of a name, "?" of one that is broken; "" where there is none.

        A classifier without a version was never saved to its end: its name is free.
        """
        try:
            spec = self._store.spec(name)
            unsaved = spec.program.name == PROGRAM and not self._store.versions(name)
        except ModelNotFound:
            return ""
        except ModelFault:
            return "?"
        return "" if unsaved else spec.program.name


def check_name(name: str) -> None:
    """Raises InvalidInput for what cannot be a saved model's name: it stands in a path."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{name[:80]!r} is no name for a model: letters, digits, '.', '_' and '-' only, 64 at"
            " most, and first a letter"
        )


def _taken(name: str) -> str:
    return (
        f"there is a model '{name}' already: PUT /v1/classifiers/{name} saves a new version of a"
        " classifier"
    )


def _manifest(titles: Titles, saved: SavedHead) -> bytes:
    """The model.toml of every version of a classifier.

    Its example shows how it is asked; what is answered depends on the version.
    """
    shown = saved.label_head.labels[0]
    lines = [
        'task = "text-classification"',
        f"title = {_quoted(titles.title)}",
        f"description = {_quoted(titles.description)}",
        'lane = "light"',
        'origin = "a label set, saved by a client"',
        "",
        "[input]",
        'kind = "text"',
        "",
        "[program]",
        f'name = "{PROGRAM}"',
        "runners = {}",
        "",
        "[[examples]]",
        'name = "the name of a label"',
        f"text = {_quoted(shown)}",
        "expect = {}",
        "",
    ]
    return "\n".join(lines).encode()


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
