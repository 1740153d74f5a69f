"""Cold starts of the infer function: its processes, and the init reports that they write."""

import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from samovar.adapters.directory import DirectoryStore
from samovar.errors import CommandFailed, ModelFault
from samovar.programs import standing_type
from samovar.types import Example
from samovar.wiring import seal_models

from samovar_cli.twin.application import Function, Route
from samovar_cli.twin.environment import Environment
from samovar_cli.twin.events import build_event, read_answer
from samovar_cli.twin.invocation import Invocation, Outcome, new_trace_id
from samovar_cli.twin.logs import FunctionLog
from samovar_cli.twin.messages import HttpRequest
from samovar_cli.twin.routing import Match
from samovar_cli.twin.site import Site
from samovar_cli.twin.template import read_template

PHASES = ("runtime_ms", "imports_ms", "wiring_ms", "map_ms", "first_run_ms")
_LOGICAL = "InferFunction"
_ROUTE = Route("POST /v1/models/{model}/predict", _LOGICAL)


@dataclass(frozen=True, slots=True)
class Start:
    """One cold start: its init report's phases, and what a caller outside has waited."""

    phases: Mapping[str, float]  # milliseconds
    form: str  # that the model was opened from
    outside_ms: float  # to the first answer, without the time that the process lay idle

    @property
    def total_ms(self) -> float:
        """From the process's start to its first answer, by its own report."""
        return sum(self.phases.values())


def infer_function(template: Path, model: str) -> Function:
    """The infer function of a template, with one model to preload and no bucket behind it.

    Values that only a deployed stack has are left out. Raises CommandFailed.
    """
    said = read_template(template)
    resource = said["Resources"].get(_LOGICAL)
    if resource is None:
        raise CommandFailed(f"{template} has no {_LOGICAL}: there is nothing to start")
    plain = _Plain(said)
    own = resource["Properties"]
    shared = said.get("Globals", {}).get("Function", {})
    variables = plain.variables(shared) | plain.variables(own)
    memory = plain.value(own.get("MemorySize", shared.get("MemorySize", 128)))
    return Function(
        logical=_LOGICAL,
        name="samovar-infer",
        arn=f"arn:aws:lambda:eu-central-1:000000000000:function:{_LOGICAL}",
        code=own["CodeUri"].rstrip("/"),
        handler=shared.get("Handler", "handler.handler"),
        layers=tuple(plain.layer(layer) for layer in own.get("Layers", ())),
        environment=variables | {"SAMOVAR_PRELOAD": model},
        timeout_s=60,
        memory_mb=int(memory or 128),
    )


class _Plain:
    """What a template says without being deployed."""

    def __init__(self, template: Mapping[str, Any]) -> None:
        self._template = template

    def value(self, said: Any) -> str | None:
        """A text or a parameter's default; None for what only a stack knows."""
        if isinstance(said, Mapping):
            parameter = self._template.get("Parameters", {}).get(said.get("Ref"), {})
            said = parameter.get("Default")
        return None if said is None or isinstance(said, list | Mapping) else str(said)

    def variables(self, properties: Mapping[str, Any]) -> dict[str, str]:
        """Environment variables that have a value here."""
        said = properties.get("Environment", {}).get("Variables", {})
        found = {name: self.value(value) for name, value in said.items()}
        return {name: value for name, value in found.items() if value}

    def layer(self, said: Mapping[str, Any]) -> str:
        """A layer's folder."""
        properties = self._template["Resources"][said["Ref"]]["Properties"]
        return str(properties["ContentUri"]).rstrip("/")


def sealed_view(models: Path, names: Sequence[str], view: Path) -> Path:
    """A models folder with these models, as a layer has it: checked and sealed.

    Files are linked, so that it costs nothing. Raises CommandFailed with what is wrong.
    """
    shutil.rmtree(view, ignore_errors=True)
    needed = {*names}.union(*(_below(models, name) for name in names))
    for name in needed:
        shutil.copytree(models / name, view / name, copy_function=_link)
    faults = seal_models(view)
    if faults:
        name, fault = next(iter(faults.items()))
        raise CommandFailed(f"model '{name}' is not right: {fault}")
    return view


def _below(models: Path, name: str) -> Iterator[str]:
    """The models that a model's versions stand on; none of one that cannot be read."""
    store = DirectoryStore(models)
    with suppress(ModelFault):  # whoever seals it says what is wrong
        spec = store.spec(name)
        kind = standing_type(spec.program.name)
        if kind is None:
            return
        for version in store.versions(name):
            yield kind(**spec.program.params).foundation(store.fetch(name, version).read)[0]


def _link(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:  # another file system: a copy does as well
        shutil.copy2(source, target)
    return target


def first_request(model: str, example: Example) -> bytes:
    """A golden example as the event that API Gateway would send."""
    request = HttpRequest(
        method="POST",
        path=f"/v1/models/{model}/predict",
        query="",
        headers=[("content-type", example.payload.content_type), ("host", "localhost:80")],
        body=example.payload.body,
    )
    return build_event(request, Match(_ROUTE, {"model": model}), "local", new_trace_id())


async def cold_start(function: Function, site: Site, event: bytes, log: Path) -> Start:
    """A fresh process of the function, up to its first answer. Raises CommandFailed."""
    log.unlink(missing_ok=True)
    written = FunctionLog(log)
    environment = Environment(function, site, written)
    began = time.perf_counter()
    try:
        fault = await environment.start()
        outcome = fault or await environment.invoke(Invocation(event))
        took_ms = (time.perf_counter() - began) * 1000
    finally:
        await environment.stop()
        written.close()
    _check(outcome, log)
    return replace(_read(log), outside_ms=took_ms)


def _check(outcome: Outcome, log: Path) -> None:
    answer = None if outcome.error else read_answer(outcome.payload)
    if answer is None or answer.status != 200:
        said = (answer.body if answer else outcome.payload).decode("utf-8", "replace")
        raise CommandFailed(f"the function's first answer is none: {said[:500]}\n  its log: {log}")


def _read(log: Path) -> Start:
    """The init report in a function's log."""
    for line in log.read_text("utf-8", "replace").splitlines():
        if '"message":"init"' in line:
            said = json.loads(line)
            phases = {phase: float(said["phases"][phase] or 0.0) for phase in PHASES}
            form = "+".join(one["form"] for one in said["models"])
            return Start(phases, form, 0.0)
    raise CommandFailed(f"the function told nothing of its start: see {log}")
