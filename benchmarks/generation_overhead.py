"""What a token costs besides the graph: the program over a graph that takes no time."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from samovar.generation.chat import open_reader
from samovar.generation.decoder import Decoder
from samovar.generation.sampling import Sampling
from samovar.generation.scheduler import Scheduler

from benchmarks.places import MODELS

TOKENS, PROMPT, VOCABULARY, ROUNDS = 200, 64, 49_152, 9
ASKED: Mapping[str, Sampling] = {
    "likeliest": Sampling(max_tokens=TOKENS),
    "temperature 0.8": Sampling(max_tokens=TOKENS, temperature=0.8, seed=1),
    "temperature 0.8, top-k 40": Sampling(max_tokens=TOKENS, temperature=0.8, top_k=40, seed=1),
    "temperature 0.8, top-p 0.95": Sampling(max_tokens=TOKENS, temperature=0.8, top_p=0.95, seed=1),
    "likeliest, 5 log probabilities": Sampling(max_tokens=TOKENS, logprobs=5),
}


class NoGraph:
    """A cache whose runs answer at once, with scores that were drawn before."""

    def __init__(self, rows: int) -> None:
        self.rows, self.length = rows, 2048
        rng = np.random.default_rng(1)
        self._scores = rng.normal(0, 3, (64, rows, VOCABULARY)).astype(np.float32)
        self._at = 0

    def run(
        self, tensors: Mapping[str, Any], outputs: Sequence[str], first: int, count: int
    ) -> dict[str, Any]:
        """The next scores of so many rows."""
        del tensors, outputs
        self._at = (self._at + 1) % len(self._scores)
        return {"logits": self._scores[self._at, first : first + count]}


def overheads() -> dict[str, float]:
    """Microseconds a token of each text, over a bare loop of runs that takes the likeliest."""
    body = Path(MODELS / "smollm2-int8/1/tokenizer.json").read_bytes()
    reader = open_reader("tokenizer.json", body)
    bare = min(_bare(Decoder(NoGraph(1), places=False)) for _ in range(ROUNDS))
    found = {"bare loop": bare}
    for rows in (1, 8):
        for name, asked in ASKED.items():
            house = Scheduler(Decoder(NoGraph(rows), places=False), reader, [])
            best = min(_program(house, asked, rows) for _ in range(ROUNDS))
            found[f"{name}, {rows} at once"] = best - bare
    return found


def _bare(decoder: Decoder) -> float:
    token = 5
    start = time.process_time()
    for said in range(TOKENS):
        scores = decoder.say(np.array([[token]]), 0, np.array([PROMPT + said]))
        token = int(scores[0].argmax())
    return (time.process_time() - start) / TOKENS * 1e6


def _program(house: Scheduler, asked: Sampling, rows: int) -> float:
    prompts = [[5 + row] * PROMPT for row in range(rows)]
    start = time.process_time()
    house.run([house.begin(prompt, asked) for prompt in prompts])
    return (time.process_time() - start) / (TOKENS * rows) * 1e6
