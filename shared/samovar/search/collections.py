"""Small sets of documents, kept and searched by meaning: the use cases, over a store."""

from __future__ import annotations  # of ports, which cost a start and do nothing

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from samovar.errors import (
    CollectionConflict,
    CollectionNotFound,
    CollectionStale,
    PayloadTooLarge,
)
from samovar.search.asks import Change, SearchAsk, check_name
from samovar.search.changing import Reader, changed, made_of, width_of
from samovar.search.collection import Collection, from_bytes, to_bytes
from samovar.search.memory import Held, Shelf
from samovar.search.packed import cosines
from samovar.search.passages import best_of
from samovar.search.ranking import best, rounded
from samovar.search.ways import scored

if TYPE_CHECKING:
    from samovar.search.store import CollectionStore, Kept
    from samovar.types import Array

MAX_FILE_BYTES = 64 * 1024 * 1024
_MEMORY_BYTES = 256 * 1024 * 1024
_TRIES = 5

Readers = Callable[[str], Reader]
"""A model's name → what reads with it. Raises NotFound, HeavyLane."""


class Collections:
    """Sets of documents of one deployment. What a process read it keeps, as long as it is true."""

    def __init__(self, store: CollectionStore, memory_bytes: int = _MEMORY_BYTES) -> None:
        self._store = store
        self._shelf = Shelf(memory_bytes)

    def put(
        self,
        name: str,
        change: Change,
        reader: Reader,
        precision: str,
        expected: str | None = None,
    ) -> Held:
        """A collection made of these documents, in place of what has the tag `expected`.

        "" stands for none, None for whatever is there. Raises CollectionConflict, InvalidInput,
        PayloadTooLarge.
        """
        check_name(name)
        return self._write(name, made_of(change.documents, reader, precision), expected)

    def change(self, name: str, change: Change, readers: Readers, expected: str = "") -> Held:
        """A collection changed, over whatever others changed meanwhile.

        Over the tag `expected` alone, where one is given. Raises CollectionNotFound,
        CollectionConflict, InvalidInput, PayloadTooLarge.
        """
        for _ in range(1 if expected else _TRIES):
            held = self.held(name)
            if expected and held.tag != expected:
                break
            made = changed(held.collection, change, readers(held.collection.model))
            try:
                return self._write(name, made, held.tag)
            except CollectionConflict:
                continue  # somebody was faster: what they wrote is changed next
        raise CollectionConflict(
            f"collection '{name}' was changed meanwhile: read it again, then send the change"
        )

    def search(self, name: str, ask: SearchAsk, readers: Readers) -> dict[str, Any]:
        """`results`, best first, and `usage`. Raises CollectionNotFound, CollectionStale."""
        held = self.held(name)
        found = held.collection
        reader = readers(found.model)
        if reader.digest != found.digest:
            raise _stale(name, found.model)
        read: list[int] = []

        def meaning() -> Array:
            query = reader.embed([ask.query])
            read.extend(query.tokens)
            if query.vectors.shape[1] != width_of(found):
                raise _stale(name, found.model)
            near = cosines(found.packed, query.vectors[0])
            return best_of(near, found.owners, len(found.documents))

        scores = scored(ask.way, meaning, lambda: held.words.shares(ask.query))
        tokens = sum(read)
        results = [_result(found, at, scores[at]) for at in _best(found, scores, ask)]
        return {"results": results, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}

    def held(self, name: str) -> Held:
        """A collection as it stands now; read only where it has changed.

        Raises CollectionNotFound, CollectionCorrupt.
        """
        check_name(name)
        known = self._shelf.find(name)
        kept = self._store.get(name, known.tag if known else "")
        if kept is None:
            self._shelf.forget(name)
            raise CollectionNotFound(f"there is no collection '{name}'; PUT it first")
        if known is not None and kept.tag == known.tag:
            return known
        held = Held(kept.tag, kept.size, from_bytes(name, kept.body))
        self._shelf.keep(name, held)
        return held

    def delete(self, name: str) -> None:
        """Forget a collection. Raises CollectionNotFound."""
        check_name(name)
        self._shelf.forget(name)
        if not self._store.delete(name):
            raise CollectionNotFound(f"there is no collection '{name}'")

    def kept(self) -> Sequence[Kept]:
        """All that there are, by name."""
        return self._store.kept()

    def _write(self, name: str, made: Collection, expected: str | None) -> Held:
        body = to_bytes(made)
        if len(body) > MAX_FILE_BYTES:
            raise PayloadTooLarge(
                f"collection '{name}' would have {len(body)} bytes, and {MAX_FILE_BYTES} are "
                "kept: use precision int8, shorter texts, or two collections"
            )
        held = Held(self._store.put(name, body, expected), len(body), made)
        self._shelf.keep(name, held)
        return held


def _best(found: Collection, scores: Array, ask: SearchAsk) -> list[int]:
    """The places of what is told, best first. A filter is asked only until there are enough."""
    places: list[int] = []
    for at in best(scores, len(scores)):
        good = np.isfinite(scores[at]) and rounded(scores[at]) >= ask.min_score
        if not good or len(places) == ask.top_k:
            break  # what follows is no better
        if ask.takes(found.documents[at].metadata):
            places.append(at)
    return places


def _result(found: Collection, at: int, score: Any) -> dict[str, Any]:
    document = found.documents[at]
    return {
        "id": document.id,
        "score": rounded(score),
        "text": document.text,
        "metadata": document.metadata,
    }


def _stale(name: str, model: str) -> CollectionStale:
    return CollectionStale(
        f"model '{model}' has changed since it read collection '{name}': POST {{}} to its "
        "/documents, and all are read again"
    )
