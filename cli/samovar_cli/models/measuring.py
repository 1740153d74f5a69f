"""A model's examples run alone and together, in turns, and the line through what they took."""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
from samovar import pipeline
from samovar.errors import CommandFailed, SamovarError
from samovar.model import Model
from samovar.profile import Profile
from samovar.types import Payload

from samovar_cli.models.fitting import Point, fit
from samovar_cli.terminal import progress

_LEAST = 3  # rounds, however long they take
_MOST_TOGETHER = 32
_LARGEST_SHARE = 8  # no run may take a larger part of the time than one in so many …
_NOTHING_MS = 5.0  # … unless it takes no time to speak of


@dataclass(frozen=True, slots=True)
class Run:
    """Requests that are run together, again and again."""

    payloads: tuple[Payload, ...]
    requests: int  # items in all of them: a payload may bring several rows

    @property
    def kb(self) -> float:
        """The size of all bodies."""
        return sum(len(payload.body) for payload in self.payloads) / 1024


@dataclass(frozen=True, slots=True)
class Measured:
    """A profile, and what it was made of."""

    profile: Profile
    points: tuple[Point, ...]
    rounds: int


def measure(model: Model, seconds: float, before_mb: float = 0.0) -> Measured:
    """The examples alone and together, in turns, for so long. Raises CommandFailed."""
    if not model.spec.examples:
        raise CommandFailed(
            f"model '{model.spec.name}' has no golden examples to measure: add [[examples]] to "
            "its manifest, of the sizes that people send"
        )
    times: dict[int, list[float]] = {}
    runs: list[Run] = []
    with progress() as bars:
        task = bars.add_task(model.spec.name, total=None)
        for run in _runs(model, seconds):
            times[len(runs)] = []
            runs.append(run)
            bars.advance(task)
        end, rounds = time.monotonic() + seconds, 0
        while rounds < _LEAST or time.monotonic() < end:
            for number, run in enumerate(runs):
                times[number].append(_time_ms(model, run))
                bars.advance(task)
            rounds += 1
    points = tuple(
        Point(run.requests, run.kb, statistics.median(times[number]))
        for number, run in enumerate(runs)
    )
    memory_mb = max(resident_mb() - before_mb, 0.0)
    return Measured(fit(points, memory_mb), points, rounds)


def _runs(model: Model, seconds: float) -> Iterator[Run]:
    """Each example alone, then twice, four times… as far as the model and the time let it."""
    most = min(model.spec.batch.max_size, _MOST_TOGETHER) if model.shares_batch else 1
    for example in model.spec.examples:
        items, together = _items(model, example.payload), 1
        while together * items <= max(most, items):
            run = Run((example.payload,) * together, together * items)
            took_ms = _time_ms(model, run)  # the first one warms it up
            yield run
            together *= 2
            if took_ms * 2 > max(seconds * 1000 / _LARGEST_SHARE, _NOTHING_MS):
                break


def _items(model: Model, payload: Payload) -> int:
    """How many things a payload asks about: what its answer has predictions for."""
    try:
        answer = orjson.loads(pipeline.infer(payload, model).body)
    except orjson.JSONDecodeError:  # tensors in binary
        return 1
    found = answer.get("predictions") if isinstance(answer, dict) else None
    return max(len(found), 1) if isinstance(found, list) else 1


def _time_ms(model: Model, run: Run) -> float:
    start = time.perf_counter_ns()
    answers = pipeline.infer_many(run.payloads, model)
    took_ms = (time.perf_counter_ns() - start) / 1e6
    for answer in answers:
        if isinstance(answer, SamovarError):
            raise answer
    return took_ms


def resident_mb() -> float:
    """What this process has in memory, MB; 0 where the system does not say."""
    status = Path("/proc/self/status")
    said = status.read_text("ascii") if status.is_file() else ""
    found = [line.split()[1] for line in said.splitlines() if line.startswith("VmRSS")]
    return int(found[0]) * 1024 / 1e6 if found else 0.0
