"""`python -m benchmarks.generation_worker WAY …`: a way of saying tokens, in its own process.

Line by line it is told a prompt's length, how many tokens to say and of how many texts, and
answers with the seconds to the first and of the rest. It runs in environments of strangers.
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Protocol

WAYS = {
    "samovar": "benchmarks.generation_samovar:Ours",
    "bare": "benchmarks.generation_samovar:Bare",
    "genai": "benchmarks.generation_genai:Genai",
    "transformers": "benchmarks.generation_transformers:Transformers",
}


class Way(Protocol):
    """Something that says tokens."""

    versions: dict[str, str]
    """Of what it is made with."""

    def say(self, prompts: Sequence[Sequence[int]], count: int) -> Iterator[list[list[int]]]:
        """Again and again the tokens that the texts have now, so many at most of each."""
        ...


def prompts_of(length: int, texts: int, turn: int) -> list[list[int]]:
    """Tokens of no meaning, which differ from the first on: nothing is known from before."""
    return [
        [
            3 + (turn * 7919 + text * 104729 + at * at * 31 + at * 17) % 40_000
            for at in range(length)
        ]
        for text in range(texts)
    ]


def timed(way: Way, prompts: list[list[int]], count: int) -> dict[str, object]:
    """Seconds to the first token of all, and from there to the first text's end, with its tokens.

    `rest` is how many tokens came in between, of all texts; `said` is the first text.
    """
    start = time.perf_counter()
    began, ended, before, after = 0.0, 0.0, 0, 0
    texts: list[list[int]] = []
    last = start
    for texts in way.say(prompts, count):
        now, lengths = time.perf_counter(), [len(text) for text in texts]
        if not began and min(lengths) >= 1:
            began, before = now, sum(lengths)
        if not ended and max(lengths) >= count:
            ended, after = now, sum(lengths)
        last = now
    if not ended:  # all of them ended before
        ended, after = last, sum(len(text) for text in texts)
    whole_s = time.perf_counter() - start
    found = {"first_s": began - start, "rest_s": ended - began, "rest": after - before}
    return {**found, "whole_s": whole_s, "said": texts[0]}


def main(arguments: Sequence[str]) -> None:
    """Serve until the input ends."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    module, _, name = WAYS[arguments[0]].partition(":")
    way: Way = getattr(import_module(module), name)(*arguments[1:])
    print(json.dumps(way.versions), file=out, flush=True)
    for turn, line in enumerate(sys.stdin):
        asked = json.loads(line)
        prompts = prompts_of(asked["prompt"], asked.get("texts", 1), asked.get("turn", turn))
        print(json.dumps(timed(way, prompts, asked["count"])), file=out, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
