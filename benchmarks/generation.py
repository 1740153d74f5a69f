"""`python -m benchmarks.generation`: generated text beside its peers, in turns, with its memory.

onnxruntime-genai runs the very graph that samovar runs, transformers the same published weights
unpacked, and a bare script onnxruntime alone. Each is a process of its own, with two threads.
`make bench-generation` sets up what it needs.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import orjson

from benchmarks.generation_cold import cold_starts
from benchmarks.generation_overhead import overheads
from benchmarks.generation_page import page
from benchmarks.generation_picture import draw_picture
from benchmarks.generation_processes import Talker, peak_mb, talkers
from benchmarks.generation_roofline import roofline
from benchmarks.interleave import turned
from benchmarks.machine import machine
from benchmarks.pace import Pace, Progress
from benchmarks.places import MODELS, RESULTS, ROOT

MODEL, OURS, EXACT = "smollm2-int8", "samovar", ("samovar", "onnxruntime-genai", "bare script")
PROMPTS, TOKENS, STREAMS = (32, 256, 1024), 64, (1, 2, 4, 8)
_BUDGET_S = 150
_EXPECTED_S = {
    "speed": 150, "streams": 90, "memory": 40, "overhead": 15, "roofline": 5, "cold": 30
}  # fmt: skip
"""Each part's seconds, on two cores."""
_REST_S = 0.4
"""Between turns: threads of others wait for work, at full speed, for a while after theirs."""


def main(arguments: list[str]) -> int:
    """Measure, show, write benchmarks/results/generation.{md,json} and the picture."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generation", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--without", action="append", default=[], help="a part to leave out")
    asked = parser.parse_args(arguments)
    if not (MODELS / MODEL / "1").is_dir():
        print(f"not built: {MODEL}; run `make models`", file=sys.stderr)
        return 1
    found = measure(asked.rounds, asked.without)
    text = page(found)
    print(text)
    if not asked.without:
        RESULTS.joinpath("generation.md").write_text(text, "utf-8")
        kept = orjson.dumps(found, option=orjson.OPT_INDENT_2)
        RESULTS.joinpath("generation.json").write_bytes(kept + b"\n")
        draw_picture(found, ROOT / "docs/images/generation.svg")
    return 0


def measure(rounds: int, without: Sequence[str]) -> dict[str, Any]:
    """Each part's figures, by its name."""
    parts: dict[str, Callable[[Pace], Any]] = {
        "speed": speeds,
        "streams": streams,
        "memory": lambda _: memory(),
        "overhead": lambda _: overheads(),
        "roofline": lambda _: roofline(MODELS / MODEL / "1/decoder.onnx"),
        "cold": lambda pace: cold_starts(MODEL, pace),
    }
    load = round(os.getloadavg()[0], 1)
    progress = Progress({name: _EXPECTED_S[name] for name in parts if name not in without})
    found = {}
    for name in progress.expected_s:
        progress.begin(name)
        # The first round is to warm up.
        found[name] = parts[name](Pace(rounds + 1, _BUDGET_S, progress.tell))
        progress.end()
    return {"machine": machine(), "load_before": load, "model": MODEL, "rounds": rounds, **found}


def speeds(pace: Pace) -> dict[str, Any]:
    """What each way took for each prompt, round by round."""
    found: dict[str, list[dict[str, Any]]] = {}
    with ExitStack() as stack:
        ways = {name: stack.enter_context(Talker(way)) for name, way in talkers(MODEL).items()}
        for number in pace:
            for name in turned(list(ways), number):
                for prompt in PROMPTS:
                    time.sleep(_REST_S)
                    said = ways[name].say(prompt, _count(name), turn=number)
                    found.setdefault(f"{name}, {prompt}", []).append(said.as_json())
            _same(found)
        versions = {key: value for way in ways.values() for key, value in way.versions.items()}
    return {"versions": versions, "rows": {name: each[1:] for name, each in found.items()}}


def _count(name: str) -> int:
    return TOKENS if name in EXACT else TOKENS // 8


def _same(found: Mapping[str, list[dict[str, Any]]]) -> None:
    """Each text's `same`: 1.0 where it is samovar's, to the last token; for those of one graph."""
    for name, each in found.items():
        prompt = name.rpartition(", ")[2]
        ours = found[f"{OURS}, {prompt}"][-1]
        each[-1]["same"] = float(each[-1]["said"] == ours["said"])
    for each in found.values():
        each[-1].pop("said")


def streams(pace: Pace) -> dict[str, list[dict[str, Any]]]:
    """What so many texts at once took of samovar, and of genai's fixed batches, round by round."""
    found: dict[str, list[dict[str, Any]]] = {}
    ways = {name: way for name, way in talkers(MODEL).items() if name in EXACT[:2]}
    with ExitStack() as stack:
        open_ways = {name: stack.enter_context(Talker(way)) for name, way in ways.items()}
        for number in pace:
            for name, talker in open_ways.items():
                for count in STREAMS:
                    time.sleep(_REST_S)
                    said = talker.say(PROMPTS[0], TOKENS, texts=count, turn=number).as_json()
                    said.pop("said")
                    found.setdefault(f"{name}, {count}", []).append(said)
    return {name: each[1:] for name, each in found.items()}


def memory() -> dict[str, float]:
    """MB at most of each way, alone, over a prompt of 1,024 tokens and what follows it."""
    return {name: peak_mb(way, PROMPTS[-1], TOKENS // 4) for name, way in talkers(MODEL).items()}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
