"""What each graph of a model is opened from on this machine, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from samovar.adapters.directory import DirectoryStore
from samovar.adapters.forms import chosen, find_record
from samovar.adapters.machine import this_machine
from samovar.compiled import PLAIN, Form
from samovar.errors import SamovarError
from samovar.types import ModelSpec

_WORDS = {
    "mapped": "compiled: weights mapped",
    "mapped-all": "compiled: weights mapped, for any CPU",
    "prepacked": "compiled: weights mapped as the kernels want them",
    "ort": "compiled: an .ort file, mapped",
    "mapped-unpacked": "compiled: weights mapped, never packed",
    "ort-unpacked": "compiled: an .ort file, mapped, never packed",
}


@dataclass(frozen=True, slots=True)
class OpenedAs:
    """A graph, the kind of form that this machine opens, and that in words."""

    graph: str
    kind: str
    said: str


def opened_as(models: Path, spec: ModelSpec, versions: Sequence[str]) -> list[OpenedAs]:
    """For the newest version that is built; empty for models that nobody ever compiled."""
    if not versions:
        return []
    version, machine = versions[-1], this_machine()
    files = DirectoryStore(models).fetch(spec.name, version)
    record = find_record(files, machine)
    found = []
    for graph in dict.fromkeys(spec.program.runners.values()):
        try:
            choice = chosen(spec, version, files, graph, machine)
        except SamovarError:
            continue  # its files are not there: its page says so elsewhere
        noted = record.graphs.get(graph) if record else None
        if choice.form:
            found.append(OpenedAs(graph, choice.form.kind, _said(choice.form)))
        elif choice.reason or noted:
            why = choice.reason or (noted.said if noted else "")
            found.append(OpenedAs(graph, PLAIN, f"the .onnx: {why}"))
    return found


def _said(form: Form) -> str:
    words = _WORDS[form.kind]
    return words if form.features is None else f"{words}, on CPUs like this one"
