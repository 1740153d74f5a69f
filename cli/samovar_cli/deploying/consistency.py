"""Whether parameters and models fit each other: what would only show when somebody calls."""

import difflib
from collections.abc import Iterator, Sequence

from samovar.errors import CommandFailed

from samovar_cli.deploying.placing import Placed
from samovar_cli.deploying.project import Project
from samovar_cli.terminal import size

_PRELOADS = ("Preload", "GpuPreload")
_MB = 1024 * 1024  # as Lambda counts the scratch space
_SPARE = 0.95


def check_consistency(project: Project, placed: Sequence[Placed], others: Sequence[str]) -> None:
    """Raises CommandFailed with every parameter that no model fits, or that fits no model.

    `others` are models that lie in the bucket already and are not here.
    """
    known = {model.name for model in placed} | set(others)
    faults = [*_unknown(project, known), *_too_large(project, placed)]
    if faults:
        raise CommandFailed("; ".join(faults))


def _unknown(project: Project, known: set[str]) -> Iterator[str]:
    """Names of models that an environment or an instance could not open as it starts."""
    for parameter in _PRELOADS:
        for name in filter(None, map(str.strip, project.values.get(parameter, "").split(","))):
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f", did you mean {near[0]}?" if near else ""
                yield f"{parameter} names {name[:80]}, and there is no such model{hint}"


def _too_large(project: Project, placed: Sequence[Placed]) -> Iterator[str]:
    """Models that a function would fetch, and has no room for in its scratch space."""
    room = float(project.values.get("ScratchSize", 512)) * _MB * _SPARE
    for model in placed:
        fetched = model.uploaded and not (project.gpu and model.lane == "heavy")
        largest = model.largest
        if fetched and largest > room:
            needed = int(largest / _SPARE / _MB) + 1
            yield (
                f"{model.name} takes {size(largest)} and functions keep what they fetch in "
                f"{size(int(room / _SPARE))} of scratch space: -p ScratchSize={needed}, or Gpu=on "
                'and `lane = "heavy"` in its model.toml'
            )
