"""Documents in the order in which they fit a query, by their embeddings.

A bi-encoder: query and documents are read apart, so a document's vector may be remembered, and
what only both together would show is not seen.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from samovar.embedding import Embedded, Predict, embed_counted
from samovar.errors import InvalidInput
from samovar.search.passages import best_of, longest_of, read_passages
from samovar.search.ways import MEANING, read_way, scored
from samovar.search.words import Words
from samovar.types import Array, ModelSpec
from samovar.values import dataclass

MAX_DOCUMENTS = 1000
_PASSED_OVER = frozenset({"user", "priority", "max_tokens_per_doc", "max_chunks_per_doc"})
_FIELDS = frozenset({"model", "query", "documents", "top_n", "return_documents", "by"})


@dataclass(frozen=True, slots=True)
class RankAsk:
    """A query and documents; how many are told, whether with their texts, and what decides."""

    query: str
    documents: tuple[str, ...]
    top_n: int
    tells_text: bool = False
    way: str = MEANING


def read_rank(said: Mapping[str, Any]) -> RankAsk:
    """A request to put documents in order. Raises InvalidInput.

    Source: Cohere's and Jina's API references, "Rerank".
    """
    for name in said:
        if name not in _FIELDS | _PASSED_OVER:
            raise InvalidInput(f"unknown field '{name[:60]}'")
    documents = _documents(said.get("documents"))
    tells = said.get("return_documents")
    if tells is not None and not isinstance(tells, bool):
        raise InvalidInput("'return_documents' must be true or false")
    top_n = said.get("top_n")
    if top_n is None:
        top_n = len(documents)
    if not isinstance(top_n, int) or isinstance(top_n, bool) or top_n < 1:
        raise InvalidInput("'top_n' must be a whole number above 0")
    return RankAsk(read_query(said.get("query")), documents, top_n, bool(tells), read_way(said))


def read_query(value: Any) -> str:
    """A query that says something. Raises InvalidInput."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput("'query' must be a text that is not empty")
    return value


def rank(ask: RankAsk, predict: Predict, spec: ModelSpec) -> dict[str, Any]:
    """`results`, best first, and `usage`. Raises InvalidInput, and what `predict` raises.

    `relevance_score` is the cosine of the query and the document's best passage, −1 to 1; or
    what `ways.scored` makes of it and of words.
    """
    read: list[int] = []

    def embed(texts: Sequence[str]) -> Embedded:
        found = embed_counted(texts, predict, spec)
        read.extend(found.tokens)
        return found

    def meaning() -> Array:
        query = embed([ask.query]).vectors[0]
        passages = read_passages(ask.documents, embed, longest_of(spec))
        return best_of(passages.vectors @ query, passages.owners, len(ask.documents))

    scores = scored(ask.way, meaning, lambda: Words(ask.documents).shares(ask.query))
    scores = np.maximum(scores, -1)
    results = [_result(ask, at, scores[at]) for at in best(scores, ask.top_n)]
    tokens = sum(read)
    return {"results": results, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}


def best(scores: Array, count: int) -> list[int]:
    """The places of the highest scores, highest first; equal ones in their order."""
    order: list[int] = np.argsort(-scores, kind="stable")[:count].tolist()
    return order


def rounded(score: Any) -> float:
    """A cosine as it is told: what lies past its sixth digit is the arithmetic's."""
    return round(min(max(float(score), -1.0), 1.0), 6)


def _result(ask: RankAsk, at: int, score: Any) -> dict[str, Any]:
    text = {"document": {"text": ask.documents[at]}} if ask.tells_text else {}
    return {"index": at, "relevance_score": rounded(score), **text}


def _documents(value: Any) -> tuple[str, ...]:
    """Texts, or objects that have one. Raises InvalidInput; says which is wrong."""
    if not isinstance(value, list) or not value:
        raise InvalidInput("'documents' must be a list of texts, or of objects with a 'text'")
    if len(value) > MAX_DOCUMENTS:
        raise InvalidInput(f"'documents' has {len(value)}: {MAX_DOCUMENTS} are ranked at once")
    return tuple(_text(one, at) for at, one in enumerate(value))


def _text(value: Any, at: int) -> str:
    text = value.get("text") if isinstance(value, dict) else value
    if isinstance(text, str):
        return text
    raise InvalidInput(f"documents[{at}] must be a text, or an object that has one as 'text'")
