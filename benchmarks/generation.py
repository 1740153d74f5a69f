"""`python -m benchmarks.generation`: what samovar adds to a decoder's graph.

The bare loop hands arrays of keys and values from run to run, as a script over onnxruntime does,
and takes the likeliest token; `bound` keeps them in place and does nothing else. All say the same
tokens of the same graph, in turns. Needs `make models-heavy`.
"""

import argparse
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import orjson
from samovar.adapters.onnx import OnnxRunner
from samovar.generation.decoder import open_decoder
from samovar.generation.messages import Message
from samovar.generation.sampling import Sampling
from samovar.settings import Settings
from samovar.wiring import load_model

from benchmarks.interleave import Sample, interleave
from benchmarks.machine import machine
from benchmarks.places import RESULTS, ROOT

MODEL, THREADS, TOKENS = "smollm2-int8", 2, 64
TOGETHER = 8
QUESTION = "Tell me a long story about a fox, a hen and a river."


def main(arguments: list[str]) -> int:
    """Measure, show, write benchmarks/results/generation.{md,json}."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generation", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args(arguments)
    if not (ROOT / "models" / MODEL / "1").is_dir():
        print(f"not built: {MODEL}; run `make models-heavy`", file=sys.stderr)
        return 1
    samples = interleave(variants(), rounds=asked.rounds)
    text = report(samples)
    print(text)
    (RESULTS / "generation.md").write_text(text, "utf-8")
    kept = {"machine": machine(), "turns": {name: one.as_json() for name, one in samples.items()}}
    (RESULTS / "generation.json").write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2))
    return 0


def variants() -> dict[str, Callable[[], Any]]:
    """Name → `TOKENS` tokens of each of its texts, prompts read again each time."""
    program = load_model(
        Settings(models_dir=ROOT / "models", memory_mb=1769 * THREADS), MODEL
    ).program
    prompt = program.chat.tokens([Message("user", QUESTION)])
    runner = OnnxRunner(ROOT / "models" / MODEL / "1/decoder.onnx", threads=THREADS)
    # Prompts that differ from their first token on: nothing is known from before.
    prompts = [[1, 100 + number, *prompt] for number in range(TOGETHER)]
    found: dict[str, Callable[[], Any]] = {}
    for count in (1, TOGETHER):
        found[f"program, {count} at once"] = partial(_program, program, prompts[:count])
    found["bare loop, arrays handed on"] = partial(_handed_on, runner, prompts[0])
    found["bare loop, in place"] = partial(_in_place, runner, prompts[0])
    said = [run() for run in found.values()]
    if any(tokens != said[0] for tokens in said):
        raise SystemExit("the variants do not say the same")
    return found


def _program(program: Any, prompts: list[list[int]]) -> list[int]:
    for slot in program.scheduler.slots:
        slot.tokens = []
    asked = Sampling(max_tokens=TOKENS)
    texts = [program.scheduler.begin(prompt, asked) for prompt in prompts]
    program.scheduler.run(texts)
    tokens: list[int] = texts[0].tokens
    return tokens


def _handed_on(runner: OnnxRunner, prompt: list[int]) -> list[int]:
    pasts = [spec for spec in runner.signature.inputs if spec.name.startswith("past")]
    past = {spec.name: np.zeros((1, spec.shape[1], 0, spec.shape[3]), np.float32) for spec in pasts}
    new, said, length = prompt, list[int](), 0
    while len(said) < TOKENS:
        length += len(new)
        mask = np.ones((1, length), np.int64)
        found = runner.run({"input_ids": np.array([new]), "attention_mask": mask, **past}, [])
        said.append(int(found["logits"][0, -1].argmax()))
        new = said[-1:]
        past = {name: found[name.replace("past_key_values", "present")] for name in past}
    return said


def _in_place(runner: OnnxRunner, prompt: list[int]) -> list[int]:
    decoder = _decoder(runner)
    scores = decoder.say(np.array([prompt]), 0, np.array([len(prompt)]))
    said = [int(scores[0].argmax())]
    while len(said) < TOKENS:
        length = np.array([len(prompt) + len(said)])
        said.append(int(decoder.say(np.array([said[-1:]]), 0, length)[0].argmax()))
    return said


_HELD: dict[int, Any] = {}


def _decoder(runner: OnnxRunner) -> Any:
    if id(runner) not in _HELD:
        _HELD[id(runner)] = open_decoder(runner, 1, 2048)
    return _HELD[id(runner)]


def report(samples: dict[str, Sample]) -> str:
    """A table in Markdown."""
    said = " · ".join(f"{key}: {value}" for key, value in machine().items())
    floor = samples["bare loop, in place"].median_s
    lines = [
        "# generation",
        "",
        f"{said} · threads: {THREADS} · load: {os.getloadavg()[0]:.1f}",
        "",
        f"{MODEL}: a prompt of about 60 tokens read, then {TOKENS} said of each text, in turns.",
        "",
        "| | median | spread | tokens a second | × the bare loop in place |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, one in samples.items():
        low, high = one.spread_s()
        tokens = TOKENS * (TOGETHER if f"{TOGETHER} at" in name else 1)
        rate = tokens / one.median_s
        lines.append(
            f"| {name} | {one.median_s:.2f} s | {low:.2f} to {high:.2f} | {rate:.0f} "
            f"| {rate / (TOKENS / floor):.2f} |"
        )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
