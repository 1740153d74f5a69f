"""Collections: what is searched is what was sent, whoever writes at the same time."""

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.adapters.memory_collections import MemoryCollections
from samovar.errors import (
    CollectionConflict,
    CollectionCorrupt,
    CollectionNotFound,
    CollectionStale,
    InvalidInput,
    PayloadTooLarge,
)
from samovar.frozen import replace
from samovar.search import changing
from samovar.search import collections as use_cases
from samovar.search.asks import read_change, read_search
from samovar.search.changing import Reader
from samovar.search.collections import Collections
from samovar.service import Service
from samovar.types import Payload

from tests.tiny_embedder import FIELDS

TEXTS = {
    "t": "tea from the samovar",
    "l": "a loan of the bank",
    "w": "water the rose",
    "h": "a hotel and a train ticket",
}
DOCUMENTS = [{"id": key, "text": text, "metadata": {"id": key}} for key, text in TEXTS.items()]


class World:
    """Collections over a dictionary, and what was asked of the model."""

    def __init__(self, sense: Service) -> None:
        self.store = MemoryCollections()
        self.collections = Collections(self.store)
        self.asked = 0
        self._sense = sense
        self.reader = Reader(replace(sense.spec("sense"), files={}), self._predict)

    def _predict(self, model: str, version: str, payload: Payload) -> Payload:
        self.asked += payload.body.count(b'"text"')
        return self._sense.predict(model, version, payload)

    def readers(self, model: str) -> Reader:
        assert model == "sense"
        return self.reader

    def put(self, *documents: Any, **more: Any) -> Any:
        change = read_change({"documents": list(documents or DOCUMENTS)})
        return self.collections.put(
            "set", change, self.reader, more.pop("precision", "int8"), **more
        )

    def change(self, **said: Any) -> Any:
        return self.collections.change("set", read_change(said), self.readers)

    def search(self, query: str, **said: Any) -> list[Any]:
        ask = read_search({"query": query, **said})
        found: list[Any] = self.collections.search("set", ask, self.readers)["results"]
        return found

    def ids(self, query: str, **said: Any) -> list[str]:
        return [one["id"] for one in self.search(query, **said)]


@pytest.fixture
def world(sense: Service) -> World:
    return World(sense)


@pytest.mark.parametrize("precision", ["float16", "int8", "float32"])
@pytest.mark.parametrize(("query", "key"), [("coffee", "t"), ("invoice", "l"), ("plant", "w")])
def test_what_means_much_the_same_is_found_first(
    world: World, precision: str, query: str, key: str
) -> None:
    world.put(precision=precision)
    found = world.search(query)
    assert found[0]["id"] == key
    assert (found[0]["text"], found[0]["metadata"]) == (TEXTS[key], {"id": key})
    assert [one["score"] for one in found] == sorted((o["score"] for o in found), reverse=True)


def test_results_are_as_many_as_good_and_of_such_as_are_asked_for(world: World) -> None:
    world.put()
    assert world.ids("coffee", top_k=1) == ["t"]
    assert world.ids("coffee", min_score=0.5) == ["t"]
    assert world.ids("coffee", filter={"id": ["w", "l"]})[0] in "wl"
    assert world.ids("coffee", filter={"id": "nobody"}) == []


def test_a_word_that_no_model_knows_is_found_where_words_decide(world: World) -> None:
    world.put(*DOCUMENTS, {"id": "o", "text": "an order with number KX-9914"})
    assert world.ids("kx 9914", by="words") == ["o"]
    assert world.ids("KX-9914", by="both", top_k=1) == ["o"]
    assert world.ids("kx", by="words", filter={"id": "t"}) == []
    world.change(documents=[{"id": "p", "text": "another KX"}])
    assert set(world.ids("kx", by="words")) == {"o", "p"}


def test_a_long_document_is_found_by_any_of_its_passages(world: World) -> None:
    long = "bank loan price invoice " * 20 + "rose plant soil water " * 3
    world.put({"id": "long", "text": long}, *DOCUMENTS[:2])
    assert world.ids("rose")[0] == "long"
    assert world.ids("rose").count("long") == 1


def test_a_change_reads_only_what_is_new(world: World) -> None:
    world.put()
    world.asked = 0
    world.change(documents=[{"id": "v", "text": "visa"}, {"id": "l", "text": "cup"}], delete=["w"])
    assert world.asked == 2
    assert sorted(world.ids("visa")) == ["h", "l", "t", "v"]
    assert world.ids("visa")[0] == "v"
    assert set(world.ids("coffee", top_k=2)) == {"t", "l"}


def test_a_collection_never_becomes_empty(world: World) -> None:
    with pytest.raises(InvalidInput, match="at least one document"):
        world.collections.put("set", read_change({}), world.reader, "int8")
    world.put(DOCUMENTS[0])
    with pytest.raises(InvalidInput, match="or delete it"):
        world.change(delete=["t"])
    assert world.ids("tea") == ["t"]


def test_what_is_deleted_is_gone_from_every_process(world: World) -> None:
    world.put()
    other = Collections(world.store)
    assert other.held("set").collection.documents[0].id == "t"
    world.collections.delete("set")
    for each in (world.collections, other):
        with pytest.raises(CollectionNotFound):
            each.held("set")
        with pytest.raises(CollectionNotFound):
            each.delete("set")


def test_another_process_sees_a_change_at_once(world: World) -> None:
    world.put()
    other = Collections(world.store)
    assert len(other.held("set").collection.documents) == 4
    world.change(delete=["t"])
    assert len(other.held("set").collection.documents) == 3


def test_what_has_not_changed_is_not_read_again(world: World) -> None:
    world.put()
    other = Collections(world.store)
    assert other.held("set").collection is other.held("set").collection


def test_a_write_over_another_tag_than_is_there_is_refused(world: World) -> None:
    first = world.put(expected="")
    with pytest.raises(CollectionConflict):
        world.put(expected="")
    world.change(delete=["t"])
    with pytest.raises(CollectionConflict):
        world.put(expected=first.tag)
    change = read_change({"delete": ["l"]})
    with pytest.raises(CollectionConflict):
        world.collections.change("set", change, world.readers, first.tag)
    assert len(world.collections.held("set").collection.documents) == 3


def test_changes_at_the_same_time_are_all_kept(world: World) -> None:
    world.put()
    errors: list[Exception] = []

    def add(number: int) -> None:
        try:
            world.change(documents=[{"id": f"n{number}", "text": f"tea number {number}"}])
        except CollectionConflict as error:
            errors.append(error)

    writers = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    ids = {each.id for each in world.collections.held("set").collection.documents}
    assert len(ids) + len(errors) == 8
    assert not errors


def test_who_never_gets_through_is_told_so(world: World) -> None:
    world.put()

    def meanwhile(name: str) -> Reader:
        body = world.store.get("set")
        assert body is not None
        world.store.put("set", body.body + b"x")
        world.store.put("set", body.body)
        return world.reader

    class Busy(MemoryCollections):
        def put(self, name: str, body: bytes, expected: str | None = None) -> str:
            raise CollectionConflict("somebody was faster")

    busy = Busy()
    busy._bodies = world.store._bodies
    with pytest.raises(CollectionConflict, match="was changed meanwhile"):
        Collections(busy).change("set", read_change({"delete": ["t"]}), meanwhile)


def test_a_model_that_has_changed_is_noticed_and_reads_all_again(world: World) -> None:
    world.put()
    spec = replace(world.reader.spec, files={"1/model.onnx": "another"})
    world.reader = Reader(spec, world.reader.predict)
    with pytest.raises(CollectionStale, match=r"POST \{\} to its"):
        world.search("tea")
    world.asked = 0
    world.change()
    assert world.asked == 4
    assert world.ids("coffee")[0] == "t"


def test_a_file_that_was_changed_by_hand_is_not_searched(world: World) -> None:
    world.put()
    kept = world.store.get("set")
    assert kept is not None
    world.store.put("set", kept.body[:-1] + b"]"[:0])
    with pytest.raises(CollectionCorrupt):
        Collections(world.store).held("set")


def test_what_is_too_large_says_what_would_do(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changing, "MAX_DOCUMENTS", 4)
    world.put()
    with pytest.raises(PayloadTooLarge, match="4 documents at most, this would have 5"):
        world.change(documents=["one more"])
    monkeypatch.setattr(use_cases, "MAX_FILE_BYTES", 100)
    with pytest.raises(PayloadTooLarge, match="use precision int8"):
        world.put()


def test_memory_holds_what_was_asked_of_late(sense: Service) -> None:
    world = World(sense)
    world.put()
    size = world.collections.held("set").nbytes
    few = Collections(world.store, memory_bytes=size)
    body = world.store.get("set")
    assert body is not None
    world.store.put("other", body.body)
    first = few.held("set").collection
    few.held("other")
    assert few.held("set").collection is not first
    none = Collections(world.store, memory_bytes=size - 1)
    assert len(none.held("set").collection.documents) == 4


words = st.sampled_from([word for field in FIELDS.values() for word in field])
texts = st.lists(words, min_size=1, max_size=20).map(" ".join)
changes = st.tuples(
    st.dictionaries(st.sampled_from("abcdef"), texts, max_size=4),
    st.sets(st.sampled_from("abcdef"), max_size=2),
)


@given(st.dictionaries(st.sampled_from("abcdef"), texts, min_size=1), st.lists(changes, max_size=4))
def test_a_changed_collection_answers_as_one_made_at_once(
    sense: Service, begun: dict[str, str], later: list[Any]
) -> None:
    world, there = World(sense), dict(begun)
    world.put(*({"id": key, "text": text} for key, text in begun.items()))
    for new, gone in later:
        gone = gone - new.keys()
        if {*there, *new} <= gone:
            continue
        world.change(
            documents=[{"id": key, "text": text} for key, text in new.items()], delete=sorted(gone)
        )
        there = {key: text for key, text in there.items() if key not in gone} | new
    fresh = World(sense)
    fresh.put(*({"id": key, "text": text} for key, text in there.items()))
    found = {one["id"]: one for one in world.search("tea loan", top_k=1000)}
    expected = {one["id"]: one for one in fresh.search("tea loan", top_k=1000)}
    assert found.keys() == expected.keys() == there.keys()
    for key, one in found.items():
        assert one["text"] == there[key]
        np.testing.assert_allclose(one["score"], expected[key]["score"], atol=2e-6)
