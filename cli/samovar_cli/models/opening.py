"""The ways to open a version of a model: which form of each graph, on what, with how many threads.

A service opens the best that there is. Here each is opened by itself, to be checked or measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import DirectoryStore
from samovar.adapters.engine import ort
from samovar.adapters.forms import checked_form
from samovar.adapters.local import LocalPredictor
from samovar.adapters.machine import this_machine
from samovar.adapters.onnx import OnnxRunner
from samovar.compiled import PLAIN, Form
from samovar.errors import CommandFailed
from samovar.model import Model
from samovar.ports import Runner

CPU = "CPUExecutionProvider"
_SUFFIX = "ExecutionProvider"
_ELSEWHERE = ("AzureExecutionProvider",)  # which runs no graph itself: it asks a server

Variant = Mapping[str, Form]
"""By graph, which of its forms is opened; those that are not named are opened as they are."""


class ProviderMissing(CommandFailed):
    """An execution provider of this onnxruntime whose device or libraries are not there."""


@dataclass(frozen=True, slots=True)
class Opening:
    """One way to open a version."""

    version: str = ""  # the newest
    provider: str = CPU
    variant: Variant | None = None  # {}: every .onnx; None: what this machine would choose
    threads: int = 1

    @property
    def form(self) -> str:
        """What the graphs are opened from, in a word or several."""
        forms = self.variant or {}
        return "+".join(dict.fromkeys(form.kind for form in forms.values())) or PLAIN

    def open(self, root: Path, name: str) -> Model:
        """The model. Raises NotFound, ModelFault, ProviderMissing."""
        store = DirectoryStore(root)
        opener = _Opener(self) if self.variant is None else _Chosen(self, store, name)
        return LocalPredictor(store, opener, SystemClock()).load(name, self.version)


def said_provider(provider: str) -> str:
    """A provider as a person writes it: CUDAExecutionProvider is cuda."""
    return provider.removesuffix(_SUFFIX).lower()


def find_providers(asked: Sequence[str] = ()) -> tuple[str, ...]:
    """The providers asked for, or all that run graphs here, by the names that onnxruntime has.

    The CPU comes first. Raises CommandFailed for one that this onnxruntime does not have.
    """
    built: list[str] = ort.get_available_providers()
    known = {said_provider(provider): provider for provider in built}
    found = [said_provider(word) for word in asked]
    unknown = [word for word in found if word not in known]
    if unknown:
        raise CommandFailed(
            f"this onnxruntime has no provider {unknown[0][:40]!r}: it has "
            f"{', '.join(sorted(known))}; others come with other builds, such as onnxruntime-gpu"
        )
    chosen = [known[word] for word in found] or [one for one in built if one not in _ELSEWHERE]
    return tuple(sorted(dict.fromkeys(chosen), key=lambda provider: provider != CPU))


def _run_on(opening: Opening, path: Path, kind: str = PLAIN) -> OnnxRunner:
    providers = dict.fromkeys((opening.provider, CPU))
    runner = OnnxRunner(
        path,
        threads=opening.threads,
        providers=tuple(providers),
        kind=kind,
        waits=True,  # as a function's: what is measured so is what functions are planned by
    )
    if opening.provider not in runner.providers:  # onnxruntime itself goes on, on the CPU
        name = said_provider(opening.provider)
        raise ProviderMissing(f"{name} cannot be used here: its libraries or device are missing")
    return runner


class _Opener:
    """As a service opens: a compiled form where one fits, on the CPU."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening

    @property
    def takes_forms(self) -> bool:
        return self._opening.provider == CPU

    def __call__(self, path: Path, kind: str = PLAIN, /) -> Runner:
        return _run_on(self._opening, path, kind)


class _Chosen:
    """As a variant says, whatever a service would choose."""

    def __init__(self, opening: Opening, store: DirectoryStore, name: str) -> None:
        self._opening, self._store, self._name = opening, store, name

    def __call__(self, path: Path) -> Runner:
        version = self._opening.version
        files = self._store.fetch(self._name, version)
        for graph, form in (self._opening.variant or {}).items():
            if files.path(graph) == path:
                spec = self._store.spec(self._name)
                found = checked_form(spec, version, files, form, this_machine())
                return _run_on(self._opening, found, form.kind)
        return _run_on(self._opening, path)
