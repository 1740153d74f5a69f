"""What is asked of collections, read and checked: documents, changes, searches."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson

from samovar.errors import DuplicateName, InvalidInput, PayloadTooLarge
from samovar.search.collection import Document, Metadata
from samovar.search.packed import PRECISIONS, USUAL
from samovar.search.ranking import read_query
from samovar.search.ways import MEANING, read_way
from samovar.values import dataclass

MAX_SENT = 2048
"""Documents of one request."""
MAX_TEXT = 100_000
"""Characters of one text."""
MAX_METADATA = 4096
"""Bytes of one document's metadata, as JSON."""
MAX_TOP_K = 1000
MAX_ID = 256
"""Bytes of an id."""
_MAX_FILTERS = 16
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_SCALARS = (str, int, float, bool)


@dataclass(frozen=True, slots=True)
class Change:
    """Documents to have (over those of the same id), and ids to have no more."""

    documents: tuple[Document, ...]
    gone: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SearchAsk:
    """A query, the most results, what documents must have, the least score, what decides."""

    query: str
    top_k: int = 10
    filter: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    min_score: float = -1.0
    way: str = MEANING

    def takes(self, metadata: Metadata) -> bool:
        """Whether a document's metadata has one of the wanted values at every wanted name."""
        return all(
            any(_same(metadata.get(name), value) for value in wanted)
            for name, wanted in self.filter
        )


def check_name(name: str) -> None:
    """Raises InvalidInput for what no collection is called."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            "a collection's name has 1 to 63 of a-z, 0-9, '.', '_' and '-', and begins with a "
            f"letter or a digit; this is {name[:80]!r}"
        )


def read_precision(said: Mapping[str, Any]) -> str:
    """How vectors are to be kept. Raises InvalidInput."""
    precision = USUAL if said.get("precision") is None else said["precision"]
    if not isinstance(precision, str) or precision not in PRECISIONS:
        raise InvalidInput(f"'precision' must be one of {', '.join(PRECISIONS)}")
    return precision


def read_change(said: Mapping[str, Any], *known: str) -> Change:
    """Documents to add and ids to take away. Raises InvalidInput, DuplicateName, PayloadTooLarge.

    `known` are the fields that others read.
    """
    _check_fields(said, {"documents", "delete", *known})
    documents, gone = said.get("documents", []), said.get("delete", [])
    if not isinstance(documents, list):
        raise InvalidInput("'documents' must be a list of objects like {\"text\": …}")
    if len(documents) > MAX_SENT:
        raise PayloadTooLarge(
            f"'documents' has {len(documents)}: {MAX_SENT} are taken at once; send the others "
            "with POST …/documents"
        )
    if not (isinstance(gone, list) and all(isinstance(one, str) for one in gone)):
        raise InvalidInput("'delete' must be a list of ids")
    read = tuple(_document(one, at) for at, one in enumerate(documents))
    _check_ids([each.id for each in read], gone)
    return Change(read, frozenset(gone))


def read_search(said: Mapping[str, Any]) -> SearchAsk:
    """A search. Raises InvalidInput."""
    _check_fields(said, {"query", "top_k", "filter", "min_score", "by"})
    top_k, least = said.get("top_k", 10), said.get("min_score")
    if not isinstance(top_k, int) or isinstance(top_k, bool) or not 0 < top_k <= MAX_TOP_K:
        raise InvalidInput(f"'top_k' must be a whole number from 1 to {MAX_TOP_K}")
    least = -1.0 if least is None else least
    if not isinstance(least, int | float) or isinstance(least, bool):
        raise InvalidInput("'min_score' must be a number from -1 to 1")
    query, wanted = read_query(said.get("query")), _filter(said.get("filter"))
    return SearchAsk(query, top_k, wanted, least, read_way(said))


def _filter(value: Any) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    wanted = {} if value is None else value
    if not isinstance(wanted, dict) or len(wanted) > _MAX_FILTERS:
        raise InvalidInput(f"'filter' must be an object of {_MAX_FILTERS} names at most")
    found = []
    for name, values in wanted.items():
        each = tuple(values) if isinstance(values, list) else (values,)
        if not all(one is None or isinstance(one, _SCALARS) for one in each):
            raise InvalidInput(f"'filter' has at '{name[:60]}' neither a value nor a list of some")
        found.append((name, each))
    return tuple(found)


def _same(found: Any, wanted: Any) -> bool:
    """Equal in JSON, where true is not 1; a list has what one of its values is."""
    if isinstance(found, list):
        return any(_same(one, wanted) for one in found)
    return found == wanted and isinstance(found, bool) is isinstance(wanted, bool)


def _document(value: Any, at: int) -> Document:
    """A text alone, or with an id and metadata. Raises InvalidInput, PayloadTooLarge."""
    said = {"text": value} if isinstance(value, str) else value
    if not isinstance(said, dict) or not isinstance(said.get("text"), str):
        raise InvalidInput(f"documents[{at}] must be a text, or an object that has one as 'text'")
    _check_fields(said, {"id", "text", "metadata"}, f"documents[{at}] has an ")
    text, metadata = said["text"], {} if said.get("metadata") is None else said["metadata"]
    if not text.strip():
        raise InvalidInput(f"documents[{at}] has a text that says nothing")
    if len(text) > MAX_TEXT:
        raise PayloadTooLarge(f"documents[{at}] has {len(text)} characters: {MAX_TEXT} are taken")
    if not isinstance(metadata, dict):
        raise InvalidInput(f"documents[{at}].metadata must be an object")
    _check_metadata(metadata, at)
    return Document(_id(said.get("id"), text, at), text, metadata)


def _check_metadata(metadata: Mapping[str, Any], at: int) -> None:
    try:
        size = len(orjson.dumps(metadata))
    except TypeError:  # half of a surrogate pair
        raise InvalidInput(f"documents[{at}].metadata is no UTF-8") from None
    if size > MAX_METADATA:
        raise PayloadTooLarge(f"documents[{at}].metadata has {size} bytes: {MAX_METADATA} are kept")


def _id(value: Any, text: str, at: int) -> str:
    """The id that was given, else one that the text makes: the same text is the same document."""
    try:
        if value is None:
            return hashlib.sha256(text.encode()).hexdigest()[:16]
        if isinstance(value, str) and 0 < len(value.encode()) <= MAX_ID:
            return value
    except UnicodeEncodeError:
        raise InvalidInput(f"documents[{at}] is no UTF-8") from None
    raise InvalidInput(f"documents[{at}].id must be a text of 1 to {MAX_ID} bytes")


def _check_ids(ids: list[str], gone: list[str]) -> None:
    for one, count in Counter(ids).most_common(1):
        if count > 1:
            raise DuplicateName(f"two documents have the id {one!r}, or are the same text")
    if both := {*ids} & {*gone}:
        raise InvalidInput(f"{min(both)!r} is in 'documents' and in 'delete'")


def _check_fields(said: Mapping[str, Any], known: set[str], where: str = "") -> None:
    for name in said:
        if name not in known:
            raise InvalidInput(f"{where}unknown field '{name[:60]}'")
