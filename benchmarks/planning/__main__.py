"""`python -m benchmarks.planning [--azure FOLDER] [NAME…]`: plans against their lower bound.

Without names all services are planned, under all loads, and the table is written anew.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import orjson
from samovar_cli.simulate.prices import read_prices

from benchmarks.machine import machine
from benchmarks.places import RESULTS, ROOT
from benchmarks.planning.cases import measure
from benchmarks.planning.loads import AZURE, Trace, generated, recorded
from benchmarks.planning.picture import picture
from benchmarks.planning.services import SERVICES
from benchmarks.planning.table import markdown

_SEED = 0
Asked = tuple[str, float, str, Trace]


def main(arguments: list[str]) -> int:
    """Measure, print the table and, if nothing was left out, write it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planning", description=__doc__)
    parser.add_argument("services", nargs="*", metavar="NAME", help=", ".join(SERVICES))
    parser.add_argument("--azure", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--noise", type=float, action="append")
    parser.add_argument("--processes", type=int, default=1)
    asked = parser.parse_args(arguments)
    recordings = recorded(asked.azure)
    loads = {name: make() for name, make in {**generated(_SEED), **recordings}.items()}
    cases = [
        (service, noise, name, trace)
        for service in asked.services or SERVICES
        for name, trace in loads.items()
        for noise in asked.noise or SERVICES[service].noises
    ]
    found = {
        "machine": machine(),
        "cases": run(cases, asked.processes),
        "missing": [name for name in AZURE if name not in recordings],
    }
    print(markdown(found))
    if not asked.services and not asked.noise:
        text = orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        (RESULTS / "planning.json").write_bytes(text)
        (RESULTS / "planning.md").write_text(markdown(found), "utf-8")
        picture(found, ROOT / "docs" / "images" / "planning.svg")
    return 0


def run(cases: list[Asked], processes: int) -> list[dict[str, Any]]:
    """What was found of each, in their order."""
    found: dict[int, dict[str, Any]] = {}
    with ProcessPoolExecutor(processes) as pool:
        waiting = {pool.submit(_case, case): number for number, case in enumerate(cases)}
        for done in as_completed(waiting):
            found[waiting[done]] = done.result()
            case = found[waiting[done]]
            said = f"{case['service']}, {case['load']}, {case['noise']:g}"
            print(f"{len(found)}/{len(cases)} {said}", file=sys.stderr, flush=True)
    return [found[number] for number in range(len(cases))]


def _case(case: Asked) -> dict[str, Any]:
    service, noise, load, trace = case
    return measure(SERVICES[service].noisy(noise), load, trace, read_prices()).as_json()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
