"""What requests put into each graph of a model: what a build is calibrated on."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from samovar import pipeline
from samovar.errors import SamovarError
from samovar.ports import Runner
from samovar.types import Payload

from samovar_cli.models.recorder import Feed, Recorder, as_array
from samovar_cli.optimising.answering import Place, open_plainly

MOST = 256  # feeds of one graph, that a range is to be read from
_MOST_BYTES = 256_000_000


def record(
    place: Place, payloads: Sequence[Payload], most: int = MOST
) -> dict[str, tuple[Feed, ...]]:
    """By graph, what the requests put into it, in order: `most` at most, as far as there is room.

    Requests that the model refuses put nothing in. Raises NotFound, ModelFault.
    """
    seen: dict[str, _Kept] = {}
    folder = place.root / place.name / place.version

    def wrap(path: Path, runner: Runner) -> Runner:
        graph = path.relative_to(folder).as_posix()
        return seen.setdefault(graph, _Kept(runner, most)).runner

    model = open_plainly(place, 1, wrap)
    for payload in payloads:
        try:
            pipeline.infer(payload, model)
        except SamovarError:
            continue
    return {graph: tuple(kept.fed) for graph, kept in seen.items()}


class _Kept:
    """What one graph was fed, in order."""

    def __init__(self, runner: Runner, most: int) -> None:
        self.runner = Recorder(runner, self._note)
        self.fed: list[Feed] = []
        self._most = most
        self._room = _MOST_BYTES

    def _note(self, tensors: Mapping[str, Any]) -> None:
        if len(self.fed) < self._most and self._room > 0:
            feed = {name: np.array(as_array(value)) for name, value in tensors.items()}
            self.fed.append(feed)
            self._room -= sum(array.nbytes for array in feed.values())
