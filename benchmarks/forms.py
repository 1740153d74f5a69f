"""`python -m benchmarks.forms`: what it costs that an answer has a form.

The mask of a token, in CPU time: what the grammar allows, laid over the scores, and the token
told to it. The whole: the same count of tokens said freely and in a form, alone and eight at
once, in turns. Needs `make models`.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import orjson
from samovar.generation.grammars import Grammars
from samovar.generation.messages import Message
from samovar.generation.sampling import Sampling
from samovar.generation.texts import Manner
from samovar.generation.wishes import read_wish
from samovar.settings import Settings
from samovar.wiring import load_model

from benchmarks.interleave import Sample, interleave
from benchmarks.machine import machine
from benchmarks.places import RESULTS, ROOT

MODEL, THREADS, TOKENS, TOGETHER = "smollm2-int8", 2, 48, 8
QUESTION = "Tell me of three people. Answer in JSON."
PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "city": {"enum": ["Paris", "Berlin", "Rome"]},
    },
    "required": ["name", "age", "city"],
    "additionalProperties": False,
}
SCHEMA = {"type": "array", "items": PERSON, "minItems": 9}
MANY = {
    "type": "object",
    "properties": {f"property {number}": {"type": "string"} for number in range(500)},
    "additionalProperties": False,
}
TEXT = '[{"name": "Ada Lovelace", "age": 36, "city": "Paris"}, {"name": "Grace", "age": 85, "city"'
Row = tuple[str, str]


def main(arguments: list[str]) -> int:
    """Measure, show, write benchmarks/results/forms.{md,json}."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forms", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args(arguments)
    if not (ROOT / "models" / MODEL / "1").is_dir():
        print(f"not built: {MODEL}; run `make models`", file=sys.stderr)
        return 1
    imported_ms = _imported_ms()
    program = load_model(
        Settings(models_dir=ROOT / "models", memory_mb=1769 * THREADS), MODEL
    ).program
    rows = [("import llguidance, once a process", f"{imported_ms:.0f} ms"), *parts(program)]
    samples = interleave(variants(program), rounds=asked.rounds)
    text = report(rows, samples)
    print(text)
    (RESULTS / "forms.md").write_text(text, "utf-8")
    turns = {name: one.as_json() for name, one in samples.items()}
    kept = {"machine": machine(), "parts": dict(rows), "turns": turns}
    (RESULTS / "forms.json").write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2))
    return 0


def _imported_ms() -> float:
    start = time.thread_time()
    import llguidance  # noqa: F401 - its import is what is measured

    return (time.thread_time() - start) * 1e3


def parts(program: Any) -> Iterator[Row]:
    """What is paid once, and what is paid for each token."""
    ends = [2]
    opened = [_ms(lambda: Grammars(program.reader, ends).begin('start: "a"')) for _ in range(3)]
    yield "the tokenizer read for grammars, once a model", f"{np.median(opened):.0f} ms"
    for name, schema in (("3 properties", SCHEMA), ("500 properties in any order", MANY)):
        taken = [
            _ms(lambda own=at, own_schema=schema: _begin(program, own_schema, own))
            for at in range(9)
        ]
        yield f"a schema of {name}, when it is first asked for", f"{np.median(taken):.1f} ms"
    house = _begin(program, SCHEMA, 0)
    yield "the same again", f"{_ms(lambda: _begin(program, SCHEMA, 0)) * 1e3:.0f} µs"
    scores = np.random.default_rng(0).normal(size=program.reader.size).astype(np.float32)
    taken_us = [_token_us(house, scores, token) for token in program.reader.read(TEXT)]
    for share in (50, 95):
        found = np.percentile(taken_us, share)
        yield f"a token's mask, laid over its scores: {share} of 100 within", f"{found:.0f} µs"


def _begin(program: Any, schema: Mapping[str, Any], number: int) -> Any:
    """The constraint of a schema; of another number it is another schema."""
    own = {**schema, "title": f"number {number}"}
    return program.grammars.begin(read_wish({"schema": own}, Sampling()).grammar)


def _token_us(house: Any, scores: Any, token: int) -> float:
    start = time.thread_time_ns()
    np.where(house.allowed(len(scores)), scores, np.float32(-np.inf)).argmax()
    house.take(token)
    return (time.thread_time_ns() - start) / 1e3


def _ms(run: Callable[[], Any]) -> float:
    start = time.thread_time()
    run()
    return (time.thread_time() - start) * 1e3


def variants(program: Any) -> dict[str, Callable[[], Any]]:
    """Name → `TOKENS` tokens of each of its texts, prompts read again each time."""
    found: dict[str, Callable[[], Any]] = {}
    for count in (1, TOGETHER):
        for name, asked in (("freely", {}), ("in a form", {"schema": SCHEMA})):
            found[f"{name}, {count} at once"] = partial(_said, program, asked, count)
    return found


def _said(program: Any, asked: Mapping[str, Any], count: int) -> None:
    """No token ends a text: each has as many."""
    for slot in program.scheduler.slots:
        slot.tokens, slot.kept = [], 0
    wish = read_wish({"max_tokens": TOKENS, "logit_bias": {"2": -100}, **asked}, Sampling())
    prompt = program.chat.tokens([Message("user", QUESTION)])
    texts = []
    for _ in range(count):
        held = program.grammars.begin(wish.grammar) if wish.grammar else None
        texts.append(program.scheduler.begin(prompt, wish.sampling, Manner(held)))
    program.scheduler.run(texts)
    if any(len(text.tokens) != TOKENS for text in texts):
        raise SystemExit("a text ended before its tokens did")


def report(rows: list[Row], samples: Mapping[str, Sample]) -> str:
    """The result as a page in Markdown."""
    known = machine() | {"load": f"{os.getloadavg()[0]:.1f}"}
    facts = " · ".join(f"{name}: {value}" for name, value in known.items())
    lines = ["# forms", "", facts, "", f"{MODEL}, its tokenizer of 49,152 tokens.", ""]
    lines += ["| | CPU time |", "|---|---:|", *(f"| {name} | {value} |" for name, value in rows)]
    lines += ["", f"A prompt read, then {TOKENS} tokens said of each text, in turns.", ""]
    lines += ["| | median | tokens a second | × freely |", "|---|---:|---:|---:|"]
    for name, sample in samples.items():
        count = TOGETHER if f"{TOGETHER} at once" in name else 1
        free = samples[f"freely, {count} at once"].median_s
        pace = count * TOKENS / sample.median_s
        share = free / sample.median_s
        lines.append(f"| {name} | {sample.median_s:.2f} s | {pace:.0f} | {share:.2f} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
