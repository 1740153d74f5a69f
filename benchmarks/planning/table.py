"""What was found of all cases, as Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

Found = Mapping[str, Any]
"""What the JSON holds."""
WITHIN, LATE = 1.05, 0.01
_WAYS = (
    *("plan", "one by one", "BATCH", "HarmonyBatch"),
    *("BATCH, told all", "HarmonyBatch, told all"),
)


def markdown(found: Found) -> str:
    """The whole page."""
    cases = found["cases"]
    machine = " · ".join(f"{k}: {v}" for k, v in found["machine"].items() if v)
    lines = ["# Plans against the least that they could cost", "", machine, "", *_said(cases)]
    heads = ["service", "load", "noise", "bound, $ a million", "plan"]
    heads += [f"{way}, × bound" for way in _WAYS] + ["any door"]
    lines += [
        "",
        f"| {' | '.join(heads)} |",
        "|---|---|---:|---:|---|" + "---:|" * (len(_WAYS) + 1),
    ]
    lines += [f"| {' | '.join(_row(case))} |" for case in cases]
    missing = [f"\nNot measured: {name}: the trace is not at hand." for name in found["missing"]]
    return "\n".join(lines + missing) + "\n"


def _row(case: Found) -> list[str]:
    ways = case["ways"]
    row = [case["service"], case["load"], f"{case['noise']:g}", f"{least(case):.2f}"]
    row += [ways["plan"]["how"], *(_way(ways[name]) for name in _WAYS)]
    return [*row, f"{case['bound']['any_door'] / least(case):.2f}"]


def least(case: Found) -> float:
    """The bound of a case with one door for all, US dollars a million requests."""
    doors = (case["bound"][name] for name in ("function", "queue", "endpoint"))
    return float(min(door for door in doors if door is not None))


def _way(way: Found) -> str:
    """× the bound, marked where too many are late."""
    times = f"{way['times_bound']:.2f}"
    return times if way["late"] <= LATE else f"({times}; {way['late']:.1%} late)"


def _said(cases: Sequence[Found]) -> list[str]:
    """How many cases are as they were promised to be."""
    plans = [case["ways"]["plan"] for case in cases]
    near = sum(plan["times_bound"] <= WITHIN and plan["late"] <= LATE for plan in plans)
    kept = sum(plan["late"] <= LATE for plan in plans)
    said = f"cost no more than {WITHIN} × the bound and are late for no more than {LATE:.0%}"
    dearer = sum(
        case["ways"]["plan"]["cost"] > case["ways"]["one by one"]["cost"] * 1.001
        for case in cases
        if case["ways"]["one by one"]["late"] <= LATE
    )
    than = f"a thousandth or more over single calls that are in time: {dearer or 'none'}"
    return [f"Of {len(plans)} plans {near} {said} of the requests; {kept} are in time; {than}."]
