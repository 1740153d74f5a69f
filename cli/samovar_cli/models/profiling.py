"""`samovar models profile`: how long a request takes here, as a manifest says it."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import orjson
from samovar import pipeline
from samovar.errors import CommandFailed
from samovar.model import Model
from samovar.profile import Profile
from samovar.settings import Settings
from samovar.statistics import Trend
from samovar.types import Payload
from samovar.wiring import load_model

from samovar_cli.folder import Folder
from samovar_cli.terminal import console, progress, write_json

_ONE_VCPU_MB = 1769
_LEAST = 10  # requests, however long they take


@dataclass(frozen=True, slots=True)
class Measured:
    """A profile, and what it was made of."""

    profile: Profile
    requests: int
    smallest: int  # bytes of a body
    largest: int


def profile_model(name: str, models: Path, seconds: float, *, as_json: bool) -> None:
    """Measure a model's golden examples on one thread and show its profile.

    Raises ModelNotFound, ModelFault, CommandFailed for a model without examples.
    """
    Folder(models).check_name(name)
    model = load_model(Settings(models_dir=models, memory_mb=_ONE_VCPU_MB), name)
    found = measure(model, seconds)
    if as_json:
        write_json(orjson.dumps({"model": name, "version": model.version, **_document(found)}))
        return
    out = console()
    out.print(f"# {found.requests} requests of {_sizes(found)} on one thread of this machine")
    out.print("[profile]")
    out.print(f"request_ms = {found.profile.request_ms:.3g}")
    out.print(f"kb_ms = {found.profile.kb_ms:.3g}")


def measure(model: Model, seconds: float) -> Measured:
    """The examples run in turn for so long, each once before that. Raises CommandFailed."""
    payloads = [example.payload for example in model.spec.examples]
    if not payloads:
        raise CommandFailed(
            f"model '{model.spec.name}' has no golden examples to measure: add [[examples]] to "
            "its manifest, of the sizes that people send"
        )
    for payload in payloads:
        pipeline.infer(payload, model)
    trend, sizes = Trend(), [len(payload.body) for payload in payloads]
    with progress() as bars:
        task = bars.add_task(model.spec.name, total=None)
        for payload in _for_so_long(payloads, seconds):
            start = time.perf_counter_ns()
            pipeline.infer(payload, model)
            trend.add(len(payload.body), time.perf_counter_ns() - start)
            bars.advance(task)
    return Measured(trend.profile(), trend.count, min(sizes), max(sizes))


def _for_so_long(payloads: Sequence[Payload], seconds: float) -> Iterator[Payload]:
    """The payloads over and over, whole rounds of them."""
    end = time.monotonic() + seconds
    least = max(_LEAST, len(payloads))
    for number, payload in enumerate(cycle(payloads)):
        over = time.monotonic() >= end and number >= least
        if over and number % len(payloads) == 0:
            return
        yield payload


def _document(found: Measured) -> dict[str, float | int]:
    return {
        "requests": found.requests,
        "request_ms": found.profile.request_ms,
        "kb_ms": found.profile.kb_ms,
    }


def _sizes(found: Measured) -> str:
    if found.smallest == found.largest:
        return f"{found.smallest} bytes"
    return f"{found.smallest} to {found.largest} bytes"
