"""The models layer: every manifest, the weights of bundled models, their compiled forms, seals.

Of compiled forms those go in that any CPU of the architecture opens: the CPU that builds is not
the one that serves. With SAMOVAR_LAYER_FORMS=all those for this CPU go in as well, for who
builds on what is deployed to.
"""

import os
import shutil
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from samovar.adapters.sealing import seal_models
from samovar.compiled import (
    COMPILED,
    FileFact,
    Form,
    Record,
    folder_of,
    read_record,
    record_of,
    write_record,
)

from layers.slim import RUNTIME_LOCK, pinned, size_of

VARIABLE = "SAMOVAR_LAYER_FORMS"
ROOM = 122_000_000
"""Bytes to which compiled forms may fill the layer: with the code of http_api, some 125 MB, it
stays below the 250 MB that Lambda takes. Models themselves are never left out."""


def build_models(source: Path, architecture: str, target: Path) -> None:
    """Fills `target` from a folder of models. Raises SystemExit with every model at fault."""
    target.mkdir(parents=True, exist_ok=True)
    versions: list[Path] = []
    for manifest in sorted(source.glob("*/model.toml")):
        versions += _copy_model(manifest, target / manifest.parent.name)
    _copy_forms(versions, architecture, target)
    if faults := seal_models(target):
        said = "\n".join(f"layers: model {name}: {fault}" for name, fault in faults.items())
        raise SystemExit(said)


def _copy_model(manifest: Path, target: Path) -> list[Path]:
    """The versions that were copied: all of a bundled model's, none of another's."""
    model = manifest.parent
    bundled = tomllib.loads(manifest.read_text(encoding="utf-8")).get("bundle", False)
    versions = [path for path in sorted(model.iterdir()) if path.name.isdecimal()]
    if bundled and not any(version.is_dir() for version in versions):
        raise SystemExit(f"layers: {model.name} is bundled and not built; run `make models`")
    left_out = [COMPILED] if bundled else [version.name for version in versions]
    ignored = shutil.ignore_patterns("__pycache__", *left_out)
    shutil.copytree(model, target, ignore=ignored, dirs_exist_ok=True)
    return versions if bundled else []


def _copy_forms(versions: Iterable[Path], architecture: str, target: Path) -> None:
    """The compiled forms of versions, as far as there is room: the smallest first."""
    room = ROOM - sum(size_of(path) for path in target.iterdir())
    records = {each: _record(each / record_of(architecture)) for each in versions}
    for version, record in sorted(records.items(), key=lambda each: _bytes(each[1])):
        if record is None:
            continue
        if _bytes(record) > room:
            print(f"layers: no room for compiled forms of {_named(version)}: it opens slower")
            record = with_forms(record, lambda _form: False)  # a record all the same: all is well
        room -= _bytes(record)
        _copy_record(record, version, target / version.parent.name / version.name)
    if plain := [_named(version) for version, record in records.items() if record is None]:
        print(f"layers: not compiled for {architecture}, so slower to open: {', '.join(plain)}")


def _named(version: Path) -> str:
    return f"{version.parent.name}/{version.name}"


def _copy_record(record: Record, version: Path, target: Path) -> None:
    folder = folder_of(record.architecture)
    (target / folder).mkdir(parents=True)
    for name in _files(record):
        shutil.copy(version / folder / name, target / folder / name)
    (target / record_of(record.architecture)).write_bytes(write_record(record))


def _record(path: Path) -> Record | None:
    """What was compiled, as far as the layer takes it; None where nothing is of use there."""
    record = read_record(path.read_bytes()) if path.is_file() else None
    if record is None or record.onnxruntime != pinned("onnxruntime", RUNTIME_LOCK.read_text()):
        return None
    everything = os.environ.get(VARIABLE) == "all"
    return with_forms(record, lambda form: everything or form.features is None)


def with_forms(record: Record, taken: Callable[[Form], bool]) -> Record:
    """The record with those of its forms that are taken."""
    graphs = {
        name: replace(graph, forms=tuple(filter(taken, graph.forms)))
        for name, graph in record.graphs.items()
    }
    return replace(record, graphs=graphs)


def _files(record: Record) -> Mapping[str, FileFact]:
    """The files of a record's forms, beside the record."""
    forms = [form for graph in record.graphs.values() for form in graph.forms]
    return {name: fact for form in forms for name, fact in form.files.items()}


def _bytes(record: Record | None) -> int:
    return sum(fact.size for fact in _files(record).values()) if record else 0
