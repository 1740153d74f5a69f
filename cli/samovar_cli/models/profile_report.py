"""A measured profile as a person reads it, and as a document."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table
from samovar.profile import Profile

from samovar_cli.models.elsewhere import Elsewhere
from samovar_cli.models.fitting import Point
from samovar_cli.models.machine_line import machine_line
from samovar_cli.models.measuring import Measured
from samovar_cli.models.profile_lines import plain
from samovar_cli.models.starting import Started
from samovar_cli.terminal import clean, console, one_line, percent, size

_LONGEST_NAME = 20


@dataclass(frozen=True, slots=True)
class Report:
    """A profile, and what it was made of."""

    model: str
    version: str
    form: str  # that the graphs were opened from
    profile: Profile
    found: Measured
    started: Started
    foretold: float | None = None  # by which share a size is missed that was not fitted
    others: tuple[Elsewhere, ...] = ()


def by_line(profile: Profile, requests: float, kb: float) -> float:
    """What the profile says of a run: so many requests, of so many KB in all; milliseconds."""
    each = profile.request_ms - profile.shared_ms
    return profile.shared_ms + each * requests + profile.kb_ms * kb


def show(report: Report, lines: Sequence[str], written: Path | None) -> None:
    """The table for the manifest on standard output; what it was made of beside it."""
    out = console()
    for line in _heading(report, written):
        out.print(clean(line), soft_wrap=True)  # a comment of two lines is none
    out.print("\n".join(lines))
    told = console(stderr=True)
    told.print(_table(report))
    for line in _remarks(report):
        told.print(line, soft_wrap=True)


def _heading(report: Report, written: Path | None) -> Iterator[str]:
    points, rounds = len(report.found.points), report.found.rounds
    if points == 1:
        yield f"# one kind of run, {rounds} times on one thread of this machine: of others nothing"
        yield "# is known"
    else:
        yield f"# {points} kinds of runs, {rounds} times each, on one thread of this machine;"
        yield f"# bodies of {_bodies(report.found.points)}; the line misses them by"
        yield f"# {percent(report.profile.error)} on average"
    if report.foretold is not None:
        yield f"# (by {percent(report.foretold)} at a size that was left out)"
    if written:
        yield f"# written to {written}"


def _bodies(points: Sequence[Point]) -> str:
    """The sizes of requests by themselves, for which the line was fitted."""
    fewest = min(point.requests for point in points)
    sizes = sorted(round(point.kb * 1024) for point in points if point.requests == fewest)
    return size(sizes[0]) if sizes[0] == sizes[-1] else f"{size(sizes[0])} to {size(sizes[-1])}"


def _table(report: Report) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("request", no_wrap=True, max_width=_LONGEST_NAME)
    table.add_column("size", no_wrap=True)
    most = [f"{threads} vCPUs" for threads in report.found.threads[1:][-1:]]
    for head in ("together", "ms", "by line", "each", *most):
        table.add_column(head, justify="right", no_wrap=True)
    last = ""
    for point in report.found.points:
        name = "" if point.name == last else one_line(point.name)
        table.add_row(name, *_cells(report.profile, point, repeated=point.name == last))
        last = point.name
    return table


def _cells(profile: Profile, point: Point, *, repeated: bool) -> Iterator[str]:
    yield "" if repeated else point.extent or size(round(point.kb * 1024))
    yield f"{point.requests}"
    line_ms = by_line(profile, point.requests, point.kb)
    for value in (point.ms, line_ms, point.ms / point.requests):
        yield plain(value)
    for _, times in point.faster[-1:]:
        yield f"× {times:.2f}" if times else "?"


def _remarks(report: Report) -> Iterator[str]:
    """What there is to say of it in a sentence each."""
    profile, started, found = report.profile, report.started, report.found
    yield ""
    if started.walls_ms:
        yield (
            f"A fresh process is ready after {started.init_ms:.0f} ms and takes at its most "
            f"{started.memory_mb:.0f} MB, {started.model_mb:.0f} of them for the model."
        )
    if profile.decode_ms:
        yield (
            f"A token of a prompt takes {plain(profile.prefill_ms)} ms, one that is said "
            f"{plain(profile.decode_ms)} ms: by these a text is light, heavy or too long."
        )
    for threads, times in profile.speedup[1:]:
        yield f"On {threads:g} vCPUs a request alone is answered × {times:.2f} as fast as on one."
    for other in report.others:
        yield (
            f"On {other.provider} a request alone is answered × {plain(other.alone)} as fast as on "
            f"one vCPU, {other.requests} together × {plain(other.together)}: "
            f"`samovar plan --gpu-speed {plain(other.best)}`."
        )
    if len(found.threads) > 1 and not found.tells_speedup:
        yield (
            "What more vCPUs bring could not be told: others were in the way. Measure again when "
            "less runs beside it, or for more --seconds."
        )
    if report.found.is_cut:
        yield (
            "A run takes so long that larger ones were left out: --seconds "
            f"{plain(report.found.enough_s)} measures more sizes, and several requests together."
        )
    yield f"Runs of one kind vary by {percent(profile.noise)} (coefficient of variation)."
    if found.is_busy:
        yield (
            f"This machine was busy: {percent(found.waited)} of the time, runs waited for a CPU. "
            "Times on one thread and of starts are CPU times, which bear that better (short runs "
            "seem to vary more than they do); what more vCPUs bring is told by the runs that "
            "nobody disturbed."
        )


def document(report: Report) -> Mapping[str, Any]:
    """For programs: the profile's fields, and all that was measured."""
    found = report.found
    return {
        "model": report.model,
        "version": report.version,
        "form": report.form,
        "machine": machine_line(),
        "threads": found.threads,
        "rounds": found.rounds,
        **asdict(report.profile),
        "foretold_error": report.foretold,
        "waited": found.waited,
        "model_mb": report.started.model_mb,
        "starts_ms": report.started.walls_ms,
        "providers": [asdict(other) for other in report.others],
        "points": [_point(report.profile, point) for point in found.points],
    }


def _point(profile: Profile, point: Point) -> dict[str, Any]:
    line_ms = by_line(profile, point.requests, point.kb)
    faster = {str(threads): times or None for threads, times in point.faster}
    return {**asdict(point), "line_ms": line_ms, "faster": faster}
