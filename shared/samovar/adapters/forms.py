"""A graph opened from its compiled form where one fits, and from its .onnx everywhere else."""

from __future__ import annotations  # of ports, which cost a start and do nothing

import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from samovar.adapters.machine import this_machine
from samovar.adapters.model_files import check_graph, sha256
from samovar.compiled import (
    COMPILED,
    PLAIN,
    Choice,
    Form,
    Machine,
    Record,
    choose,
    folder_of,
    read_record,
    record_of,
)
from samovar.errors import ModelFault, ModelTampered
from samovar.programs import program_type
from samovar.types import ModelSpec

if TYPE_CHECKING:
    from samovar.ports import ModelFiles, Runner

log = logging.getLogger("samovar")
_LARGE = 15_000_000  # bytes; what is smaller opens soon enough as it is


OpenPlain = Callable[[Path], "Runner"]
"""What opens an .onnx, and nothing else."""


@runtime_checkable
class OpenForm(Protocol):
    """What opens compiled forms as well, where it `takes_forms`: by the name of their kind."""

    @property
    def takes_forms(self) -> bool:
        """Whether they are of use here."""
        ...

    def __call__(self, path: Path, kind: str = PLAIN, /) -> Runner:
        """Raises ModelCorrupt."""
        ...


OpenRunner = OpenPlain | OpenForm


@runtime_checkable
class OpenLoops(Protocol):
    """What opens graphs otherwise that run again and again for one answer."""

    def for_loops(self) -> OpenRunner:
        """What opens those."""
        ...


def open_graph(
    spec: ModelSpec, version: str, files: ModelFiles, graph: str, open_runner: OpenRunner
) -> Runner:
    """The session of a graph, whichever form it is opened from. Raises ModelFault.

    Where a compiled form was to be had and cannot be used, a warning says why, and the .onnx is
    opened: slower, and with the same answers.
    """
    open_runner = _suited(open_runner, spec)
    plain = files.path(graph)
    lie_here = getattr(files, "forms", True)
    if not lie_here or not isinstance(open_runner, OpenForm) or not open_runner.takes_forms:
        return open_runner(plain)
    machine = this_machine()
    choice = chosen(spec, version, files, graph, machine)
    if choice.form is not None:
        try:
            path = checked_form(spec, version, files, choice.form, machine)
            return open_runner(path, choice.form.kind)
        except ModelFault as error:
            choice = Choice(None, error.message)
    if choice.reason:
        said = "model %s: %s is opened uncompiled, as %s: run `samovar models compile %s`"
        log.warning(said, spec.name, graph, choice.reason, spec.name)
    return open_runner(plain)


def _suited(open_runner: OpenRunner, spec: ModelSpec) -> OpenRunner:
    """An opener for what the program does with its graphs, where it makes a difference."""
    loops = getattr(program_type(spec.program.name), "loops", False)
    return open_runner.for_loops() if loops and isinstance(open_runner, OpenLoops) else open_runner


def chosen(
    spec: ModelSpec, version: str, files: ModelFiles, graph: str, machine: Machine
) -> Choice:
    """The form that this machine would open, or why it would open none. Reads no weights."""
    record = find_record(files, machine)
    if record is None:
        return Choice(None, _unrecorded(spec, files, graph))
    found = record.graphs.get(graph)
    sources = found.sources if found else {}
    choice = choose(record, graph, _sizes(files, sources), machine)
    if choice.form is None or files.checked:
        return choice
    for name, fact in sources.items():
        listed = spec.files.get(f"{version}/{name}") or sha256(files.path(name))
        if listed != fact.sha256:
            return Choice(None, f"{name} has changed since it was compiled")
    return choice


def find_record(files: ModelFiles, machine: Machine) -> Record | None:
    """What was compiled of a version for an architecture; None where nothing was."""
    try:
        return read_record(files.read(record_of(machine.architecture)))
    except ModelFault:
        return None


def _unrecorded(spec: ModelSpec, files: ModelFiles, graph: str) -> str:
    """Why a graph without a record should have one; "" for those that hardly gain by it."""
    plain = files.path(graph)
    if (plain.parent / COMPILED).is_dir():
        return "it was compiled for another architecture, or by another samovar"
    if sum(_sizes(files, (graph, *spec.external_data)).values()) >= _LARGE:
        return "it was never compiled"
    return ""


def checked_form(
    spec: ModelSpec, version: str, files: ModelFiles, form: Form, machine: Machine
) -> Path:
    """Where a form's graph lies, once all its files are what the record says.

    Raises ModelTampered, ModelUnsafe, ModelCorrupt.
    """
    within = _Within(files, folder_of(machine.architecture))
    for name, fact in form.files.items():
        path = within.path(name)
        if os.stat(path).st_size != fact.size or _differs(files, path, fact.sha256):  # noqa: PTH116 - on the way of a cold start
            raise ModelTampered(f"its compiled file {name} is not what was compiled")
    if not files.checked and form.file.endswith(".onnx"):
        from dataclasses import replace

        listed = {f"{version}/{name}": fact.sha256 for name, fact in form.files.items()}
        allowed = replace(spec, external_data=tuple(form.files), files=listed)
        check_graph(allowed, version, form.file, within)
    return within.path(form.file)


def _differs(files: ModelFiles, path: Path, digest: str) -> bool:
    return not files.checked and sha256(path) != digest


def _sizes(files: ModelFiles, names: Iterable[str]) -> dict[str, int]:
    found = {}
    for name in names:
        try:
            found[name] = os.stat(files.path(name)).st_size  # noqa: PTH116 - on the way of a cold start
        except ModelFault:
            continue
    return found


class _Within:
    """The files of a folder within a version's."""

    def __init__(self, files: ModelFiles, folder: str) -> None:
        self.checked = files.checked
        self._files = files
        self._folder = folder

    def path(self, name: str) -> Path:
        return self._files.path(f"{self._folder}/{name}")

    def read(self, name: str) -> bytes:
        return self._files.read(f"{self._folder}/{name}")
