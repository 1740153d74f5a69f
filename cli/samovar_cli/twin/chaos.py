"""Trouble on purpose: what a cloud does now and then, done by dice that fall the same each time.

`duplicate=0.1,reorder,throttle=0.05,kill=0.02,lose=0.02,seed=7`
"""

import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from samovar.errors import CommandFailed

KNOBS: Mapping[str, str] = {
    "duplicate": "events and notices come twice",
    "reorder": "records of a batch are shuffled, single events and notices come late",
    "throttle": "events wait as if Lambda throttled; calls to the endpoint are refused",
    "kill": "SIGKILL to the process that has an event or a call",
    "lose": "notices of the endpoint are lost",
}
_MOMENT_S = 1.0


class Trouble(Protocol):
    """Where the twin asks whether something is to go wrong."""

    def strikes(self, knob: str, what: str, /) -> bool:
        """Whether it does, this time."""
        ...

    def moment_s(self) -> float:
        """Some time, up to a second."""
        ...


class Calm:
    """Nothing goes wrong."""

    def strikes(self, _knob: str, _what: str, /) -> bool:
        """Never."""
        return False

    def moment_s(self) -> float:
        """None."""
        return 0.0


@dataclass(frozen=True, slots=True)
class Knobs:
    """How likely each trouble is, and the dice's seed."""

    likely: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0


def read_knobs(text: str) -> Knobs:
    """What `--chaos` says. Raises CommandFailed with what it may say."""
    likely, seed = {}, 0
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = part.partition("=")
        if name == "seed" and value.isdigit():
            seed = int(value)
        elif name in KNOBS:
            likely[name] = _share(part, value if equals else "1")
        else:
            raise _senseless(part)
    return Knobs(likely, seed)


def _share(part: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise _senseless(part) from None
    if not 0 <= value <= 1:
        raise _senseless(part)
    return value


def _senseless(part: str) -> CommandFailed:
    names = ", ".join(KNOBS)
    return CommandFailed(
        f"--chaos does not know {part!r}: it takes {names}, each alone or with a share from 0 "
        "to 1, and seed=<number>, as in duplicate=0.1,reorder,kill=0.02,seed=7"
    )


class Chaos:
    """Dice for each knob of their own, so that one does not move another's; each blow is logged."""

    def __init__(self, knobs: Knobs, log: Path) -> None:
        self._likely = knobs.likely
        self._dice = {name: random.Random(f"{knobs.seed} {name}") for name in KNOBS}  # noqa: S311 - dice, not secrets
        self._moments = random.Random(f"{knobs.seed} moments")  # noqa: S311 - as above
        self._thrown = dict.fromkeys(KNOBS, 0)
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log = log

    def strikes(self, knob: str, what: str, /) -> bool:
        """Whether it goes wrong; a knob that was not turned never does."""
        if knob not in self._likely:
            return False
        self._thrown[knob] += 1
        if self._dice[knob].random() >= self._likely[knob]:
            return False
        entry = {"time": time.time(), "knob": knob, "throw": self._thrown[knob], "what": what}
        with self._log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(entry) + "\n")
        return True

    def moment_s(self) -> float:
        """Some time, up to a second."""
        return self._moments.random() * _MOMENT_S


def trouble(text: str, log: Path) -> Trouble:
    """What `--chaos` asks for; nothing goes wrong where it says nothing. Raises CommandFailed."""
    return Chaos(read_knobs(text), log) if text else Calm()
