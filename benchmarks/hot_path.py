"""What a request costs beyond the model's own run: the hot door, its floors, its peers.

Every variant answers the same request with the same graph, in a process of its own
environment, and all of them in turns.
"""

from collections.abc import Mapping
from dataclasses import replace

from benchmarks.doors import TENSORS
from benchmarks.events import json_event
from benchmarks.interleave import Sample
from benchmarks.pace import Pace
from benchmarks.peers import in_functions
from benchmarks.places import RUNTIME, function_path, missing_function
from benchmarks.plain import plain_model
from benchmarks.suite import Suite, Target, Value, of
from benchmarks.workers import Entry, take_turns

MODEL = "digits"
INNER = 50
_RUN = "session.run alone"
_TRACED = {"_X_AMZN_TRACE_ID": "Root=1-65d1f3a2-0123456789abcdef01234567;Parent=0123456789abcdef"}
"""What AWS's runtime client puts into the environment before each call."""


def measure(pace: Pace) -> Mapping[str, Sample]:
    """Seconds a request of each variant; then what each has beside `session.run`."""
    found = take_turns(entries(), pace, INNER)
    return found | {beside(name): _less(found, name) for name in found if name != _RUN}


def entries() -> dict[str, Entry]:
    """The processes: ours, and those of peers that are set up."""
    ours = ("benchmarks.doors:small", (MODEL, str(plain_model(MODEL))), function_path())
    peers = in_functions.entries(MODEL, json_event(MODEL, TENSORS))
    found = {"samovar": Entry(RUNTIME, *ours), **peers}
    return {
        name: replace(entry, variables={**entry.variables, **_TRACED})
        for name, entry in found.items()
    }


def beside(name: str) -> str:
    """The row of what a variant has beside the graph's own run."""
    return f"{name}, less session.run"


def _less(found: Mapping[str, Sample], name: str) -> Sample:
    pairs = zip(found[name].wall_s, found[_RUN].wall_s, strict=True)
    return Sample(beside(name), tuple(whole - run for whole, run in pairs))


def _over(peer: str) -> Value:
    ours, theirs = of(beside("hot door, JSON")), of(beside(peer))
    return lambda measured: ours(measured) / theirs(measured)


SUITE = Suite(
    name="hot_path",
    says="A request of one small tensor (a picture of 8 × 8, as JSON), in the process.",
    measure=measure,
    rounds=200,
    budget_s=60,
    quick=5,
    floors={"": _RUN, "less session.run": beside("hand-written handler")},
    targets=(
        Target(
            "hot_own",
            "handler time − `session.run`, small tensor, JSON",
            of(beside("hot door, JSON"), 1e6),
            35,
            "µs",
        ),
        Target("hot_fastapi", "the same over FastAPI + Mangum", _over("FastAPI + Mangum"), 0.2),
        Target("hot_powertools", "the same over Powertools’ resolver", _over("Powertools"), 0.6),
    ),
    missing=missing_function,
)
