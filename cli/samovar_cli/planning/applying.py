"""Plans written down: parameters of samconfig.toml, and lanes of manifests. Comments stay."""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from samovar.errors import CommandFailed
from samovar.layout import MANIFEST
from samovar.toml_lines import line_numbers

from samovar_cli.deploying.parameters import read_overrides
from samovar_cli.planning.report import Planned
from samovar_cli.planning.work import ENDPOINT, FUNCTION, QUEUE, Candidate, scenario
from samovar_cli.simulate.prices import read_prices
from samovar_cli.simulate.routed import limits_of, said

_TABLE = ("default", "global", "parameters")
_KEY = "parameter_overrides"
_LANES: Mapping[str, str] = {FUNCTION: "light", QUEUE: "light", ENDPOINT: "heavy"}
Written = Mapping[str, Callable[[Sequence[Candidate]], object]]
_OF_FUNCTIONS: Written = {
    "InferMemory": lambda found: max(one.memory_mb for one in found),
    "Architecture": lambda found: found[0].architecture,
    "InferReady": lambda found: sum(one.provisioned for one in found if one.lane == FUNCTION),
}
_OF_QUEUES: Written = {
    "JobConcurrency": lambda found: min(sum(one.most for one in found), 1000),
    "JobReady": lambda found: sum(one.provisioned for one in found),
    "JobBatch": lambda found: max(one.batch for one in found),
    "JobWindow": lambda found: min(one.window_s for one in found),
}
_OF_ENDPOINTS: Written = {
    "Gpu": lambda _: "on",
    "GpuInstanceType": lambda found: found[0].instance,
    "GpuMaxInstances": lambda found: max(one.instances for one in found),
    "GpuConcurrency": lambda found: max(one.batch for one in found),
}
_PARAMETERS: Sequence[tuple[tuple[str, ...], Written]] = (
    ((FUNCTION, QUEUE), _OF_FUNCTIONS),
    ((QUEUE,), _OF_QUEUES),
    ((ENDPOINT,), _OF_ENDPOINTS),
)


@dataclass(frozen=True, slots=True)
class _Change:
    path: Path
    before: str
    text: str
    said: str


def apply_plans(found: Sequence[Planned], config: Path, folder: Path) -> Iterator[str]:
    """Write all plans; what was written, a line each.

    Nothing is written where one of them does not keep its SLO, or a file cannot be read:
    CommandFailed says why.
    """
    late = [one.app.name for one in found if not one.plan.keeps_slo]
    if late:
        raise CommandFailed(f"nothing keeps the SLO of {', '.join(late)}: nothing is written")
    chosen = [one.plan.chosen.candidate for one in found]
    changes = [_configured(config, {**parameters(chosen), **_routed(found)})]
    changes += [
        _manifest(folder / one.app.name / MANIFEST, candidate)
        for one, candidate in zip(found, chosen, strict=True)
    ]
    for change in changes:
        if change.text != change.before:
            change.path.write_text(change.text, "utf-8")
            yield change.said
        else:
            yield f"{change.path} says it already"


def parameters(chosen: Sequence[Candidate]) -> Mapping[str, str]:
    """The template's parameters that some candidates ask for together.

    Models of one deployment share its functions: these get the largest memory that one asks
    for, and arm64 only where all do.
    """
    values: dict[str, str] = {}
    for lanes, written in _PARAMETERS:
        mine = [one for one in chosen if one.lane in lanes]
        if mine:
            values |= {key: str(of(mine)) for key, of in written.items()}
    if len({one.architecture for one in chosen if one.lane != ENDPOINT}) > 1:
        values["Architecture"] = "x86_64"
    return values


def _routed(found: Sequence[Planned]) -> Mapping[str, str]:
    """What models that say `auto` are routed by, where an endpoint is planned."""
    for one in found:
        candidate = one.plan.chosen.candidate
        if candidate.lane == ENDPOINT:
            words = said(limits_of(scenario(one.app.work, candidate), read_prices()))
            return {"AutoLane": words} if words else {}
    return {}


def _configured(path: Path, values: Mapping[str, str]) -> _Change:
    text = _read(path)
    said = tomllib.loads(text)
    for key in _TABLE:
        said = said.get(key, {})
    where = f"{path}: {_KEY}"
    merged = {**read_overrides(said.get(_KEY, []), where), **values}
    line = f"{_KEY} = [{', '.join(_quoted(f'{key}={value}') for key, value in merged.items())}]"
    told = ", ".join(f"{key}={value}" for key, value in values.items())
    return _Change(path, text, _with_line(text, _TABLE, _KEY, line), f"{path}: {told}")


def _manifest(path: Path, candidate: Candidate) -> _Change:
    """A manifest's lane; `auto` stays, since the router decides there."""
    text = _read(path)
    lane = _LANES[candidate.lane]
    if tomllib.loads(text).get("lane", "light") in {lane, "auto"}:
        return _Change(path, text, text, "")
    return _Change(path, text, _with_line(text, (), "lane", f'lane = "{lane}"'), f"{path}: {lane}")


def _with_line(text: str, table: tuple[str, ...], key: str, line: str) -> str:
    """A TOML text with one statement in place of the one of that key, or at its table's top."""
    lines = text.splitlines()
    numbers = line_numbers(text)
    if (*table, key) in numbers:
        first = numbers[*table, key] - 1
        lines[first : _end(lines, first)] = [line]
    elif not table:
        lines.insert(0, line)
    elif table in numbers:
        lines.insert(numbers[table], line)
    else:
        lines += ["", f"[{'.'.join(table)}]", line]
    return "\n".join(lines) + "\n"


def _end(lines: Sequence[str], first: int) -> int:
    """The line after a statement, which may be an array of several lines."""
    for end in range(first + 1, len(lines) + 1):
        try:
            tomllib.loads("\n".join(lines[first:end]))
        except tomllib.TOMLDecodeError:
            continue
        return end
    return first + 1


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _read(path: Path) -> str:
    try:
        text = path.read_text("utf-8")
        tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise CommandFailed(f"{path} cannot be read: {error}") from None
    return text
