"""One opening of a model in a fresh process: `python -m benchmarks.opening HOW FILE RUNS`.

HOW is "plain" (onnxruntime's default session) or "samovar". It prints the seconds of the
opening, of the first run, of the median run of RUNS after it, and the process's memory in MB.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from benchmarks.places import MEMORY_MB

Run = Callable[[Mapping[str, Any]], object]
_TOKENS = 12


def opened(how: str, path: Path) -> Run:
    """A session, ready to run."""
    if how == "plain":
        session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        return lambda feed: session.run(None, feed)
    from samovar.settings import Settings
    from samovar.wiring import open_runner

    runner = open_runner(Settings(memory_mb=MEMORY_MB))(path)
    return lambda feed: runner.run(feed, [])


def feed_for(path: Path) -> dict[str, Any]:
    """Inputs for a text encoder, or the picture of a digit."""
    if "digits" in path.parts:
        return {"image": np.full((1, 1, 8, 8), 0.25, np.float32)}
    ids = np.array([[101, 2023, 2003, 1037, 3231, 102] * 2], np.int64)[:, :_TOKENS]
    rest = {"attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    return {"input_ids": ids} | rest


def main(arguments: list[str]) -> None:
    """Open, run, run again."""
    how, path, runs = arguments[0], Path(arguments[1]), int(arguments[2])
    if how != "plain":
        import samovar.wiring  # noqa: F401 - imports are measured elsewhere
        from samovar.adapters import onnx  # noqa: F401 - the same
    feed = feed_for(path)
    start = time.perf_counter()
    run = opened(how, path)
    open_s = time.perf_counter() - start
    run(feed)
    first_s = time.perf_counter() - start - open_s
    print(json.dumps({"open": open_s, "first": first_s, "warm": _warm(run, feed, runs)}))


def _warm(run: Run, feed: Mapping[str, Any], runs: int) -> float:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        run(feed)
        times.append(time.perf_counter() - start)
    return sorted(times)[runs // 2]


if __name__ == "__main__":
    main(sys.argv[1:])
