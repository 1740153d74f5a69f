"""What an answer costs that is kept: the hot door beside itself, in one process.

The model is the one of `hot_path`, a digit's picture of 8 × 8 as JSON, once with `[cache]` in
its manifest and once without. A hit of a request that was written this way before, under
whatever id, is found by its bytes; one whose id is not plain is read, to see what it asks.
"""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.doors import ENVIRONMENT, TENSORS, checked
from benchmarks.events import json_event
from benchmarks.interleave import Sample
from benchmarks.lambda_context import Context
from benchmarks.pace import Pace
from benchmarks.places import MODELS, RUNTIME, function_path, missing_function
from benchmarks.suite import Suite, Target, of, ratio
from benchmarks.workers import Entry, take_turns

MODEL = "digits"
INNER = 50
RUN = "the model is run"
ASKED = "whether a model's answers are kept, where they are not"
HIT = "kept, the same bytes as before"
NAMED = "kept, with an id of its own"
READ = "kept, read to see what it asks"
SAME = "kept, and the client has it (304)"
MISS = "run, and kept anew (no-cache)"


def measure(pace: Pace) -> Mapping[str, Sample]:
    """Seconds of a request of each kind."""
    entry = Entry(RUNTIME, "benchmarks.cache:calls", (), function_path())
    return take_turns({"samovar": entry}, pace, INNER)


def calls() -> Mapping[str, Callable[[], object]]:
    """A request of each kind, to the hot door; each has been answered as its name says."""
    from samovar.settings import read_settings
    from samovar.wiring import build_service

    plain, service = _door(ENVIRONMENT), build_service(read_settings(ENVIRONMENT))
    kept = _door({**ENVIRONMENT, "SAMOVAR_MODELS_DIR": str(_folder())})
    event, context = json_event(MODEL, TENSORS), Context()
    named, strange = (_named(event, name) for name in ("a", "é"))
    anew = _with(event, "cache-control", "no-cache")
    found = {
        RUN: checked(plain, event, context),
        ASKED: lambda: service.keeps(MODEL),
        MISS: checked(kept, anew, context),
        HIT: _hit(kept, event, context),
        NAMED: _hit(kept, named, context),
        READ: _hit(kept, strange, context),
    }
    tag = kept(event, context)["headers"]["etag"]
    return found | {SAME: _hit(kept, _with(event, "if-none-match", tag), context)}


def _door(variables: Mapping[str, str]) -> Any:
    from samovar.wiring import hot_handler

    return hot_handler(variables)


def _folder() -> Path:
    """A folder with the model, its answers kept."""
    folder = Path(tempfile.mkdtemp()) / "models"
    shutil.copytree(MODELS / MODEL, folder / MODEL)
    with (folder / MODEL / "model.toml").open("a", encoding="utf-8") as manifest:
        manifest.write("\n[cache]\nttl_s = 3600\n")
    return folder


def _named(event: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {**event, "body": f'{event["body"][:-1]},"id":"{name}"}}'}


def _with(event: Mapping[str, Any], name: str, value: str) -> dict[str, Any]:
    return {**event, "headers": {**event["headers"], name: value}}


def _hit(handler: Callable[..., Any], event: dict[str, Any], context: object) -> Any:
    """A call of the handler that is answered by what is kept. Raises RuntimeError."""
    state = handler(event, context)["headers"].get("x-samovar-cache")
    if state != "hit":
        raise RuntimeError(f"the answer is not kept: {state}")
    return lambda: handler(event, context)


SUITE = Suite(
    name="cache",
    says="A request of one small tensor (a picture of 8 × 8, as JSON), whose answer is kept.",
    measure=measure,
    rounds=400,
    budget_s=60,
    floors={"": RUN},
    targets=(
        Target("cache_hit", "a hit in the hot door, the whole handler", of(HIT, 1e6), 60, "µs"),
        Target("cache_read", "the same, its body read", of(READ, 1e6), 60, "µs"),
        Target("cache_off", "what a request costs more to a model that keeps none",
               of(ASKED, 1e6), 1, "µs"),
        Target("cache_gain", "a hit over a run", ratio(HIT, RUN), 1),
    ),
    missing=missing_function,
    regular=False,
)  # fmt: skip
