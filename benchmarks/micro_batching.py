"""What sharing runs brings the worker of the light lane: the whole of it, from claim to end.

64 jobs wait. The worker takes them 32 at a time, as its queue hands them out, or one by one.
Its ports are in memory; "4 ms a call" makes each of their calls last as long as one to
DynamoDB or S3 about does. For texts, the floor is the graph alone, tokens ready, in batches
of 32; for texts of all lengths, the graph alone with each batch padded to its longest.
"""

from collections.abc import Callable, Sequence

import numpy as np
import orjson
from samovar.types import OIP_JSON, Payload, Tensors

from benchmarks.interleave import Sample, interleave
from benchmarks.pace import Pace
from benchmarks.worker_house import host, queue_of

JOBS, SHARED, DELAY_S = 64, 32, 0.004
ENCODER = "minilm"
_WORDS = (
    "a",
    "man",
    "eats",
    "while",
    "two",
    "women",
    "play",
    "violins",
    "in",
    "an",
    "old",
    "house",
)
_BIRD = {"species": "Gentoo", "island": "Biscoe", "sex": "male", "flipper_length_mm": 222}
_IMAGE = {"name": "image", "datatype": "FP32", "shape": [1, 1, 8, 8], "data": [0.25] * 64}
_SMALL = {
    "penguin-mass": Payload(orjson.dumps({"row": _BIRD}), "application/json"),
    "digits": Payload(orjson.dumps({"inputs": [_IMAGE]}), OIP_JSON),
}
_DELAYS = {f"{DELAY_S * 1000:.0f} ms a call": DELAY_S, "no delay": 0.0}
_TEXTS = ("texts of 10 words", "texts of 3 to 120 words")
FLOORS = {
    f"{model}, {said}": f"worker one by one, {model}, {said}"
    for model in _SMALL
    for said in _DELAYS
} | {f"{ENCODER}, {said}": f"session.run of {SHARED}, padded, {ENCODER}, {said}" for said in _TEXTS}
"""What each variant is compared with, by the end of its name."""


def measure(pace: Pace) -> dict[str, Sample]:
    """Seconds for 64 jobs of each variant."""
    for model in (*_SMALL, ENCODER):
        host().load(model)
    return interleave({**_small(), **_encoder()}, rounds=pace)


def _small() -> dict[str, Callable[[], object]]:
    found: dict[str, Callable[[], object]] = {}
    for model, payload in _SMALL.items():
        sent = [payload] * JOBS
        for said, delay_s in _DELAYS.items():
            found[f"worker one by one, {model}, {said}"] = queue_of(model, sent, 1, delay_s)
            found[f"worker of {SHARED}, {model}, {said}"] = queue_of(model, sent, SHARED, delay_s)
    return found


def _encoder() -> dict[str, Callable[[], object]]:
    found: dict[str, Callable[[], object]] = {}
    for said, texts in zip(_TEXTS, (_alike(), _mixed()), strict=True):
        sent = [Payload(text.encode(), "text/plain") for text in texts]
        found[f"session.run of {SHARED}, padded, {ENCODER}, {said}"] = _bare(texts)
        found[f"worker of {SHARED}, {ENCODER}, {said}"] = queue_of(ENCODER, sent, SHARED)
    return found


def _alike() -> list[str]:
    return [_text(10)] * JOBS


def _mixed() -> list[str]:
    """Many short texts and few long ones, as people send them."""
    drawn = np.random.default_rng(7).lognormal(2.7, 0.8, JOBS)
    return [_text(words) for words in np.clip(drawn.round(), 3, 120).astype(int).tolist()]


def _text(words: int) -> str:
    return " ".join(_WORDS[at % len(_WORDS)] for at in range(words))


def _bare(texts: Sequence[str]) -> Callable[[], object]:
    """The graph on tokens that are ready, each batch padded to its longest text."""
    program = host().load(ENCODER).program
    batches = [_tensors(program.prepare(texts[at : at + SHARED])) for at in range(0, JOBS, SHARED)]
    return lambda: [program.run(batch, ()) for batch in batches]


def _tensors(prepared: Tensors) -> Tensors:
    return {name: np.ascontiguousarray(array) for name, array in prepared.items()}
