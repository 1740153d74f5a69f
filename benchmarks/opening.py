"""One opening of a model in a fresh process: `python -m benchmarks.opening HOW MODEL PLACE RUNS`.

HOW is "plain", PLACE a file for onnxruntime's default session; or "samovar", PLACE a models
folder. It prints the seconds of the opening, of the first run and of the median of RUNS after
it, and the form that was opened.
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

GRAPH = "model.onnx"
Run = Callable[[Mapping[str, Any]], object]
_TOKENS = 12


def opener(how: str, model: str, place: Path) -> tuple[Callable[[], Run], str]:
    """What opens the session, all else being ready, and the name of the form."""
    return _plain(place) if how == "plain" else _samovar(model, place)


def _plain(path: Path) -> tuple[Callable[[], Run], str]:
    def opened() -> Run:
        session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        return lambda feed: session.run(None, feed)

    return opened, "onnx"


def _samovar(model: str, models: Path) -> tuple[Callable[[], Run], str]:
    from samovar.adapters import onnx  # noqa: F401 - imports are measured elsewhere
    from samovar.adapters.forms import chosen, open_graph
    from samovar.adapters.machine import this_machine
    from samovar.settings import Settings
    from samovar.wiring import build_store, open_runner

    settings = Settings(models_dir=models, memory_mb=MEMORY_MB)
    store = build_store(settings, sealed=True)
    spec, files = store.spec(model), store.fetch(model, "1")
    form = chosen(spec, "1", files, GRAPH, this_machine()).form

    def opened() -> Run:
        runner = open_graph(spec, "1", files, GRAPH, open_runner(settings))
        return lambda feed: runner.run(feed, [])

    return opened, form.kind if form else "onnx"


def feed_for(model: str) -> dict[str, Any]:
    """Inputs for a text encoder, or the picture of a digit."""
    if model == "digits":
        return {"image": np.full((1, 1, 8, 8), 0.25, np.float32)}
    ids = np.array([[101, 2023, 2003, 1037, 3231, 102] * 2], np.int64)[:, :_TOKENS]
    rest = {"attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    return {"input_ids": ids} | rest


def open_and_run(how: str, model: str, place: str) -> Mapping[str, Callable[[], object]]:
    """For `stall`: the session open, to be run when it is told. "imports" opens none."""
    if how == "imports":
        return {"run": lambda: None}
    opened, _ = opener(how, model, Path(place))
    run, feed = opened(), feed_for(model)
    return {"run": lambda: run(feed)}


def main(arguments: list[str]) -> None:
    """Open, run, run again."""
    how, model, place, runs = arguments
    opened, form = opener(how, model, Path(place))
    feed = feed_for(model)
    start = time.perf_counter()
    run = opened()
    open_s = time.perf_counter() - start
    run(feed)
    first_s = time.perf_counter() - start - open_s
    warm_s = _warm(run, feed, int(runs))
    print(json.dumps({"open": open_s, "first": first_s, "warm": warm_s, "form": form}))


def _warm(run: Run, feed: Mapping[str, Any], runs: int) -> float:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        run(feed)
        times.append(time.perf_counter() - start)
    return sorted(times)[runs // 2]


if __name__ == "__main__":
    main(sys.argv[1:])
