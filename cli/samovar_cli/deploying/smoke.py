"""A deployed API asked: whether it is there, and whether its models answer as they do here."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

import orjson
from samovar.codecs import media_type
from samovar.errors import CommandFailed, SamovarError
from samovar.golden import compare
from samovar.types import OIP_BINARY, OIP_JSON, Example

from samovar_cli.deploying.placing import Place, Placed
from samovar_cli.folder import Folder
from samovar_cli.jobs.client import Jobs
from samovar_cli.jobs.following import follow
from samovar_cli.server import Answer, Server

_TRIES = 4
_PAUSE_S = 3.0  # roles and routes that were just made take a moment to be known everywhere
_MOST_JOB_S = 180.0
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Tried:
    """One golden example at the deployed API; `fault` says what is wrong with its answer."""

    model: str
    example: str
    milliseconds: float = 0.0
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Smoke:
    """What came of the smoke test; `skipped` says of a model why it was not asked."""

    tried: tuple[Tried, ...]
    skipped: tuple[tuple[str, str], ...]

    @property
    def faults(self) -> tuple[Tried, ...]:
        """The examples that are not answered as they are here."""
        return tuple(each for each in self.tried if each.fault)

    @property
    def summary(self) -> str:
        """What is wrong, in a few words; "" where nothing is."""
        if not self.faults:
            return ""
        count = f"{len(self.faults)} of {len(self.tried)}"
        return f"{count} golden examples are not answered as they are here"

    def document(self) -> dict[str, object]:
        """As JSON."""
        return {
            "tried": [asdict(each) for each in self.tried],
            "skipped": [{"model": name, "reason": reason} for name, reason in self.skipped],
        }


def smoke(
    server: Server, models: Path, placed: Sequence[Placed], say: Progress, *, gpu: bool
) -> Smoke:
    """Every golden example of the models that functions answer; `gpu`: heavy ones have another."""
    folder, tried = Folder(models), []
    skipped = [(each.name, reason) for each in placed if (reason := _reason(each, gpu=gpu))]
    for model in placed:
        if not _reason(model, gpu=gpu):
            for example in folder.spec(model.name).examples:
                say(f"{model.name}: {example.name}")
                tried.append(_try(server, model.name, example))
    return Smoke(tuple(tried), tuple(skipped))


def _reason(model: Placed, *, gpu: bool) -> str:
    """Why a model is not asked; "" where it is."""
    if model.place is Place.NOWHERE:
        return "not built, so not deployed"
    if gpu and model.lane != "light":
        return f"its lane is {model.lane}: a call may wake the GPU"
    return "of the heavy lane, which takes its time" if model.lane == "heavy" else ""


def _try(server: Server, model: str, example: Example) -> Tried:
    began = time.perf_counter()
    try:
        answer = _answer(server, model, example)
        found = compare(dict(example.expect), orjson.loads(answer.body), example.tolerance)
    except SamovarError as error:
        return Tried(model, example.name, fault=f"{error.message} ({error.code})")
    except ValueError:
        return Tried(model, example.name, fault="the answer is no JSON")
    took_ms = (time.perf_counter() - began) * 1000
    return Tried(model, example.name, took_ms, "; ".join(found.faults[:2]))


def _answer(server: Server, model: str, example: Example) -> Answer:
    """The API's answer, waited for where it comes later."""
    payload = example.payload
    name, kind = quote(model, safe=""), media_type(payload.content_type)
    if kind in (OIP_JSON, OIP_BINARY):
        path, headers = f"/v2/models/{name}/infer", _tensor_headers(payload.content_type)
    else:
        path, headers = f"/v1/models/{name}/predict", {"content-type": payload.content_type}
    answer = _sent(server, path, payload.body, headers)
    return _awaited(server, answer) if answer.status == 202 else answer


def _tensor_headers(content_type: str) -> dict[str, str]:
    """The protocol's own headers for a body of tensors."""
    size = content_type.partition("json-header-size=")[2]
    return (
        {"inference-header-content-length": size} if size else {"content-type": "application/json"}
    )


def _sent(server: Server, path: str, body: bytes, headers: dict[str, str]) -> Answer:
    """The answer, asked for again where the trouble passes."""
    for _ in range(_TRIES - 1):
        try:
            return server.send("POST", path, body, headers)
        except SamovarError as error:
            if not error.retryable:
                raise
        time.sleep(_PAUSE_S)
    return server.send("POST", path, body, headers)


def _awaited(server: Server, answer: Answer) -> Answer:
    jobs, until = Jobs(server), time.monotonic() + _MOST_JOB_S

    def pause(seconds: float) -> None:
        if time.monotonic() > until:
            raise CommandFailed(f"its job is not over after {_MOST_JOB_S:.0f} s")
        time.sleep(seconds)

    *_, job = follow(jobs, [str(answer.document()["id"])], pause)
    if job.went_wrong:
        raise CommandFailed(f"its job is {job.state}: {job.message or job.code}")
    return jobs.result(job.id)
