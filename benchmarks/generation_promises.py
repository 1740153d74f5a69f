"""What was promised of generated text, and what `benchmarks.generation` found of it."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.generation_cold import COMPILED, UNCOMPILED

Found = Mapping[str, Any]
OURS, GENAI, BARE = "samovar", "onnxruntime-genai", "bare script"


def middle(rows: Sequence[Mapping[str, float]], key: str) -> float:
    """The median of one figure."""
    return float(statistics.median(row[key] for row in rows))


def paired(ours: Sequence[Found], theirs: Sequence[Found], key: str) -> float:
    """Ours over theirs, round by round, and the median of that: what both rounds suffered, goes."""
    pairs = zip(ours, theirs, strict=True)
    return float(statistics.median(one[key] / other[key] for one, other in pairs))


def promises(found: Found) -> Iterator[str]:
    """What was promised, and what was found of it, as a table in Markdown."""
    yield "| promise | target | found |"
    yield "|---|---:|---:|"
    for name, target, value in _targets(found):
        yield f"| {name} | {target} | {value} |"
    yield ""


def _targets(found: Found) -> Iterator[tuple[str, str, str]]:
    if "speed" in found:
        yield from _speed_targets(found["speed"]["rows"])
    if "streams" in found:
        one, eight = (found["streams"][f"{OURS}, {count}"] for count in (1, 8))
        yield "8 texts at once, tokens a second × one's", "≥ 3", f"{paired(eight, one, 'rate'):.2f}"
    memory = found.get("memory", {})
    if GENAI in memory:
        ratio = memory[OURS] / memory[GENAI]
        yield "peak memory × onnxruntime-genai's", "≤ 1", f"{ratio:.2f}"
    if "overhead" in found:
        value = f"{found['overhead']['likeliest, 1 at once']:.0f} µs"
        yield "a token over the bare loop", "≤ 100 µs", value
    walls = found.get("cold", {}).get("wall_s")
    if walls:
        for name in (COMPILED, UNCOMPILED):
            pairs = zip(walls[name], walls[BARE], strict=True)
            ratio = statistics.median(ours / bare for ours, bare in pairs)
            yield f"cold start of the {name} × a bare script's", "≤ 1.15", f"{ratio:.2f}"


def _speed_targets(speed: Found) -> Iterator[tuple[str, str, str]]:
    others = {name.rpartition(", ")[0] for name in speed}
    for prompt in (32, 256, 1024):
        ours = speed[f"{OURS}, {prompt}"]
        if GENAI in others:
            theirs = speed[f"{GENAI}, {prompt}"]
            rate, first = paired(ours, theirs, "rate"), paired(ours, theirs, "first_s")
            said = f"after {prompt} tokens, × onnxruntime-genai's"
            yield f"tokens a second {said}", "≥ 1", f"{rate:.2f}"
            yield f"time to the first token {said}", "≤ 1.1", f"{first:.2f}"
        best = [
            paired(ours, speed[f"{name}, {prompt}"], "rate")
            for name in others
            if name.startswith("transformers")
        ]
        if best:
            said = f"tokens a second after {prompt} tokens, × transformers' best"
            yield said, "≥ 3", f"{min(best):.2f}"
