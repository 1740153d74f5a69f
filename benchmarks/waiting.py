"""Threads that wait for their next kernel beside threads that rest: what a request gains by it,
and what it costs where several processes share the CPUs.

The first is one service of each kind in one process, in turns; the second, so many processes at
once that run a graph again and again. `python -m benchmarks.waiting GRAPH wait|rest` is such a
process: it runs the graph for as many seconds as it is told, and tells how often.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from benchmarks.interleave import Quantity, Series, interleave, turned
from benchmarks.pace import Pace
from benchmarks.places import MEMORY_MB, MODELS, ROOT, environment
from benchmarks.suite import Suite

REST, WAIT = "rest", "wait"
_ENCODERS, _WORDS, _INNER = ("minilm", "minilm-small"), (3, 12, 60, 120), 5
_CROWDS, _GRAPH, _TOKENS, _RUN_S = (1, 2, 3), MODELS / "minilm/1/model.onnx", 16, 1.0
_SOME = ("water", "the", "plants", "every", "morning")
_TEXTS = {words: " ".join(_SOME[at % 5] for at in range(words)).encode() for words in _WORDS}


def measure(pace: Pace) -> Mapping[str, Series]:
    """Seconds of a request, then runs a second of processes at once."""
    requests = interleave(_requests(), rounds=pace, inner=_INNER)
    return {**requests, **_crowds(3)}


def _requests() -> Mapping[str, Callable[[], object]]:
    from samovar.settings import Settings
    from samovar.types import Payload
    from samovar.wiring import build_host, build_store

    found: dict[str, Callable[[], object]] = {}
    rest = Settings(models_dir=MODELS, session_threads=2)
    for kind, settings in {
        REST: rest,
        WAIT: Settings(models_dir=MODELS, memory_mb=MEMORY_MB),
    }.items():
        host = build_host(settings, build_store(settings))
        for model in _ENCODERS:
            for words, text in _TEXTS.items():
                sent = Payload(text, "text/plain")
                found[_row(kind, f"{model}, {words} words")] = (
                    lambda host=host, model=model, sent=sent: host.predict(model, "", sent)
                )
    return found


def _row(kind: str, what: str) -> str:
    return f"threads {kind}: {what}"


def _crowds(rounds: int) -> Mapping[str, Series]:
    """Runs a second of all processes of a crowd together."""
    found: dict[str, list[float]] = {}
    with ExitStack() as stack:
        crowds = {
            _row(kind, f"{count} at once"): [
                stack.enter_context(_process(kind)) for _ in range(count)
            ]
            for count in _CROWDS
            for kind in (REST, WAIT)
        }
        for number in range(rounds):
            for name in turned(list(crowds), number):
                found.setdefault(name, []).append(_runs_a_second(crowds[name]))
        for one in (one for crowd in crowds.values() for one in crowd):
            one.kill()
    return {name: Quantity(name, tuple(rates), "1/s") for name, rates in found.items()}


def _process(kind: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.waiting", str(_GRAPH), kind],
        env=environment(str(ROOT)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def _runs_a_second(crowd: list["subprocess.Popen[str]"]) -> float:
    for one in crowd:
        assert one.stdin is not None  # noqa: S101 - tells the types
        print(_RUN_S, file=one.stdin, flush=True)
    runs = 0
    for one in crowd:
        assert one.stdout is not None  # noqa: S101 - tells the types
        runs += int(one.stdout.readline())
    return runs / _RUN_S


def main(graph: str, kind: str) -> None:
    """A process of a crowd."""
    import numpy as np
    from samovar.adapters.onnx import OnnxRunner

    runner = OnnxRunner(Path(graph), threads=2, waits=kind == WAIT)
    fed = {spec.name: np.ones((1, _TOKENS), np.int64) for spec in runner.signature.inputs}
    wanted = [spec.name for spec in runner.signature.outputs]
    runner.run(fed, wanted)
    for line in sys.stdin:
        end_s, runs = time.monotonic() + float(line), 0
        while time.monotonic() < end_s:
            runner.run(fed, wanted)
            runs += 1
        print(runs, flush=True)


SUITE = Suite(
    name="waiting",
    says="A text through a service of two CPUs, and runs of a graph by processes at once.",
    measure=measure,
    rounds=60,
    budget_s=90,
    floors={
        what: _row(REST, what)
        for what in (
            *(f"{model}, {words} words" for model in _ENCODERS for words in _WORDS),
            *(f"{count} at once" for count in _CROWDS),
        )
    },
    regular=False,
)

if __name__ == "__main__":
    main(*sys.argv[1:])
