"""Process start to first answer: the infer function, a bare script, and FastAPI's function.

Each measurement is a fresh process. The functions run under AWS's runtime client, with a
Runtime API of a few lines on this machine. Ours has its layers and a sealed models folder;
the others open the plain `.onnx`.
"""

import statistics
from collections.abc import Callable, Mapping

from benchmarks.cold_processes import Once, bare, fastapi_function, infer_function
from benchmarks.interleave import Sample, turned
from benchmarks.pace import Pace
from benchmarks.places import missing_function, peer_python
from benchmarks.suite import Outcome, Suite, Target, ratio

MODELS = {"minilm": 0.75, "minilm-small": 0.95}
"""Each model, and the most that the function's first answer may take over the bare script's."""
_BARE, _OURS, _FASTAPI = "bare script", "infer function", "FastAPI + Mangum + boto3 function"
_WAYS: Mapping[str, Callable[[str], Once]] = {
    _BARE: bare,
    _OURS: infer_function,
    _FASTAPI: fastapi_function,
}


def measure(pace: Pace) -> Outcome:
    """Seconds to the first answer of each variant and model, and of their phases."""
    rows = {f"{way}, {model}": (way, model) for model in MODELS for way in _WAYS}
    found: dict[str, list[Once]] = {row: [] for row in rows}
    for way, model in rows.values():
        _WAYS[way](model)  # the page cache
    for number in pace:
        for row in turned(list(rows), number):
            way, model = rows[row]
            found[row].append(_WAYS[way](model))
    samples = {row: _sample(row, times) for row, times in found.items()}
    return Outcome(samples, {row: _phases(times) for row, times in found.items()})


def _sample(row: str, times: list[Once]) -> Sample:
    return Sample(row, tuple(one.wall_s for one in times), tuple(one.cpu_s for one in times))


def _phases(times: list[Once]) -> dict[str, float]:
    return {name: statistics.median(one.phases[name] for one in times) for name in times[0].phases}


def _missing() -> str:
    if not peer_python("fastapi").exists():
        return "FastAPI's environment is not set up: `make .venvs/.stamps/peer-fastapi`"
    return missing_function()


def _targets() -> tuple[Target, ...]:
    found = []
    for model, most in MODELS.items():
        ours = f"{_OURS}, {model}"
        found += [
            Target(
                f"cold_{model}",
                f"process start → first answer, over a bare script: {model}",
                ratio(ours, f"{_BARE}, {model}"),
                most,
            ),
            Target(
                f"cold_{model}_fastapi",
                f"the same, times faster than FastAPI + Mangum + boto3: {model}",
                ratio(f"{_FASTAPI}, {model}", ours),
                3.5,
                at_least=True,
            ),
        ]
    return tuple(found)


SUITE = Suite(
    name="cold",
    says="Process start to first answer, under AWS’s runtime client where it is a function.",
    measure=measure,
    rounds=21,
    budget_s=120,
    floors={model: f"{_BARE}, {model}" for model in MODELS},
    targets=_targets(),
    missing=_missing,
)
