"""model.toml and model.lock → ModelSpec, every fault of the files reported at once."""

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Literal

from samovar.errors import ManifestInvalid
from samovar.keeping import CacheSpec
from samovar.layout import LOCK, MANIFEST
from samovar.manifest_examples import read_examples
from samovar.manifest_lock import read_files, read_profile, read_signatures
from samovar.manifest_report import Report, read_toml
from samovar.manifest_steps import read_guards, read_steps
from samovar.programs import PROGRAMS, program_type
from samovar.steps.params import build_dataclass
from samovar.types import (
    BatchSpec,
    Example,
    InputSpec,
    Kind,
    Limits,
    ModelSpec,
    ProgramSpec,
    ReadAsset,
)
from samovar.values import dataclass

MOST_TTL_S = 30 * 24 * 3600
"""An answer is kept for 30 days at most: what lies in the bucket is thrown away after 31."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_GRAPH = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)*")


@dataclass(frozen=True, slots=True)
class Head:
    """The keys at the top of a manifest."""

    task: str = "tensors"
    title: str = ""
    description: str = ""
    lane: Literal["light", "heavy", "auto"] = "light"
    bundle: bool = False
    licence: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class InputTable:
    """`[input]`."""

    kind: Literal["text", "image", "audio", "bytes", "prompt", "row", "tensor"] = "tensor"
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchTable:
    """`[batch]`: `axis = 0`, or false where rows must never share a run."""

    axis: Literal[0, False] = 0
    max_size: int = 64


@dataclass(frozen=True, slots=True)
class OnnxTable:
    """`[onnx]`: what the graph may use beyond standard operators and its own file."""

    custom_domains: tuple[str, ...] = ()
    external_data: tuple[str, ...] = ()


_TABLES: Mapping[str, type[Any]] = {
    "input": InputTable,
    "program": ProgramSpec,
    "batch": BatchTable,
    "limits": Limits,
    "onnx": OnnxTable,
    "cache": CacheSpec,
}
_KNOWN = frozenset(
    (*_TABLES, "pre", "post", "examples", "files", "signature", "metrics", "build", "profile")
)


def read_manifest(
    name: str, text: str | bytes, lock: str | bytes = "", *, read: ReadAsset | None = None
) -> ModelSpec:
    """The spec of model `name` from its model.toml and model.lock, in UTF-8 where in bytes.

    `read` gives the files that examples name, relative to the model's folder; without it
    examples that name files are left out. Raises ManifestInvalid with each fault as
    `models/<name>/model.toml:line: what is wrong and what is known`.
    """
    report = read_toml(f"models/{name}/{MANIFEST}", text)
    locked = read_toml(f"models/{name}/{LOCK}", lock)
    if not _NAME.fullmatch(name):
        report.add((), f"{name!r} is no model name: letters, digits, '.', '_' and '-' only")
    spec = _build(name, report, read)
    recorded = replace(
        spec,
        files=read_files(report) | read_files(locked),
        signatures=read_signatures(locked) or read_signatures(report),
        metrics=locked.section("metrics"),
        profile=read_profile(locked if "profile" in locked.table else report),
    )
    if faults := report.faults + locked.faults:
        raise ManifestInvalid(faults)
    return recorded


def _build(name: str, report: Report, read: ReadAsset | None) -> ModelSpec:
    head = report.build((), {k: v for k, v in report.table.items() if k not in _KNOWN}, Head)
    parts = {key: report.build((key,), report.section(key), cls) for key, cls in _TABLES.items()}
    source, batch, onnx = parts["input"], parts["batch"], parts["onnx"]
    _check_counts("limits", parts["limits"], report)
    _check_counts("batch", BatchSpec(max_size=batch.max_size), report)
    _check_cache(parts["cache"], report)
    program = _program(parts["program"], report)
    return ModelSpec(
        name=name,
        **{field.name: getattr(head, field.name) for field in fields(Head)},
        input=InputSpec(Kind(source.kind), source.columns),
        program=program,
        pre=read_steps("pre", Kind(source.kind), program, report),
        post=read_steps("post", Kind.TENSORS, program, report),
        guards_before=read_guards("pre", Kind(source.kind), report),
        guards_after=read_guards("post", Kind(source.kind), report),
        batch=BatchSpec(_axis(batch, report), batch.max_size),
        limits=parts["limits"],
        custom_domains=onnx.custom_domains,
        external_data=onnx.external_data,
        cache=parts["cache"],
        examples=_examples(report, read),
    )


def _axis(batch: BatchTable, report: Report) -> int | None:
    """A graph does not say that its rows stand alone: only a manifest can, if it is there."""
    return 0 if report.table and batch.axis is not False else None


def _check_counts(key: str, table: Any, report: Report) -> None:
    """Every number that limits something must leave room for something."""
    for field in fields(table):
        value = getattr(table, field.name)
        if field.name != "axis" and not value > 0:
            report.add((key, field.name), f"{field.name!r} must be above 0, not {value}")


def _check_cache(cache: CacheSpec, report: Report) -> None:
    """Who writes `[cache]` says how long answers are kept, and no longer than storage does."""
    if "cache" in report.table and not 0 < cache.ttl_s <= MOST_TTL_S:
        report.add(("cache", "ttl_s"), f"'ttl_s' must be 1 to {MOST_TTL_S} seconds")
    if cache.max_bytes <= 0:
        report.add(("cache", "max_bytes"), "'max_bytes' must be above 0")


def _program(spec: ProgramSpec, report: Report) -> ProgramSpec:
    """The program's table with its parameters converted to their fields' types."""
    if spec.name not in PROGRAMS:
        known = ", ".join(sorted(PROGRAMS))
        report.add(("program", "name"), f"unknown program {spec.name!r}; known: {known}")
        return ProgramSpec()
    cls = program_type(spec.name)
    _check_runners(spec, cls.roles, report)  # type: ignore[attr-defined]  # a class is its type
    built = build_dataclass(cls, spec.params)  # type: ignore[arg-type]  # a class is its type
    if isinstance(built, list):
        report.add_all(("program", "params"), built)
        return spec
    return replace(spec, params={key: getattr(built, key) for key in spec.params})


def _check_runners(spec: ProgramSpec, roles: tuple[str, ...], report: Report) -> None:
    at = ("program", "runners")
    missing = [role for role in roles if role not in spec.runners]
    if missing:
        report.add(at, f"program {spec.name!r} needs runners for {', '.join(missing)}")
    for role, file in spec.runners.items():
        if role not in roles:
            report.add((*at, role), f"unknown runner {role!r}; known: {', '.join(roles)}")
        if not _GRAPH.fullmatch(file) or ".." in file:
            report.add((*at, role), f"runner {role!r} must name a file of the version")


def _examples(report: Report, read: ReadAsset | None) -> tuple[Example, ...]:
    examples, faults = read_examples(report.entries("examples"), read)
    for index, message in faults:
        report.add(("examples", index), message)
    return examples
