"""The steps of a manifest, and the guards among them: first in `[[pre]]`, last in `[[post]]`."""

from collections.abc import Mapping
from typing import Any

from samovar.manifest_report import Report
from samovar.steps import build_step
from samovar.types import Kind, ProgramSpec, Step

_PREFIX = "guard_"
_TEXTS = (Kind.TEXT, Kind.PROMPT)


def _is_guard(entry: Mapping[str, Any]) -> bool:
    """Whether a step's table names a guard."""
    return str(entry.get("step", "")).startswith(_PREFIX)


def read_guards(key: str, kind: Kind, report: Report) -> tuple[Step, ...]:
    """The guards of `[[key]]`, in order; what is wrong with them is in the report.

    `kind` is what people send: texts and prompts can be guarded before a model, what is said by
    any.
    """
    found: list[Step] = []
    entries = report.entries(key)
    last = len(entries) - 1
    for index, entry in enumerate(entries):
        if not _is_guard(entry):
            continue
        built = build_step(entry)
        if isinstance(built, list):
            report.add_all((key, index), built)
            continue
        outer = entries[:index] if key == "pre" else entries[last:index:-1]
        if not all(map(_is_guard, outer)):
            where = "before" if key == "pre" else "after"
            said = f"{entry['step']} is a guard: it stands {where} all other [[{key}]] steps"
            report.add((key, index), said)
        if key == "pre" and kind not in _TEXTS:
            report.add((key, index), f"{entry['step']} guards texts and prompts, not {kind}")
        for message in getattr(built, "misplaced", lambda _: ())(key):
            report.add((key, index), message)
        found.append(built)
    return tuple(found)


def read_steps(key: str, flowing: Kind, program: ProgramSpec, report: Report) -> tuple[Step, ...]:
    """The steps of `[[key]]`, each of which must take what the one before it gives."""
    steps: list[Step] = []
    entries = [(at, one) for at, one in enumerate(report.entries(key)) if not _is_guard(one)]
    for count, (index, entry) in enumerate(entries):
        built = build_step(entry)
        if isinstance(built, list):
            report.add_all((key, index), built)
            continue
        # After a step at fault nobody knows what flows.
        if len(steps) == count and built.takes != flowing:
            report.add((key, index), f"{entry['step']} takes {built.takes}, but gets {flowing}")
        flowing = built.gives
        steps.append(built)
    if key == "pre" and program.name == "single" and len(steps) == len(entries):
        _check_end(flowing, [at for at, _ in entries], report)
    return tuple(steps)


def _check_end(flowing: Kind, steps: list[int], report: Report) -> None:
    """The steps before a graph must leave tensors for it, or rows of them by input name."""
    if flowing not in (Kind.TENSORS, Kind.ROWS):
        at = ("pre", steps[-1]) if steps else ("input", "kind")
        report.add(at, f"the graph gets {flowing}: add a [[pre]] step that makes tensors of it")
