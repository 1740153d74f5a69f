"""Every way to open a model held to what it is to answer: versions, providers, compiled forms."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from samovar import pipeline
from samovar.adapters.directory import DirectoryStore
from samovar.adapters.forms import find_record
from samovar.adapters.machine import this_machine
from samovar.compiled import PLAIN, Machine, Record
from samovar.errors import CommandFailed, SamovarError
from samovar.golden_run import check
from samovar.model import Model
from samovar.types import Payload

from samovar_cli.models.alike import far_apart
from samovar_cli.models.opening import CPU, Opening, ProviderMissing, Variant, said_provider
from samovar_cli.models.sampling import find_requests

Answers = Sequence[Payload | str]
"""To each request: the answer, or the code of the error."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to open a version, and what came of it."""

    version: str
    provider: str
    form: str
    graphs: int = 0  # that were opened from a compiled form
    examples: int = 0
    held: int = 0
    largest: float = 0.0  # difference between a number and what was expected
    faults: tuple[str, ...] = ()
    missing: str = ""  # why it could not be tried here
    is_older: bool = False  # than the version that the examples tell of

    @property
    def name(self) -> str:
        """In words, for a fault."""
        older = f"version {self.version}, " if self.is_older else ""
        where = "" if self.provider == said_provider(CPU) else f"on {self.provider}, "
        return f"{older}{where}" + ("" if self.form == PLAIN else "compiled, ")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which ways are wanted."""

    providers: tuple[str, ...]
    versions: tuple[str, ...]  # newest first
    checked: Opening | None = None  # the way in which the newest was held to its examples


def check_ways(
    root: Path, name: str, asked: Asked, done: Callable[[Way], None] = lambda _way: None
) -> tuple[Way, ...]:
    """All ways but the one that was checked already; `done` is called after each.

    The .onnx on the CPU has to answer the examples, and so have other providers and forms that
    are not exact; exact forms have to give the bytes of the .onnx. A model without examples is
    asked something made up: then all have to answer as the .onnx does on the CPU.
    """
    found = []
    for way in _ways(root, name, asked):
        found.append(way)
        done(way)
    return tuple(found)


def _ways(root: Path, name: str, asked: Asked) -> Iterator[Way]:
    for version in asked.versions:
        checked = _Version(root, name, version)
        older = version != asked.versions[0]
        for opening in _openings(root, name, version, asked):
            if older or opening != asked.checked:
                yield replace(checked.way(opening), is_older=older)


def _openings(root: Path, name: str, version: str, asked: Asked) -> Iterator[Opening]:
    for provider in asked.providers:
        yield Opening(version, provider, {})
    machine = this_machine()
    record = find_record(DirectoryStore(root).fetch(name, version), machine)
    for variant in _variants(record, machine) if record and CPU in asked.providers else ():
        yield Opening(version, CPU, variant)


def _variants(record: Record, machine: Machine) -> Iterator[Variant]:
    """The first form of each graph, then the second of those that have one, and so on."""
    fitting = {
        graph: [form for form in found.forms if form.features in (None, machine.features)]
        for graph, found in record.graphs.items()
    }
    for at in range(max(map(len, fitting.values()), default=0)):
        yield {graph: forms[at] for graph, forms in fitting.items() if at < len(forms)}


class _Version:
    """A version that is opened in several ways. What the .onnx answers is asked once."""

    def __init__(self, root: Path, name: str, version: str) -> None:
        self._root, self._name, self._version = root, name, version
        self._requests: Sequence[Payload] = ()
        self._plain: Answers | None = None

    def way(self, opening: Opening) -> Way:
        """What came of one opening."""
        variant = opening.variant or {}
        provider = said_provider(opening.provider)
        way = Way(self._version, provider, opening.form, len(variant))
        try:
            model = opening.open(self._root, self._name)
            exact = bool(variant) and all(form.difference == 0 for form in variant.values())
            return self._same_bytes(way, model) if exact else self._examples(way, model)
        except ProviderMissing as error:
            return replace(way, missing=error.message)
        except SamovarError as error:
            return replace(way, faults=(f"{_kinds(variant)}{error.message}",))

    def _examples(self, way: Way, model: Model) -> Way:
        findings = check(model)
        if not findings:
            return self._as_the_plain(way, model)
        faults = [
            f"{finding.example.name}{where}: {fault}"
            for finding in findings
            for where, comparison in (("", finding.alone), (", in a batch", finding.together))
            for fault in (comparison.faults if comparison else ())
        ]
        largest = max(finding.alone.largest for finding in findings)
        held = sum(finding.passed for finding in findings)
        return replace(
            way, examples=len(findings), held=held, largest=largest, faults=tuple(faults)
        )

    def _same_bytes(self, way: Way, model: Model) -> Way:
        plain = self._plain_answers()
        found = _answers(model, self._requests)
        held = sum(one == other for one, other in zip(found, plain, strict=True))
        faults: tuple[str, ...] = ()
        if held < len(plain):
            faults = (f"{way.form}: it does not answer the examples with the bytes of the .onnx",)
        return replace(way, examples=len(plain), held=held, faults=faults)

    def _as_the_plain(self, way: Way, model: Model) -> Way:
        plain = self._plain_answers()
        found = _answers(model, self._requests)
        apart = [far_apart(one, other) for one, other in zip(plain, found, strict=True)]
        largest = max((comparison.largest for comparison in apart), default=0.0)
        faults = tuple(fault for comparison in apart for fault in comparison.faults)
        held = sum(comparison.same for comparison in apart)
        return replace(way, examples=len(plain), held=held, largest=largest, faults=faults)

    def _plain_answers(self) -> Answers:
        if self._plain is None:
            model = Opening(self._version, CPU, {}).open(self._root, self._name)
            self._requests = [example.payload for example in model.spec.examples]
            if not self._requests:
                self._requests = _made_up(model)
            self._plain = _answers(model, self._requests)
        return self._plain


def _made_up(model: Model) -> list[Payload]:
    try:
        return [sized.payload for sized in find_requests(model, ())]
    except CommandFailed:
        return []  # then it is opened, and that is all


def _answers(model: Model, requests: Sequence[Payload]) -> Answers:
    found: list[Payload | str] = []
    for request in requests:
        try:
            found.append(pipeline.infer(request, model))
        except SamovarError as error:
            found.append(error.code)
    return found


def _kinds(variant: Variant) -> str:
    said = ", ".join(f"{graph} as {form.kind}" for graph, form in variant.items())
    return f"{said}: " if said else ""
