"""A list of requests, asked one after the other, and what became of each."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import orjson
from samovar.errors import CommandFailed, SamovarError

from samovar_cli.terminal import one_line, write_json

Ask = Callable[[bytes], str]
"""A request's body → where its answer came from, as `x-samovar-cache` says it; "" for nowhere."""
_SHOWN = 10
_REFUSED = "refused"
_SAID = {
    "hit": "kept already",
    "hit-2": "kept already, for all processes",
    "miss": "worked out, and kept",
    "bypass": "answered, and not kept: chance has a part in them, or their manifest keeps no such",
    "": "answered by a model that keeps no answers",
    _REFUSED: "refused",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A request of a file, and where in it it stands."""

    number: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Warmed:
    """What became of all lines: how many of each state, and why some were refused."""

    states: Counter[str]
    refusals: Sequence[str]


def read_lines(file: Path) -> list[Line]:
    """The requests of a file, blank lines passed over. Raises CommandFailed."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}") from None
    lines = [Line(n, body) for n, body in enumerate(content.splitlines(), 1) if body.strip()]
    if not lines:
        raise CommandFailed(f'{file} has no request: write one a line, such as {{"text": "…"}}')
    return lines


def warm_up(lines: Iterable[Line], ask: Ask, at_once: int) -> Warmed:
    """What became of each line, some of them asked at a time."""
    with ThreadPoolExecutor(at_once) as threads:
        found = list(threads.map(lambda line: _asked(line, ask), lines))
    states = Counter(state for state, _ in found)
    return Warmed(states, [why for _, why in found if why])


def _asked(line: Line, ask: Ask) -> tuple[str, str]:
    try:
        if not isinstance(orjson.loads(line.body), dict):
            return _REFUSED, f"line {line.number}: must be a JSON object"
        return ask(line.body), ""
    except orjson.JSONDecodeError as error:
        return _REFUSED, f"line {line.number}: is not JSON: {error}"
    except SamovarError as error:
        return _REFUSED, f"line {line.number}: {error.message}"


def show(warmed: Warmed, *, as_json: bool) -> int:
    """Print what became of the lines; the exit status: 1 where any was refused."""
    if as_json:
        named = {state or "unkept": count for state, count in warmed.states.items()}
        write_json(orjson.dumps({"states": named, "refusals": warmed.refusals}))
        return int(bool(warmed.refusals))
    for state, said in _SAID.items():
        if count := warmed.states[state]:
            print(f"{count:>6}  {said}")
    for why in warmed.refusals[:_SHOWN]:
        print(f"        {one_line(why)}")
    if len(warmed.refusals) > _SHOWN:
        print(f"        … and {len(warmed.refusals) - _SHOWN} more")
    return int(bool(warmed.refusals))
