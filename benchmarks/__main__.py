"""`python -m benchmarks [NAME…]`: measure, show a table, write benchmarks/results."""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from benchmarks import (
    container_batching,
    first_answer,
    hot_path,
    micro_batching,
    overload,
    simulator,
)
from benchmarks.interleave import Sample

RESULTS = Path(__file__).parent / "results"
# Name → what is measured, rounds, the variant that the ratios are to.
SUITES: Mapping[str, tuple[Any, int, dict[str, str]]] = {
    "hot_path": (hot_path.measure, 150, {"": "session.run alone"}),
    "first_answer": (
        first_answer.measure,
        11,
        {"minilm": "bare script, minilm", "minilm-small": "bare script, minilm-small"},
    ),
    "container_batching": (
        container_batching.measure,
        31,
        {
            "minilm-small": "batches of 1, minilm-small",
            "task-priority": "batches of 1, task-priority",
        },
    ),
    "micro_batching": (micro_batching.measure, 15, micro_batching.FLOORS),
    "simulator": (simulator.measure, 15, simulator.FLOORS),
    "overload": (overload.measure, 3, overload.FLOORS),
}


def main(arguments: list[str]) -> int:
    """Run the named suites, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("suites", nargs="*", help=f"any of {', '.join(SUITES)}")
    chosen = parser.parse_args(arguments).suites or list(SUITES)
    results = {}
    for name in chosen:
        measure, rounds, floors = SUITES[name]
        samples = measure(rounds, lambda done, all_, name=name: _progress(name, done, all_))
        print(file=sys.stderr)
        results[name] = (samples, floors)
    text = report(results)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    stem = "latest" if set(chosen) == set(SUITES) else "-".join(chosen)
    (RESULTS / f"{stem}.md").write_text(text)
    (RESULTS / f"{stem}.json").write_bytes(
        orjson.dumps(
            {"machine": machine()}
            | {n: {k: s.as_json() for k, s in got.items()} for n, (got, _) in results.items()},
            option=orjson.OPT_INDENT_2,
        )
    )
    return 0


def report(results: Mapping[str, tuple[Mapping[str, Sample], Mapping[str, str]]]) -> str:
    """A Markdown table a suite: median, spread, ratio to its floor."""
    lines = ["# Measured", "", " · ".join(f"{k}: {v}" for k, v in machine().items()), ""]
    for name, (samples, floors) in results.items():
        lines += [f"## {name}", "", "| | median | p10 – p90 | × floor |", "|---|---:|---:|---:|"]
        for label, sample in samples.items():
            floor = samples[_floor(label, floors)].median_s
            low, high = sample.spread_s()
            unit, scale = ("ms", 1e3) if sample.median_s > 0.002 else ("µs", 1e6)
            spread = f"{low * scale:.1f} – {high * scale:.1f}"
            ratio = sample.median_s / floor
            lines.append(
                f"| {label} | {sample.median_s * scale:.1f} {unit} | {spread} | {ratio:.2f} |"
            )
        lines.append("")
    return "\n".join(lines)


def machine() -> dict[str, str]:
    """Where this was measured."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit,
        "cpu": _cpu(),
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor()
    lines = [line for line in info.read_text().splitlines() if line.startswith("model name")]
    return lines[0].partition(":")[2].strip() if lines else platform.machine()


def _floor(label: str, floors: Mapping[str, str]) -> str:
    return next(floor for key, floor in sorted(floors.items(), reverse=True) if label.endswith(key))


def _progress(name: str, done: int, rounds: int) -> None:
    print(f"\r{name}: {done}/{rounds}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
