"""What it takes to open a model and run it once: plain `.onnx` against its compiled form.

A fresh process each time, with the page cache as the last one left it, or with the model's
files taken out of it. Imports are not in the times.
"""

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from benchmarks.interleave import Sample
from benchmarks.pace import Pace
from benchmarks.page_cache import evict, fill
from benchmarks.places import ROOT, RUNTIME, SEALED, environment, function_path, missing_function
from benchmarks.plain import plain_model
from benchmarks.suite import Outcome, Suite, Target, Value, ratio

RUNS = 60
MODELS = {"minilm": "90 MB", "minilm-small": "24 MB", "digits": "0.3 MB"}
_WAYS = ("plain", "samovar")
_CACHES = ("warm", "evicted")
LATER = "a later run"


def measure(pace: Pace) -> Outcome:
    """Seconds of opening and first run, warm and evicted, and of a later run."""
    found: dict[str, list[float]] = {}
    forms: dict[str, str] = {}
    for number in pace:
        for model in MODELS:
            for cache in _CACHES:
                for how in _WAYS if number % 2 else reversed(_WAYS):
                    once = opening(how, model, evicted=cache == "evicted")
                    forms[model] = once["form"] if how == "samovar" else forms.get(model, "")
                    for row, seconds in _rows(how, model, cache, once).items():
                        found.setdefault(row, []).append(seconds)
    rows = {row: Sample(row, tuple(found[row])) for model in MODELS for row in _order(model)}
    opened = ", ".join(f"{model}: {form}" for model, form in forms.items())
    return Outcome(rows, notes=(f"Opened by samovar as {opened}.",))


def opening(how: str, model: str, *, evicted: bool = False) -> dict[str, Any]:
    """One opening in a fresh process: seconds of "open", "first" and "warm", and the "form"."""
    place = plain_model(model) if how == "plain" else SEALED
    folder = place.parent if how == "plain" else place / model
    (evict if evicted else fill)(file for file in folder.rglob("*") if file.is_file())
    runs = str(1 if evicted else RUNS)
    command = [str(RUNTIME), "-m", "benchmarks.opening", how, model, str(place), runs]
    variables = environment(f"{function_path()}:{ROOT}")
    said = subprocess.run(command, env=variables, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    once: dict[str, Any] = json.loads(said.stdout)
    return once


def _rows(how: str, model: str, cache: str, once: Mapping[str, Any]) -> dict[str, float]:
    said = {"plain": "plain .onnx", "samovar": "samovar"}[how]
    rows = {_row(said, model, cache): once["open"] + once["first"]}
    return rows if cache == "evicted" else rows | {_row(said, model, LATER): once["warm"]}


def _row(said: str, model: str, what: str) -> str:
    return f"{said}, {model} ({MODELS[model]}), {what}"


def _order(model: str) -> list[str]:
    return [
        _row(said, model, what) for what in (*_CACHES, LATER) for said in ("plain .onnx", "samovar")
    ]


def _over(model: str, what: str) -> Value:
    return ratio(_row("samovar", model, what), _row("plain .onnx", model, what))


def _times_faster(model: str, what: str) -> Value:
    return ratio(_row("plain .onnx", model, what), _row("samovar", model, what))


def _targets() -> tuple[Target, ...]:
    wanted = [("minilm", "≥ 50 MB", 5.0), ("minilm-small", "15–50 MB", 3.0)]
    found = []
    for model, size, times in wanted:
        said = f"{model} ({size})"
        faster = "open + first run, times faster than plain `.onnx`"
        found += [
            Target(
                f"load_{model}",
                f"{faster}: {said}",
                _times_faster(model, "warm"),
                times,
                at_least=True,
            ),
            Target(
                f"load_{model}_evicted",
                f"{faster}, page cache evicted: {said}",
                _times_faster(model, "evicted"),
                2.0,
                at_least=True,
            ),
            Target(
                f"load_{model}_later",
                f"a later run over plain `.onnx`: {said}",
                _over(model, LATER),
                1.10,
            ),
        ]
    return tuple(found)


SUITE = Suite(
    name="load",
    says="A model opened and run once in a fresh process, imports aside; then a later run.",
    measure=measure,
    rounds=15,
    budget_s=100,
    floors={
        f"{model} ({size}), {what}": _row("plain .onnx", model, what)
        for model, size in MODELS.items()
        for what in (*_CACHES, LATER)
    },
    targets=_targets(),
    missing=missing_function,
)
