"""`python -m benchmarks.search`: what is found by meaning, in how many numbers and bytes.

Questions have one right document each (benchmarks/docstrings.py). Documents are looked for among
all of them, and the best fifty by words alone are put in order anew, as a reranker is used. Needs
`make models`.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import orjson
from samovar.embedding import embed_counted, unit
from samovar.openai.embeddings import shortened
from samovar.search.packed import PRECISIONS, cosines, pack
from samovar.search.passages import best_of, longest_of, read_passages
from samovar.search.ways import both
from samovar.search.words import Words
from samovar.settings import Settings
from samovar.wiring import build_service

from benchmarks.docstrings import Pair, pairs, versions
from benchmarks.machine import machine
from benchmarks.places import RESULTS, ROOT
from benchmarks.search_page import report

MODEL, CANDIDATES, TIMED_ROWS = "minilm-small", 50, 10_000
LEFT_OUT = 300
"""Pairs on which the part of words in a score of both was chosen: none of them is asked here."""
DIMENSIONS = (384, 256, 192, 128, 96, 64, 32)
Row = dict[str, Any]
Scores = Callable[[int], Any]
"""A question's number → a score for each document."""


def main(arguments: list[str]) -> int:
    """Measure, show, write benchmarks/results/search.{md,json}."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("--pairs", type=int, default=300)
    asked = parser.parse_args(arguments)
    if not (ROOT / "models" / MODEL / "1").is_dir():
        print(f"not built: {MODEL}; run `make models`", file=sys.stderr)
        return 1
    found = measure(pairs(LEFT_OUT + asked.pairs)[LEFT_OUT:])
    text = report(found)
    print(text)
    (RESULTS / "search.md").write_text(text, "utf-8")
    (RESULTS / "search.json").write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    return 0


def measure(asked: Sequence[Pair]) -> Row:
    """All that is told."""
    service = build_service(Settings(models_dir=ROOT / "models", memory_mb=1769 * 2))
    spec = service.spec(MODEL)
    documents = [pair.document for pair in asked]

    def embed(texts: Sequence[str]) -> Any:
        return embed_counted(texts, service.predict, spec)

    start = time.perf_counter()
    passages = read_passages(documents, embed, longest_of(spec))
    took_s = time.perf_counter() - start
    queries = embed([pair.question for pair in asked]).vectors
    heads = embed(documents).vectors
    words = Words(documents)
    by_words = [words.shares(pair.question) for pair in asked]
    dense = [best_of(passages.vectors @ query, passages.owners, len(asked)) for query in queries]
    rows = {
        "by words alone (BM25)": told(by_words.__getitem__, len(asked)),
        "by meaning, the first 256 tokens": told(lambda at: heads @ queries[at], len(asked)),
        "by meaning, every passage": told(dense.__getitem__, len(asked)),
        "by both": told(lambda at: both(dense[at], by_words[at]), len(asked)),
        f"the best {CANDIDATES} by words, reranked": told(reranked(by_words, dense), len(asked)),
    }
    return {
        "machine": machine() | versions() | {"load": f"{os.getloadavg()[0]:.1f}"},
        "model": MODEL,
        "pairs": len(asked),
        "passages": len(passages.owners),
        "timed_rows": TIMED_ROWS,
        "read_s": round(took_s, 1),
        "ways": rows,
        "dimensions": {
            str(size): told(cut(passages, queries, size), len(asked)) for size in DIMENSIONS
        },
        "precisions": dict(precisions(passages, queries, dense)),
    }


def reranked(by_words: Sequence[Any], dense: Sequence[Any]) -> Scores:
    """The best by words in the order of their meaning; the others behind them."""

    def scores(at: int) -> Any:
        chosen = np.argsort(-by_words[at], kind="stable")[:CANDIDATES]
        found = np.full(len(dense[at]), -2.0)
        found[chosen] = dense[at][chosen]
        return found

    return scores


def cut(passages: Any, queries: Any, size: int) -> Scores:
    """Scores by the first numbers of each vector."""
    short, asked = shortened(passages.vectors, size), shortened(queries, size)
    count = int(passages.owners[-1]) + 1
    return lambda at: best_of(short @ asked[at], passages.owners, count)


def precisions(passages: Any, queries: Any, dense: Sequence[Any]) -> Iterator[tuple[str, Row]]:
    """How vectors are kept → what is found, how much of the exact ten, bytes, time of a search."""
    count = len(dense)
    exact = [set(np.argsort(-scores, kind="stable")[:10].tolist()) for scores in dense]
    for precision in PRECISIONS:
        packed = pack(passages.vectors, precision)
        found = [best_of(cosines(packed, query), passages.owners, count) for query in queries]
        tens = [set(np.argsort(-scores, kind="stable")[:10].tolist()) for scores in found]
        same = [len(ten & right) / 10 for ten, right in zip(tens, exact, strict=True)]
        off = max(float(np.abs(one - right).max()) for one, right in zip(found, dense, strict=True))
        row = told(found.__getitem__, count)
        row |= {"same_of_ten": round(float(np.mean(same)), 4), "off_max": off}
        row |= {"bytes": packed.nbytes / len(packed.scales), "ms": timed(precision)}
        yield precision, row


def timed(precision: str) -> float:
    """Milliseconds of one search among so many rows: the quickest of fifteen."""
    numbers = np.random.default_rng(0).normal(size=(TIMED_ROWS, 384)).astype(np.float32)
    packed, query = pack(unit(numbers), precision), unit(numbers[:1])[0]
    taken = []
    for _ in range(15):
        start = time.perf_counter()
        cosines(packed, query)
        taken.append(time.perf_counter() - start)
    return round(min(taken) * 1e3, 2)


def told(scores: Scores, count: int) -> Row:
    """How often the right document is first, among ten, and the mean of 1 / its place."""
    places = []
    for at in range(count):
        found = scores(at)
        places.append(int((found > found[at]).sum()) + int((found[:at] == found[at]).sum()) + 1)
    place = np.array(places)
    return {
        "first": round(float((place == 1).mean()), 4),
        "in_ten": round(float((place <= 10).mean()), 4),
        "mrr_at_10": round(float(np.where(place <= 10, 1 / place, 0).mean()), 4),
    }


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
