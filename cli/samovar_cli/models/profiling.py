"""`samovar models profile`: how long requests take here, by size, together, on more threads."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
from samovar.errors import CommandFailed
from samovar.layout import LOCK, MANIFEST
from samovar.profile import Profile

from samovar_cli.folder import Folder
from samovar_cli.models.elsewhere import measure_elsewhere
from samovar_cli.models.fitting import fit, foretold_error
from samovar_cli.models.machine_line import machine_line
from samovar_cli.models.measuring import Measured, measure
from samovar_cli.models.opening import Opening
from samovar_cli.models.profile_lines import plain
from samovar_cli.models.profile_report import Report, document, show
from samovar_cli.models.rewriting import has_profile, with_profile
from samovar_cli.models.sampling import find_requests
from samovar_cli.models.starting import Started, start
from samovar_cli.models.token_times import TokenTimes, measure_tokens
from samovar_cli.terminal import write_json

_NO_TOKENS = TokenTimes()
_MOST_VCPUS = 6  # of a function: at 10,240 MB
_NOTHING = 1e-9  # what rounding leaves of a line through its points
_NUMBERS = (
    *("request_ms", "kb_ms", "shared_ms", "memory_mb", "error", "noise", "init_ms"),
    *("prefill_ms", "decode_ms"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    name: str
    models: Path
    seconds: float = 3.0
    threads: int = 0  # at most; 0: as many as there are, and as a function can have
    starts: int = 5
    providers: tuple[str, ...] = ()  # others than the CPU
    samples: tuple[Path, ...] = ()  # requests of the user's own, in place of the examples
    as_json: bool = False
    write: bool = False
    plot: Path | None = None


def profile_model(wanted: Wanted) -> None:
    """Measure a model, show its profile, and write it down where asked to.

    Raises ModelNotFound, ModelFault, CommandFailed for a model that nothing can be sent to.
    """
    folder = Folder(wanted.models)
    folder.check_name(wanted.name)
    if not folder.versions(wanted.name):
        raise CommandFailed(f"not built: run `{folder.build_command(wanted.name)}`")
    if wanted.plot:
        from samovar_cli.plots import check_path

        check_path(wanted.plot)
    report = _measure(wanted)
    if wanted.write:
        path = written_to(wanted.models / wanted.name)
        write_down(path, with_profile(_text(path), lines(report.profile)))
    if wanted.plot:
        from samovar_cli.models.profile_plot import plot_profile

        plot_profile(report, wanted.plot)
    if wanted.as_json:
        write_json(orjson.dumps(document(report)))
    else:
        told = written_to(wanted.models / wanted.name) if wanted.write else None
        show(report, lines(report.profile), told)


def _measure(wanted: Wanted) -> Report:
    models = {n: Opening(threads=n).open(wanted.models, wanted.name) for n in _threads(wanted)}
    model = models[1]
    requests = find_requests(model, wanted.samples)
    others = tuple(
        measure_elsewhere(wanted.models, model, wanted.providers, requests, wanted.seconds)
    )
    found = measure(models, requests, wanted.seconds, only=bool(wanted.samples))
    started = start(wanted.models, wanted.name, found, wanted.starts)
    error = foretold_error(found.points)
    tokens = measure_tokens(model, wanted.seconds)
    profile = profile_of(found, started, tokens)
    return Report(wanted.name, model.version, model.form, profile, found, started, error, others)


def profile_of(found: Measured, started: Started, tokens: TokenTimes = _NO_TOKENS) -> Profile:
    """The profile of what was measured."""
    return replace(
        fit(found.points),
        memory_mb=started.memory_mb,
        speedup=found.speedup if found.tells_speedup else (),
        noise=found.noise,
        init_ms=started.init_ms,
        prefill_ms=tokens.prefill_ms,
        decode_ms=tokens.decode_ms,
    )


def _threads(wanted: Wanted) -> Sequence[int]:
    """1 and more, up to what this machine has: more threads than CPUs say nothing."""
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return range(1, min(wanted.threads or _MOST_VCPUS, here or 1) + 1)


def write_down(path: Path, text: str) -> None:
    """A manifest, or a lock, in place of what was there. Raises CommandFailed."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise CommandFailed(f"{path} cannot be written: {error.strerror}") from None


def written_to(folder: Path) -> Path:
    """The file of a model whose profile counts: model.lock where it has one, else model.toml."""
    return folder / (LOCK if has_profile(_text(folder / LOCK)) else MANIFEST)


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""


def lines(profile: Profile) -> list[str]:
    """The profile as a manifest's table: what nobody measured is left out."""
    numbers = {name: getattr(profile, name) for name in _NUMBERS}
    kept = {
        name: value for name, value in numbers.items() if value > _NOTHING or name == "request_ms"
    }
    said = [f"{name} = {plain(value)}" for name, value in kept.items()]
    if profile.speedup:
        pairs = ", ".join(f"[{vcpus:g}, {plain(times)}]" for vcpus, times in profile.speedup)
        said.append(f"speedup = [{pairs}]")
    return ["[profile]", f"# on {machine_line()}", *said]
