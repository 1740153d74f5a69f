"""Every compiled form of a model held to what its .onnx answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from samovar import pipeline
from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import DirectoryStore
from samovar.adapters.forms import checked_form, find_record
from samovar.adapters.local import LocalPredictor
from samovar.adapters.machine import this_machine
from samovar.adapters.onnx import OnnxRunner
from samovar.compiled import PLAIN, Form, Machine, Record
from samovar.errors import ModelFault, SamovarError
from samovar.model import Model
from samovar.ports import Runner
from samovar.types import Payload

Variant = Mapping[str, Form]
"""By graph, which of its forms is opened; those that are not named are opened as they are."""


@dataclass(frozen=True, slots=True)
class FormsChecked:
    """How many forms were opened, and what is wrong with them."""

    forms: int = 0
    faults: tuple[str, ...] = ()


def check_forms(root: Path, name: str, version: str) -> FormsChecked:
    """Every form that this machine opens, run on the golden examples; each must give the bytes
    that the .onnx gives, or as near as its record says. Raises NotFound, ModelFault.
    """
    machine = this_machine()
    record = find_record(DirectoryStore(root).fetch(name, version), machine)
    variants = tuple(_variants(record, machine)) if record else ()
    if not variants:
        return FormsChecked()
    plain = _answers(_Opened(root, name, version, {}).model())
    faults: list[str] = []
    for variant in variants:
        faults += _faults(_Opened(root, name, version, variant), plain)
    return FormsChecked(sum(map(len, variants)), tuple(faults))


def _variants(record: Record, machine: Machine) -> Iterator[Variant]:
    """The first form of each graph, then the second of those that have one, and so on."""
    fitting = {
        graph: [form for form in found.forms if form.features in (None, machine.features)]
        for graph, found in record.graphs.items()
    }
    for at in range(max(map(len, fitting.values()), default=0)):
        yield {graph: forms[at] for graph, forms in fitting.items() if at < len(forms)}


def _faults(opened: "_Opened", plain: Sequence[Payload | str]) -> list[str]:
    kinds = ", ".join(f"{graph} as {form.kind}" for graph, form in opened.variant.items())
    try:
        found = _answers(opened.model())
    except ModelFault as error:
        return [f"{kinds}: {error.message}"]
    exact = all(form.difference == 0 for form in opened.variant.values())
    if exact and found != plain:
        return [f"{kinds}: it does not answer the examples with the bytes of the .onnx"]
    return []


def _answers(model: Model) -> list[Payload | str]:
    found: list[Payload | str] = []
    for example in model.spec.examples:
        try:
            found.append(pipeline.infer(example.payload, model))
        except SamovarError as error:
            found.append(error.code)
    return found


class _Opened:
    """A version whose graphs are opened as `variant` says."""

    def __init__(self, root: Path, name: str, version: str, variant: Variant) -> None:
        self.variant = variant
        self._store = DirectoryStore(root)
        self._name, self._version = name, version

    def model(self) -> Model:
        """The model. Raises ModelFault."""
        host = LocalPredictor(self._store, self._open, SystemClock())
        return host.load(self._name, self._version)

    def _open(self, path: Path) -> Runner:
        files = self._store.fetch(self._name, self._version)
        for graph, form in self.variant.items():
            if files.path(graph) == path:
                spec = self._store.spec(self._name)
                found = checked_form(spec, self._version, files, form, this_machine())
                return OnnxRunner(found, kind=form.kind)
        return OnnxRunner(path, kind=PLAIN)
