"""`samovar bench cold`: where the time of a function's cold start goes, as table and bars."""

import asyncio
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from rich.table import Table
from rich.text import Text
from samovar.errors import CommandFailed

from samovar_cli.bench.starts import (
    PHASES,
    Start,
    cold_start,
    first_request,
    infer_function,
    sealed_view,
)
from samovar_cli.folder import Folder
from samovar_cli.terminal import console, progress, write_json
from samovar_cli.twin.family import Family
from samovar_cli.twin.layers import build_layers
from samovar_cli.twin.site import Site

_ROOM = 10  # columns for the number behind a bar
_SHADES: Mapping[str, tuple[str, str]] = {
    "runtime_ms": ("░", "dim"),
    "imports_ms": ("▒", "blue"),
    "wiring_ms": ("▓", "magenta"),
    "map_ms": ("█", "cyan"),
    "first_run_ms": ("▄", "green"),
}
_SAYS: Mapping[str, str] = {
    "runtime_ms": "runtime",
    "imports_ms": "imports",
    "wiring_ms": "wiring",
    "map_ms": "map",
    "first_run_ms": "first run",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured."""

    names: tuple[str, ...]  # () for every model of the light lane
    models: Path
    runs: int
    state: Path
    root: Path = Path()

    @property
    def python(self) -> Path:
        """The interpreter that has the runtime client. Raises CommandFailed without one."""
        found = (self.root / ".venvs" / "lambda" / "bin" / "python").absolute()
        if not found.exists():
            raise CommandFailed(f"{found} is not there: `make run` sets it up")
        return found


@dataclass(frozen=True, slots=True)
class Cold:
    """The cold starts of one model."""

    model: str
    starts: tuple[Start, ...]

    def median(self, phase: str) -> float:
        """Of a phase, milliseconds."""
        return statistics.median(start.phases[phase] for start in self.starts)

    @property
    def total_ms(self) -> float:
        """The median start, from the process's begin to the first answer."""
        return statistics.median(start.total_ms for start in self.starts)


def bench_cold(plan: Plan, *, as_json: bool) -> None:
    """Measure and show. Raises ModelNotFound, CommandFailed."""
    found = asyncio.run(_measure(plan))
    if as_json:
        write_json(orjson.dumps([_document(one) for one in found]))
    else:
        _show(found, plan.runs)


async def _measure(plan: Plan) -> list[Cold]:
    """Every model's starts, in turn, so that the machine's moods meet them all alike."""
    folder = Folder(plan.models)
    names = _chosen(folder, plan.names)
    work = (plan.state / "bench").absolute()
    family = Family()
    try:
        site = _site(plan, sealed_view(plan.models, names, work / "models"), work, family)
        starts: dict[str, list[Start]] = {name: [] for name in names}
        with progress() as bars:
            task = bars.add_task("", total=(plan.runs + 1) * len(names))
            for number in range(plan.runs + 1):
                for name in names:
                    bars.update(task, description=name)
                    start = await _once(folder, site, name)
                    starts[name] += [start] if number else []  # the first fills the page cache
                    bars.advance(task)
    finally:
        family.end()
    return [Cold(name, tuple(starts[name])) for name in names]


def _chosen(folder: Folder, names: Sequence[str]) -> tuple[str, ...]:
    """The models to start with, all built and with an example to ask. Raises CommandFailed."""
    for name in names:
        folder.check_name(name)
        if not folder.versions(name):
            raise CommandFailed(f"{name} is not built: run `{folder.build_command(name)}`")
        if not folder.spec(name).examples:
            raise CommandFailed(f"{name} has no golden example to ask: add [[examples]] to it")
    light = [name for name in folder.names() if not folder.is_heavy(name)]
    found = names or [n for n in light if folder.versions(n) and folder.spec(n).examples]
    if not found:
        raise CommandFailed(f"no model in {folder.path} is built: run `make models`")
    return tuple(found)


def _site(plan: Plan, models: Path, work: Path, family: Family) -> Site:
    root = plan.root.absolute()
    layers = infer_function(root / "template.yaml", "").layers
    packages = [layer for layer in layers if (root / layer / "requirements.txt").is_file()]
    build_layers(root, packages, plan.python)
    nowhere = "http://127.0.0.1:9"  # a cold start asks AWS for nothing
    return Site(root, plan.python, work / "tmp", models, nowhere, family.group)


async def _once(folder: Folder, site: Site, name: str) -> Start:
    function = infer_function(site.root / "template.yaml", name)
    event = first_request(name, folder.spec(name).examples[0])
    return await cold_start(function, site, event, site.scratch.parent / f"{name}.log")


def _show(found: Sequence[Cold], runs: int) -> None:
    out = console()
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("model", no_wrap=True)
    table.add_column("opened as")
    for phase in PHASES:
        table.add_column(_SAYS[phase], justify="right")
    table.add_column("first answer", justify="right")
    for one in found:
        cells = [Text(f"{one.median(phase):.1f}") for phase in PHASES]
        total = Text(f"{one.total_ms:.0f} ms", "bold")
        table.add_row(Text(one.model, "bold"), Text(one.starts[0].form), *cells, total)
    out.print(table)
    out.print()
    _draw(found)
    out.print(Text(f"Medians of {runs} cold starts each, milliseconds.", "dim"), soft_wrap=True)


def _draw(found: Sequence[Cold]) -> None:
    """A bar a model, its phases one after the other, all in one scale."""
    out = console()
    longest = max(sum(one.median(phase) for phase in PHASES) for one in found)
    names = max(len(one.model) for one in found)
    width = min(out.width, 100) - names - 2 - _ROOM
    for one in found:
        line = Text(one.model.ljust(names + 2), "bold")
        reached, drawn = 0.0, 0
        for phase in PHASES:
            reached += one.median(phase)
            end = round(reached / longest * width)
            sign, style = _SHADES[phase]
            line.append(sign * (end - drawn), style)
            drawn = end
        line.append(f" {one.total_ms:.0f} ms")
        out.print(line, soft_wrap=True)
    out.print()
    key = Text(" " * (names + 2))
    for phase in PHASES:
        sign, style = _SHADES[phase]
        key.append(f"{sign} ", style).append(f"{_SAYS[phase]}  ")
    key.rstrip()
    out.print(key, soft_wrap=True)


def _document(one: Cold) -> dict[str, object]:
    return {
        "model": one.model,
        "form": one.starts[0].form,
        "runs": len(one.starts),
        "total_ms": one.total_ms,
        "outside_ms": statistics.median(start.outside_ms for start in one.starts),
        "phases": {phase: one.median(phase) for phase in PHASES},
        "starts": [start.phases for start in one.starts],
    }
