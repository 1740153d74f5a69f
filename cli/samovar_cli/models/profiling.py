"""`samovar models profile`: how long requests take here, alone and together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
from rich.table import Table
from samovar.layout import LOCK, MANIFEST
from samovar.model import Model
from samovar.profile import Profile
from samovar.settings import Settings
from samovar.wiring import load_model

from samovar_cli.folder import Folder
from samovar_cli.models.fitting import Point
from samovar_cli.models.measuring import Measured, measure, resident_mb
from samovar_cli.models.rewriting import has_profile, with_profile
from samovar_cli.terminal import console, percent, size, write_json

_ONE_VCPU_MB = 1769


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
    before = resident_mb()
    memory_mb = _ONE_VCPU_MB * wanted.threads
    model = load_model(Settings(models_dir=wanted.models, memory_mb=memory_mb), wanted.name)
    found = measure(model, wanted.seconds, before)
    if wanted.write:
        path = _written_to(wanted)
        path.write_text(with_profile(_text(path), lines(found.profile)), "utf-8")
    if wanted.as_json:
        write_json(orjson.dumps(_document(wanted, model, found)))
        return
    out = console()
    for line in _heading(wanted, found):
        out.print(line, soft_wrap=True)  # a comment of two lines is none
    out.print("\n".join(lines(found.profile)))
    console(stderr=True).print(_table(found))


def _written_to(wanted: Wanted) -> Path:
    """The file whose profile counts: model.lock where it has one, else model.toml."""
    folder = wanted.models / wanted.name
    locked = has_profile(_text(folder / LOCK))
    return folder / (LOCK if locked else MANIFEST)


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""


def lines(profile: Profile) -> list[str]:
    """The profile as a manifest's table."""
    said = {key: value for key, value in asdict(profile).items() if value or key == "request_ms"}
    return ["[profile]", *(f"{key} = {value:.3g}" for key, value in said.items())]


def _heading(wanted: Wanted, found: Measured) -> Iterator[str]:
    kind = "one thread" if wanted.threads == 1 else f"{wanted.threads} threads"
    runs = len(found.points)
    yield f"# {runs} kinds of runs, {found.rounds} times each, on {kind} of this machine;"
    yield f"# the line misses them by {percent(found.profile.error)} on average"
    if wanted.write:
        yield f"# written to {_written_to(wanted)}"


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
