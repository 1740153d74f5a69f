"""A variant made a model: a folder of its own, or a new version of the original. Never over it."""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samovar.adapters.model_files import inspect, sha256
from samovar.errors import CommandFailed, ModelExists
from samovar.layout import LOCK, MANIFEST
from samovar.types import Signature

from samovar_cli.adding.admission import check_name
from samovar_cli.adding.staging import PREFIX, settle, staged
from samovar_cli.models.apart import apart
from samovar_cli.optimising.answering import Place
from samovar_cli.optimising.examples import Kept, keep_examples
from samovar_cli.optimising.gate import Result
from samovar_cli.optimising.manifests import new_lock, with_notes, with_tolerances, with_version
from samovar_cli.optimising.order import Done, Report, Wanted

_FIRST = "1"


@dataclass(frozen=True, slots=True)
class Adopted:
    """The model that a variant became, and where its files lie."""

    name: str
    where: str


def check_target(wanted: Wanted, name: str) -> None:
    """Raises ModelExists, CommandFailed where nothing could be adopted: before long work."""
    if wanted.evaluate is None:
        raise CommandFailed(
            "nothing is adopted on golden examples alone: say what is right with --evaluate FILE"
        )
    check_name(name)
    if name != wanted.name and (wanted.models / name).exists():
        raise ModelExists(
            f"there is a model '{name}' in {wanted.models} already, and nothing is written over: "
            "choose another name, or remove it first"
        )


def adopt(wanted: Wanted, done: Done, name: str) -> Adopted:
    """The best variant, or the only one that was asked for. Raises CommandFailed, ModelExists."""
    result = _choice(wanted, done.report)
    place, kept = done.places[result.name], done.examples[result.name]
    if name == wanted.name:
        return _as_version(wanted, done, place, kept)
    return _as_model(wanted, done, result, name)


def _choice(wanted: Wanted, report: Report) -> Result:
    only = wanted.variants[0] if len(wanted.variants) == 1 and not wanted.distil else ""
    found = report.result(only or report.best) if only or report.best else None
    if found is None:
        raise CommandFailed("no variant that is held to the gate is worth its files: none adopted")
    if not found.passed:
        why = found.made or "; ".join(found.refused)
        raise CommandFailed(f"{found.name} is not adopted: {why}")
    return found


def _as_model(wanted: Wanted, done: Done, result: Result, name: str) -> Adopted:
    place = done.places[result.name]
    source = place.root / place.name
    with staged(wanted.models, name) as folder:
        shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(LOCK))
        if place.version != _FIRST:
            (folder / place.version).rename(folder / _FIRST)
        manifest = folder / MANIFEST
        if manifest.is_file():
            wider = {
                at: one.wider for at, one in enumerate(done.examples[result.name]) if one.wider
            }
            text = with_tolerances(manifest.read_text("utf-8"), wider)
            manifest.write_text(with_notes(text, _notes(done.report, result)), "utf-8")
        signatures = {_FIRST: _signature(done, place)}
        written = new_lock(_files(folder, _FIRST), signatures, _metrics(done.report, result))
        (folder / LOCK).write_text(written, "utf-8")
        apart(keep_examples, Place(folder.parent, name, _FIRST), wanted.effort.threads)
        settled = settle(folder, wanted.models, force=False)
    return Adopted(name, str(settled))


def _as_version(wanted: Wanted, done: Done, place: Place, kept: Sequence[Kept]) -> Adopted:
    if any(one.wider for one in kept):
        example = next(one for one in kept if one.wider)
        raise CommandFailed(
            f"as a version of '{wanted.name}' it would fail the golden example {example.name!r}: "
            f"{example.largest:.2g} off, where {example.tolerance:g} is allowed; adopt it under "
            "another name"
        )
    folder = wanted.models / wanted.name
    taken = [int(entry.name) for entry in folder.iterdir() if entry.name.isdigit()]
    version = str(max(taken, default=0) + 1)
    fresh = folder / f"{PREFIX}{version}-{os.getpid()}"
    try:
        shutil.copytree(place.root / place.name / place.version, fresh)
        files = {f"{version}/{name}": digest for name, digest in _digests(fresh).items()}
        _list_version(folder / LOCK, version, files, _signature(done, place))
        fresh.rename(folder / version)  # last: whoever sees the version sees all of it
    except OSError as error:
        raise CommandFailed(f"{folder} cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return Adopted(wanted.name, str(folder / version))


def _list_version(lock: Path, version: str, files: Mapping[str, str], signature: Signature) -> None:
    text = lock.read_text("utf-8") if lock.is_file() else ""
    fresh = lock.with_name(f"{PREFIX}{lock.name}")
    fresh.write_text(with_version(text, version, files, signature), "utf-8")
    fresh.replace(lock)


def _files(folder: Path, version: str) -> dict[str, str]:
    return {f"{version}/{name}": digest for name, digest in _digests(folder / version).items()}


def _digests(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path) for path in paths}


def _signature(done: Done, place: Place) -> Signature:
    """The original's own: a variant takes and gives the same."""
    known = done.bench.spec.signatures.get(place.version)
    graph = done.bench.graphs[0]
    return known or inspect(place.root / place.name / place.version / graph).signature


def _notes(report: Report, result: Result) -> list[str]:
    made = (
        f"Made by `samovar models optimise {report.name}` from its version {report.version}: "
        f"{result.name}, {result.says}."
    )
    held = (
        f"Held to {len(report.rows.asked)} rows of {report.rows.name}; model.lock says what came "
        "of it."
    )
    return [made, held]


def _metrics(report: Report, result: Result) -> dict[str, Any]:
    """What was measured of it, the original's own numbers beside."""
    found: dict[str, Any] = {}
    head = result.quality.main if result.quality else None
    for metric in head.metrics if head else ():
        name = metric.name.lower().replace(" ", "_").replace("²", "2")
        found[name] = round(metric.variant, 4)
        found[f"{name}_of_original"] = round(metric.original, 4)
    if head:
        found |= {"rows": head.rows, "against": head.against}
    return {**found, "made_from": f"{report.name}/{report.version}", "variant": result.name}
