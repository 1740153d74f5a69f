"""A seal: what was checked of a model when its folder was packed, so that no cold start checks it.

Whoever packs a models folder that nobody writes to any more (a layer, an image) checks each
model once and writes down its manifest as JSON and the size of every file. A reader then needs
neither TOML nor sha256 nor a walk through the graphs. Sizes are compared again; a model that
differs from its seal is read and checked as if it had none.

Seals lie in a folder of their own beside the models, never in a model's: a model folder that
somebody brings must not be able to vouch for itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from samovar import __version__
from samovar.keeping import CacheSpec
from samovar.profile import Profile
from samovar.steps import STEPS, build_step, step_type
from samovar.types import (
    BatchSpec,
    Example,
    InputSpec,
    Kind,
    Limits,
    ModelSpec,
    ProgramSpec,
    Signature,
    Step,
    TensorSpec,
)
from samovar.values import dataclass

_FORMAT = 1
_PLAIN = ("name", "task", "title", "description", "lane", "bundle", "licence", "origin")
Sizes = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Seal:
    """A model as it was checked: its manifest, and the bytes of each of its files."""

    spec: ModelSpec
    manifest: Sizes  # model.toml and model.lock; 0 where there is none
    versions: Mapping[str, Sizes]  # version → file within it → bytes


class LaterExamples(Sequence[Example]):
    """Golden examples that are read when somebody looks: a request never does."""

    def __init__(self, load: Callable[[], Sequence[Example]]) -> None:
        self._load = load
        self._found: tuple[Example, ...] | None = None

    def _all(self) -> tuple[Example, ...]:
        if self._found is None:
            self._found = tuple(self._load())
        return self._found

    def __getitem__(self, index: Any) -> Any:
        return self._all()[index]

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[Example]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        return self._all() == (tuple(other) if isinstance(other, Sequence) else other)

    __hash__ = None  # type: ignore[assignment]  # as of any sequence that is made later


def write_seal(seal: Seal) -> bytes:
    """The seal as JSON, without examples. Raises ValueError where JSON cannot hold a parameter."""
    written = orjson.dumps(
        {
            "format": _FORMAT,
            "samovar": __version__,
            "manifest": seal.manifest,
            "versions": seal.versions,
            "spec": _spec_table(seal.spec),
        }
    )
    found = read_seal(written, lambda: seal.spec.examples)
    if found != seal:
        raise ValueError(f"model '{seal.spec.name}' has a parameter that JSON cannot hold")
    return written


def read_seal(body: bytes, examples: Callable[[], Sequence[Example]]) -> Seal | None:
    """The seal in `body`; None where this samovar did not write it, or cannot read it."""
    try:
        said = orjson.loads(body)
        if (said["format"], said["samovar"]) != (_FORMAT, __version__):
            return None
        return Seal(_spec(said["spec"], examples), dict(said["manifest"]), dict(said["versions"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _spec_table(spec: ModelSpec) -> dict[str, Any]:
    return {
        **{key: getattr(spec, key) for key in _PLAIN},
        "custom_domains": spec.custom_domains,
        "external_data": spec.external_data,
        "input": spec.input,
        "program": spec.program,
        "pre": [_step_table(step) for step in spec.pre],
        "post": [_step_table(step) for step in spec.post],
        "guards_before": [_step_table(step) for step in spec.guards_before],
        "guards_after": [_step_table(step) for step in spec.guards_after],
        "batch": spec.batch,
        "limits": spec.limits,
        "files": spec.files,
        "signatures": spec.signatures,
        "metrics": spec.metrics,
        "profile": spec.profile,
        "cache": spec.cache,
    }


def _spec(said: Mapping[str, Any], examples: Callable[[], Sequence[Example]]) -> ModelSpec:
    return ModelSpec(
        **{key: said[key] for key in _PLAIN},
        custom_domains=tuple(said["custom_domains"]),
        external_data=tuple(said["external_data"]),
        input=InputSpec(Kind(said["input"]["kind"]), tuple(said["input"]["columns"])),
        program=_program(said["program"]),
        pre=tuple(_built(table) for table in said["pre"]),
        post=tuple(_built(table) for table in said["post"]),
        guards_before=tuple(_built(table) for table in said["guards_before"]),
        guards_after=tuple(_built(table) for table in said["guards_after"]),
        batch=BatchSpec(**said["batch"]),
        limits=Limits(**said["limits"]),
        files=said["files"],
        signatures={version: _signature(sides) for version, sides in said["signatures"].items()},
        metrics=said["metrics"],
        profile=Profile(**_frozen(said["profile"])),
        cache=CacheSpec(**said["cache"]),
        examples=LaterExamples(examples),
    )


def _program(said: Mapping[str, Any]) -> ProgramSpec:
    return ProgramSpec(said["name"], said["runners"], _frozen(said["params"]))


def _frozen(value: Any) -> Any:
    """A JSON value as parameters have it: tuples, not lists."""
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value


def _signature(sides: Mapping[str, Any]) -> Signature:
    return Signature(_tensors(sides["inputs"]), _tensors(sides["outputs"]))


def _tensors(entries: Sequence[Mapping[str, Any]]) -> tuple[TensorSpec, ...]:
    return tuple(TensorSpec(one["name"], one["datatype"], tuple(one["shape"])) for one in entries)


def _step_table(step: Step) -> dict[str, Any]:
    """A step: its name, what is not its default, and whether JSON says all of that by itself."""
    from dataclasses import fields

    cls = type(step)
    wanted = f"{cls.__module__}:{cls.__qualname__}"
    name = next(name for name, place in STEPS.items() if place == wanted)
    known = fields(step)  # type: ignore[arg-type]  # a dataclass, by its protocol's word
    values = {field.name: getattr(step, field.name) for field in known}
    params = {f.name: values[f.name] for f in known if values[f.name] != f.default}
    plain = all(_is_plain(value) for value in params.values())
    return {"step": name, "params": params, "plain": plain}


def _is_plain(value: Any) -> bool:
    """Whether a parameter is what `_frozen` makes of its JSON."""
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    return value is None or type(value) in (str, int, float, bool)


def _built(table: Mapping[str, Any]) -> Step:
    """The step of a table that was checked: most are made without a look at their fields."""
    params = table["params"]
    if table["plain"]:
        made: Step = step_type(table["step"])(**_frozen(params))
        return made
    step = build_step({"step": table["step"], **params})
    if isinstance(step, list):
        raise ValueError(step[0].message)
    return step
