"""`python -m benchmarks [NAME…]`: measure, show a table, write benchmarks/results.

Without names the regular suites run, in a quarter of an hour, and the pages that quote them
are written anew. `--quick` runs few rounds, to see that all works, and writes to build/.
"""

import argparse
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from benchmarks.machine import machine
from benchmarks.pace import Pace, Progress
from benchmarks.places import BUILT, RESULTS
from benchmarks.report import markdown, suite_json
from benchmarks.setting import prepare
from benchmarks.suite import Suite
from benchmarks.suites import SUITES

QUICK_S = 20.0
"""What a suite may take with --quick, beside what it prepares."""


def main(arguments: list[str]) -> int:
    """Run the named suites, or all the regular ones; 1 when one of them could not run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="NAME", help=f"any of {', '.join(SUITES)}")
    parser.add_argument("--quick", action="store_true", help="few rounds; the figures say nothing")
    asked = parser.parse_args(arguments)
    unknown = set(asked.suites) - set(SUITES)
    if unknown:
        parser.error(f"no such suite: {', '.join(sorted(unknown))}")
    regular = [name for name, suite in SUITES.items() if suite.regular]
    names = asked.suites or regular
    found = {"machine": machine(), "suites": run([SUITES[n] for n in names], quick=asked.quick)}
    stem = "latest" if names == regular else "-".join(names)
    folder = BUILT / "quick" if asked.quick else RESULTS
    write(found, folder, stem)
    print(markdown(found))
    failed = [name for name in names if name not in found["suites"]]
    if failed:
        print(f"not measured: {', '.join(failed)}", file=sys.stderr)
    elif stem == "latest" and not asked.quick:
        _write_pages()
    return int(bool(failed))


def run(suites: list[Suite], *, quick: bool = False) -> dict[str, Any]:
    """Name → what a report holds of each suite; one that cannot run, or fails, is left out."""
    budgets = {suite.name: QUICK_S if quick else suite.budget_s for suite in suites}
    progress = Progress(expected(suites, quick=quick), budgets)
    print("preparing layers and models", file=sys.stderr)
    prepare()
    found = {}
    for suite in suites:
        progress.begin(suite.name)
        if reason := suite.missing():
            progress.end(f"left out: {reason}")
            continue
        rounds = suite.quick if quick else suite.rounds
        try:
            measured = suite.measure(Pace(rounds, budgets[suite.name], progress.tell))
        except Exception:  # noqa: BLE001 - what the other suites found must not be lost
            progress.end("failed")
            traceback.print_exc()
            continue
        found[suite.name] = suite_json(suite, measured, progress.end())
    return found


def expected(suites: list[Suite], *, quick: bool) -> Mapping[str, float]:
    """The seconds that each suite should take: those of the last full run, else its budget."""
    if quick:
        return {suite.name: QUICK_S for suite in suites}
    last = RESULTS / "latest.json"
    known = orjson.loads(last.read_bytes()).get("suites", {}) if last.exists() else {}
    return {s.name: known.get(s.name, {}).get("seconds", s.budget_s) for s in suites}


def write(found: Mapping[str, Any], folder: Path, stem: str) -> None:
    """The report as JSON and as Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    text = orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    (folder / f"{stem}.json").write_bytes(text)
    (folder / f"{stem}.md").write_text(markdown(found), "utf-8")


def _write_pages() -> None:
    from tools import performance_pages, performance_picture

    performance_picture.main()
    performance_pages.main()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
