"""What every CollectionStore promises: a dictionary, a folder, S3 by moto and by ministack."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from samovar.adapters.folder_collections import FolderCollections
from samovar.adapters.memory_collections import MemoryCollections
from samovar.adapters.s3_collections import S3Collections
from samovar.errors import CollectionConflict, StorageUnavailable
from samovar.search.store import CollectionStore

from tests.contract.buckets import new_bucket
from tests.contract.conftest import aws_client
from tests.contract.places import CLOUDS


@pytest.fixture(
    params=[
        "memory",
        "folder",
        *CLOUDS,
    ]
)
def store(
    request: pytest.FixtureRequest, tmp_path: Path, clouds: Callable[[str, str], Any]
) -> CollectionStore:
    if request.param == "memory":
        return MemoryCollections()
    if request.param == "folder":
        return FolderCollections(tmp_path / "made" / "when-needed")
    client = clouds(request.param, "s3")
    return S3Collections(client, new_bucket(client))


def test_what_was_put_is_there_under_its_tag(store: CollectionStore) -> None:
    assert store.get("notes") is None
    tag = store.put("notes", b"first")
    found = store.get("notes")
    assert found is not None
    assert (found.name, found.tag, found.size, found.body) == ("notes", tag, 5, b"first")


def test_what_is_known_is_not_sent_again(store: CollectionStore) -> None:
    tag = store.put("notes", b"first")
    same = store.get("notes", tag)
    assert same is not None
    assert (same.tag, same.body) == (tag, b"")
    store.put("notes", b"second")
    other = store.get("notes", tag)
    assert other is not None
    assert (other.tag != tag, other.body) == (True, b"second")


def test_a_write_over_what_is_expected_is_made_and_any_other_is_refused(
    store: CollectionStore,
) -> None:
    first = store.put("notes", b"first", "")
    for wrong in ("", "0123456789abcdef0123456789abcdef"):
        with pytest.raises(CollectionConflict):
            store.put("notes", b"lost", wrong)
    second = store.put("notes", b"second", first)
    with pytest.raises(CollectionConflict):
        store.put("notes", b"late", first)
    found = store.get("notes")
    assert found is not None
    assert (found.tag, found.body) == (second, b"second")
    store.put("notes", b"whatever")


def test_what_is_gone_is_not_written_over(store: CollectionStore) -> None:
    tag = store.put("notes", b"first")
    assert store.delete("notes") is True
    assert store.delete("notes") is False
    with pytest.raises(CollectionConflict):
        store.put("notes", b"second", tag)
    assert store.get("notes", tag) is None


def test_all_are_listed_by_name_with_their_sizes(store: CollectionStore) -> None:
    assert list(store.kept()) == []
    tags = {name: store.put(name, b"x" * size) for name, size in (("b.1", 3), ("a", 2), ("c-c", 1))}
    found = store.kept()
    assert [(each.name, each.size) for each in found] == [("a", 2), ("b.1", 3), ("c-c", 1)]
    assert {each.name: each.tag for each in found} == tags


def test_of_writers_at_the_same_time_one_wins(store: CollectionStore) -> None:
    tag, done, together = store.put("notes", b"0"), [], threading.Barrier(4)

    def write(number: int) -> None:
        together.wait()
        try:
            done.append(store.put("notes", b"%d" % number, tag))
        except CollectionConflict:
            return

    writers = [threading.Thread(target=write, args=(number,)) for number in range(1, 5)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = store.get("notes")
    assert found is not None
    assert done == [found.tag]


def test_a_bucket_that_does_not_answer_is_a_storage_that_does_not(closed_port: int) -> None:
    client = aws_client("s3", f"http://127.0.0.1:{closed_port}")
    store = S3Collections(client, "data")
    for call in (
        lambda: store.get("notes"),
        lambda: store.put("notes", b""),
        lambda: store.delete("notes"),
        store.kept,
    ):
        with pytest.raises(StorageUnavailable):
            call()


def test_a_folder_that_is_none_is_a_storage_that_does_not_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    store = FolderCollections(tmp_path / "file")
    for call in (lambda: store.get("notes"), lambda: store.put("notes", b"")):
        with pytest.raises(StorageUnavailable, match="the folder file"):
            call()


def test_nothing_is_left_beside_what_was_put(tmp_path: Path) -> None:
    store = FolderCollections(tmp_path)
    for number in range(3):
        store.put("notes", b"%d" % number)
    assert sorted(each.name for each in tmp_path.iterdir()) == [".lock", "notes.set"]
