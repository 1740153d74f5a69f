"""What every place for classifiers promises: in memory, in a folder, in a bucket."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from samovar.adapters.classifier_folders import FolderClassifiers
from samovar.adapters.directory import DirectoryStore
from samovar.adapters.memory_classifiers import MemoryClassifiers
from samovar.adapters.s3 import S3Store
from samovar.adapters.s3_classifiers import S3Classifiers
from samovar.classification.head_files import HEAD
from samovar.classification.places import ClassifierFolders
from samovar.errors import ModelNotFound, StorageUnavailable
from samovar.layout import CLASSIFIERS
from samovar.ports import ModelStore

from tests.contract.conftest import s3_client

MANIFEST = b'title = "One"\n[input]\nkind = "text"\n[program]\nname = "classifier"\nrunners = {}\n'
OTHER = MANIFEST.replace(b"One", b"Two")


class Place(NamedTuple):
    """Where classifiers are written, and the store that reads them."""

    folders: ClassifierFolders
    store: Callable[[], ModelStore]


@pytest.fixture(params=["memory", "directory", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "memory":
        memory = MemoryClassifiers()
        return Place(memory, lambda: memory.store(tmp_path))
    if request.param == "directory":
        root = tmp_path / "models"
        return Place(FolderClassifiers(root), lambda: DirectoryStore(root))
    client, bucket = request.getfixturevalue("client"), request.getfixturevalue("bucket")
    folders = S3Classifiers(client, bucket, CLASSIFIERS)
    return Place(folders, lambda: S3Store(client, bucket, CLASSIFIERS, tmp_path))


def head(place: Place, version: str) -> bytes:
    return place.store().fetch("todo", version).read(HEAD)


def test_a_version_is_a_models(place: Place) -> None:
    assert place.folders.last("todo") == 0
    assert place.folders.add("todo", 1, MANIFEST, b"one")
    assert place.store().names() == ("todo",)
    assert place.store().spec("todo").program.name == "classifier"
    assert place.store().versions("todo") == ("1",)
    assert head(place, "1") == b"one"
    assert place.folders.last("todo") == 1


def test_a_version_is_written_once(place: Place) -> None:
    assert place.folders.add("todo", 1, MANIFEST, b"one")
    assert not place.folders.add("todo", 1, OTHER, b"two")
    assert head(place, "1") == b"one"
    assert place.store().spec("todo").title == "One"


def test_a_later_version_changes_what_people_are_told_and_no_other_version(place: Place) -> None:
    place.folders.add("todo", 1, MANIFEST, b"one")
    assert place.folders.add("todo", 2, OTHER, b"two")
    assert place.store().versions("todo") == ("1", "2")
    assert (head(place, "1"), head(place, "2")) == (b"one", b"two")
    assert place.store().spec("todo").title == "Two"


def test_what_is_removed_is_gone_and_its_numbers_do_not_come_again(place: Place) -> None:
    place.folders.add("todo", 1, MANIFEST, b"one")
    place.folders.add("todo", 2, MANIFEST, b"two")
    place.folders.remove("todo")
    assert place.store().names() == ()
    with pytest.raises(ModelNotFound):
        place.store().spec("todo")
    assert place.folders.last("todo") == 2
    assert place.folders.add("todo", 3, OTHER, b"three")
    assert place.store().versions("todo") == ("3",)
    place.folders.remove("todo")
    assert place.folders.last("todo") == 3


def test_names_do_not_touch_each_other(place: Place) -> None:
    place.folders.add("todo", 1, MANIFEST, b"one")
    place.folders.add("todo-2", 7, MANIFEST, b"two")
    place.folders.remove("todo")
    assert place.store().names() == ("todo-2",)
    assert (place.folders.last("todo-2"), place.folders.last("other")) == (7, 0)


def test_removing_what_is_not_there_is_no_error(place: Place) -> None:
    place.folders.remove("todo")
    assert place.folders.last("todo") == 0


def test_of_those_that_write_a_version_at_once_one_has_written_it(place: Place) -> None:
    wrote: list[int] = []
    ready = threading.Barrier(4)

    def write(number: int) -> None:
        ready.wait()
        if place.folders.add("todo", 1, MANIFEST, b"%d" % number):
            wrote.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [b"%d" % number for number in wrote] == [head(place, "1")]


def test_a_folder_that_nobody_may_write_to_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "models").write_bytes(b"a file")
    folders = FolderClassifiers(tmp_path / "models")
    for ask in _asks(folders)[1:]:
        with pytest.raises(StorageUnavailable):
            ask()


def test_a_bucket_that_is_away_is_unavailable() -> None:
    folders = S3Classifiers(s3_client("http://127.0.0.1:9"), "bucket", CLASSIFIERS)
    for ask in _asks(folders):
        with pytest.raises(StorageUnavailable):
            ask()


def test_nothing_half_written_is_left_in_a_folder(tmp_path: Path) -> None:
    folders = FolderClassifiers(tmp_path)
    folders.add("todo", 1, MANIFEST, b"one")
    folders.add("todo", 1, MANIFEST, b"two")
    folders.add("todo", 2, MANIFEST, b"two")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["todo"]
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        "head.json",
        "head.json",
        "model.toml",
    ]


def test_a_writer_that_died_between_two_objects_leaves_a_name_without_versions(
    client: Any, bucket: str, tmp_path: Path
) -> None:
    client.put_object(Bucket=bucket, Key="classifiers/todo/model.toml", Body=MANIFEST)
    place = S3Classifiers(client, bucket, CLASSIFIERS)
    store = S3Store(client, bucket, CLASSIFIERS, tmp_path)
    assert store.versions("todo") == ()
    assert place.add("todo", place.last("todo") + 1, OTHER, b"one")
    assert store.spec("todo").title == "Two"


def _asks(folders: ClassifierFolders) -> list[Callable[[], Any]]:
    return [
        lambda: folders.last("todo"),
        lambda: folders.add("todo", 1, MANIFEST, b""),
        lambda: folders.remove("todo"),
    ]
