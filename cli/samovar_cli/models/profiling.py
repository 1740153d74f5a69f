"""`samovar models profile`: how long requests take here, alone and together."""

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
from rich.table import Table
from samovar import pipeline
from samovar.errors import CommandFailed, SamovarError
from samovar.manifest import MANIFEST
from samovar.model import Model
from samovar.profile import Profile
from samovar.settings import Settings
from samovar.types import Payload
from samovar.wiring import load_model

from samovar_cli.folder import Folder
from samovar_cli.models.fitting import Point, fit
from samovar_cli.models.rewriting import with_profile
from samovar_cli.terminal import console, percent, progress, size, write_json

_ONE_VCPU_MB = 1769
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    name: str
    models: Path
    seconds: float = 3.0
    threads: int = 1
    as_json: bool = False
    write: bool = False


def profile_model(wanted: Wanted) -> None:
    """Measure a model's golden examples, show its profile, and write it down where asked to.

    Raises ModelNotFound, ModelFault, CommandFailed for a model without examples.
    """
    Folder(wanted.models).check_name(wanted.name)
    before = _resident_mb()
    memory_mb = _ONE_VCPU_MB * wanted.threads
    model = load_model(Settings(models_dir=wanted.models, memory_mb=memory_mb), wanted.name)
    found = measure(model, wanted.seconds, before)
    if wanted.write:
        path = wanted.models / wanted.name / MANIFEST
        text = path.read_text("utf-8") if path.is_file() else ""
        path.write_text(with_profile(text, lines(found.profile)), "utf-8")
    if wanted.as_json:
        write_json(orjson.dumps(_document(wanted, model, found)))
        return
    out = console()
    for line in _heading(wanted, found):
        out.print(line)
    out.print("\n".join(lines(found.profile)))
    console(stderr=True).print(_table(found))


def lines(profile: Profile) -> list[str]:
    """The profile as a manifest's table."""
    said = {key: value for key, value in asdict(profile).items() if value or key == "request_ms"}
    return ["[profile]", *(f"{key} = {value:.3g}" for key, value in said.items())]


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
    memory_mb = max(_resident_mb() - before_mb, 0.0)
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


def _resident_mb() -> float:
    """What this process has in memory, MB; 0 where the system does not say."""
    status = Path("/proc/self/status")
    said = status.read_text("ascii") if status.is_file() else ""
    found = [line.split()[1] for line in said.splitlines() if line.startswith("VmRSS")]
    return int(found[0]) * 1024 / 1e6 if found else 0.0


def _heading(wanted: Wanted, found: Measured) -> Iterator[str]:
    kind = "one thread" if wanted.threads == 1 else f"{wanted.threads} threads"
    runs = len(found.points)
    yield f"# {runs} kinds of runs, {found.rounds} times each, on {kind} of this machine;"
    yield f"# the line misses them by {percent(found.profile.error)} on average"
    if wanted.write:
        yield f"# written to {wanted.models / wanted.name / MANIFEST}"


def _table(found: Measured) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for head in ("together", "bodies", "measured", "by the line", "a request"):
        table.add_column(head, justify="right")
    for point in sorted(found.points, key=lambda p: (p.requests, p.kb)):
        table.add_row(
            f"{point.requests}",
            size(round(point.kb * 1024)),
            f"{point.ms:.3g} ms",
            f"{_by_line(found.profile, point):.3g} ms",
            f"{point.ms / point.requests:.3g} ms",
        )
    return table


def _by_line(profile: Profile, point: Point) -> float:
    each = profile.request_ms - profile.shared_ms
    return profile.shared_ms + each * point.requests + profile.kb_ms * point.kb


def _document(wanted: Wanted, model: Model, found: Measured) -> Mapping[str, Any]:
    points: Sequence[Point] = found.points
    return {
        "model": wanted.name,
        "version": model.version,
        "threads": wanted.threads,
        "rounds": found.rounds,
        **asdict(found.profile),
        "points": [asdict(point) for point in points],
    }
