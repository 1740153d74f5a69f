"""model.toml and model.lock → ModelSpec, every fault of the files reported at once."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from samovar.errors import ManifestInvalid
from samovar.manifest_examples import read_examples
from samovar.programs import PROGRAMS, program_type
from samovar.steps import build_step
from samovar.steps.params import build_dataclass
from samovar.toml_lines import Path, line_numbers, nearest
from samovar.types import (
    DTYPES,
    BatchSpec,
    Example,
    Fault,
    InputSpec,
    Kind,
    Limits,
    ModelSpec,
    ProgramSpec,
    ReadAsset,
    Signature,
    Step,
    TensorSpec,
)

MANIFEST, LOCK = "model.toml", "model.lock"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FILE = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9_][\w.-]*)+")


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

    kind: Literal["text", "image", "audio", "bytes", "row", "tensor"] = "tensor"
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
}
_LISTS = ("pre", "post", "examples")
_MAPS = ("files", "signature", "metrics", "build", "profile")


@dataclass(slots=True)
class _Report:
    """Faults of one file, each with its line."""

    file: str
    lines: Mapping[Path, int]
    faults: list[str] = field(default_factory=list)

    def add(self, path: Path, message: str) -> None:
        self.faults.append(f"{self.file}:{nearest(self.lines, path)}: {message}")

    def add_all(self, path: Path, faults: list[Fault]) -> None:
        for fault in faults:
            self.add((*path, fault.key) if fault.key else path, fault.message)


def read_manifest(
    name: str, text: str, lock: str = "", *, read: ReadAsset | None = None
) -> ModelSpec:
    """The spec of model `name` from the text of its model.toml and model.lock.

    `read` gives the files that examples name, relative to the model's folder; without it
    examples that name files are left out. Raises ManifestInvalid with each fault as
    `models/<name>/model.toml:line: what is wrong and what is known`.
    """
    report = _Report(f"models/{name}/{MANIFEST}", line_numbers(text))
    if not _NAME.fullmatch(name):
        report.add((), f"{name!r} is no model name: letters, digits, '.', '_' and '-' only")
    table = _parse(text, report)
    locked = _Report(f"models/{name}/{LOCK}", line_numbers(lock))
    lock_table = _parse(lock, locked)
    spec = _build(name, table, lock_table, report, read)
    files = _files(table, report) | _files(lock_table, locked)
    signatures = _signatures(lock_table, locked) or _signatures(table, report)
    faults = report.faults + locked.faults
    if faults or spec is None:
        raise ManifestInvalid(faults)
    return replace(spec, files=files, signatures=signatures)


def _parse(text: str, report: _Report) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        report.faults.append(f"{report.file}:{line[1] if line else 1}: not TOML: {error}")
        return {}


def _build(
    name: str,
    table: Mapping[str, Any],
    lock: Mapping[str, Any],
    report: _Report,
    read: ReadAsset | None,
) -> ModelSpec | None:
    head = _dataclass((), {k: v for k, v in table.items() if k not in _KNOWN}, Head, report)
    parts = {key: _table(key, table, cls, report) for key, cls in _TABLES.items()}
    pre = _steps("pre", table, report)
    post = _steps("post", table, report)
    examples = _examples(table, report, read)
    if report.faults:
        return None
    source, batch, onnx = parts["input"], parts["batch"], parts["onnx"]
    _check_chain(Kind(source.kind), pre, post, report)
    return ModelSpec(
        name=name,
        **{key: getattr(head, key) for key in Head.__dataclass_fields__},
        input=InputSpec(Kind(source.kind), source.columns),
        program=_program(parts["program"], report),
        pre=pre,
        post=post,
        batch=BatchSpec(None if batch.axis is False else 0, batch.max_size),
        limits=parts["limits"],
        custom_domains=onnx.custom_domains,
        external_data=onnx.external_data,
        metrics=lock.get("metrics", {}),
        examples=examples,
    )


_KNOWN = frozenset((*_TABLES, *_LISTS, *_MAPS))


def _table(key: str, table: Mapping[str, Any], cls: type[Any], report: _Report) -> Any:
    value = table.get(key, {})
    if not isinstance(value, dict):
        report.add((key,), f"[{key}] must be a table")
        return cls()
    return _dataclass((key,), value, cls, report)


def _dataclass(path: Path, params: Mapping[str, Any], cls: type[Any], report: _Report) -> Any:
    built = build_dataclass(cls, params)
    if isinstance(built, list):
        report.add_all(path, built)
        return cls()
    return built


def _steps(key: str, table: Mapping[str, Any], report: _Report) -> tuple[Step, ...]:
    steps: list[Step] = []
    for index, entry in enumerate(_list(key, table, report)):
        built = build_step(entry)
        if isinstance(built, list):
            report.add_all((key, index), built)
        else:
            steps.append(built)
    return tuple(steps)


def _list(key: str, table: Mapping[str, Any], report: _Report) -> list[dict[str, Any]]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        report.add((key,), f"write {key} as tables: [[{key}]]")
        return []
    return value


def _check_chain(
    kind: Kind, pre: tuple[Step, ...], post: tuple[Step, ...], report: _Report
) -> None:
    """Each step must take what the one before it gives."""
    for key, steps, start in (("pre", pre, kind), ("post", post, Kind.TENSORS)):
        flowing = start
        for index, step in enumerate(steps):
            if step.takes != flowing:
                name = type(step).__name__
                report.add((key, index), f"{name} takes {step.takes}, but gets {flowing}")
            flowing = step.gives


def _program(spec: ProgramSpec, report: _Report) -> ProgramSpec:
    if spec.name not in PROGRAMS:
        report.add(("program", "name"), f"unknown program {spec.name!r}; known: {_known(PROGRAMS)}")
        return spec
    cls = program_type(spec.name)
    missing = [role for role in cls.roles if role not in spec.runners]  # type: ignore[attr-defined]  # a class is its type
    if missing:
        report.add(("program", "runners"), f"program {spec.name!r} needs runners for {missing}")
    built = build_dataclass(cls, spec.params)  # type: ignore[arg-type]  # a class is its type
    if isinstance(built, list):
        report.add_all(("program", "params"), built)
    return spec


def _known(table: Mapping[str, Any]) -> str:
    return ", ".join(sorted(table))


def _examples(
    table: Mapping[str, Any], report: _Report, read: ReadAsset | None
) -> tuple[Example, ...]:
    examples, faults = read_examples(_list("examples", table, report), read)
    for index, message in faults:
        report.add(("examples", index), message)
    return examples


def _files(table: Mapping[str, Any], report: _Report) -> dict[str, str]:
    files = table.get("files", {})
    for name, digest in files.items() if isinstance(files, dict) else ():
        if not _FILE.fullmatch(name) or ".." in name:
            report.add(("files", name), f"{name!r} must be written as version/file")
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            report.add(("files", name), f"{name!r} needs its sha256 in 64 hex digits")
    if not isinstance(files, dict):
        report.add(("files",), "[files] must be a table")
        return {}
    return dict(files)


def _signatures(table: Mapping[str, Any], report: _Report) -> dict[str, Signature]:
    found = {}
    for version, sides in table.get("signature", {}).items():
        try:
            found[version] = Signature(_specs(sides["inputs"]), _specs(sides["outputs"]))
        except (KeyError, TypeError, ValueError):
            report.add(("signature", version), "needs inputs and outputs of name, datatype, shape")
    return found


def _specs(entries: list[dict[str, Any]]) -> tuple[TensorSpec, ...]:
    specs = tuple(TensorSpec(e["name"], e["datatype"], tuple(e["shape"])) for e in entries)
    if any(spec.datatype not in DTYPES for spec in specs):
        raise ValueError
    return specs
