"""A graph run on made-up tensors: what it gives, how long it takes, whether its rows stand alone.

Runs in the child process.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from samovar.adapters.onnx import OnnxRunner
from samovar.errors import ModelFault
from samovar.types import Array, Signature

from samovar_cli.adding.child import Task, peak_mb
from samovar_cli.adding.graph import read_graph
from samovar_cli.adding.made_up import Guess, guesses, make

_LONGEST_S = 30.0
_FAULTS = (ModelFault, ValueError)


def explore(task: Task) -> dict[str, Any]:
    """What is known of a graph after it ran, or `said`, why none of its runs worked."""
    path, began = Path(task.path), time.perf_counter()
    empty_mb = peak_mb()
    try:
        runner = OnnxRunner(path)
    except ModelFault as error:
        return {"opened": False, "said": error.message}
    loaded = time.perf_counter() - began
    graph = read_graph(path)
    found: dict[str, Any] = {"opened": True, "said": "", "load_ms": loaded * 1e3}
    found["empty_mb"] = empty_mb
    for guess in _in_time(guesses(runner.signature.inputs, graph.categories)):
        try:
            made = make(runner.signature.inputs, graph.symbols, guess)
            outputs = runner.run(made, ())
        except _FAULTS as error:
            found["said"] = found["said"] or str(error)
            continue
        found["said"] = ""
        return found | _seen(runner, graph.symbols, guess, made, outputs)
    return found


def _in_time(tries: Iterator[Guess]) -> Iterator[Guess]:
    end = time.monotonic() + _LONGEST_S
    for guess in tries:
        yield guess
        if time.monotonic() > end:
            return


def _seen(
    runner: OnnxRunner,
    symbols: Mapping[str, tuple[str, ...]],
    guess: Guess,
    made: Mapping[str, Array],
    outputs: Mapping[str, Array],
) -> dict[str, Any]:
    began = time.perf_counter()
    runner.run(made, ())
    return {
        "run_ms": (time.perf_counter() - began) * 1e3,
        "inputs": {name: list(array.shape) for name, array in made.items()},
        "outputs": {name: _facts(array) for name, array in outputs.items()},
        "rows": _rows_stand_alone(runner, symbols, guess, outputs),
        "guess": asdict(guess),
    }


def _facts(array: Array) -> dict[str, Any]:
    """An output's shape, and whether its numbers are probabilities."""
    numbers = array.dtype.kind == "f" and array.size > 0
    unit = bool(numbers and (array >= 0).all() and (array <= 1).all())
    whole = unit and array.ndim >= 2 and array.reshape(len(array), -1).shape[1] > 1
    sums = array.reshape(len(array), -1).sum(axis=1) if whole else np.zeros(1)
    return {
        "shape": list(array.shape),
        "unit": unit,
        "sums_to_one": bool(whole and np.allclose(sums, 1, atol=1e-2)),
    }


def _rows_stand_alone(
    runner: OnnxRunner,
    symbols: Mapping[str, tuple[str, ...]],
    guess: Guess,
    alone: Mapping[str, Array],
) -> str:
    """Whether two rows may share a run: "yes", or why not."""
    if not _is_stacked(runner.signature):
        return "its tensors have no free first axis"
    made = make(runner.signature.inputs, symbols, replace(guess, rows=2))
    single = {name: array[1:] for name, array in made.items()}
    try:
        both, last = runner.run(made, ()), runner.run(single, ())
    except _FAULTS:
        return "it does not run on two rows at once"
    for name in alone:
        if not _same(both[name], last[name]):
            return f"a row's {name} depends on the rows that it shares a run with"
    return "yes"


def _is_stacked(signature: Signature) -> bool:
    specs = (*signature.inputs, *signature.outputs)
    return all(spec.shape[:1] == (-1,) for spec in specs)


def _same(both: Array, last: Array) -> bool:
    if len(both) != 2 or both.shape[1:] != last.shape[1:]:
        return False
    if both.dtype.kind != "f":
        return np.array_equal(both[1], last[0])
    scale = float(np.abs(last, dtype=np.float64).max(initial=0.0))
    near = np.allclose(both[1], last[0], rtol=1e-3, atol=1e-3 * scale + 1e-6, equal_nan=True)
    return bool(near)
