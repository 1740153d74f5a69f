"""`python -m benchmarks.planning [--azure FOLDER] [NAME…]`: plans against their lower bound.

Services are planned under all loads, all or the named ones, and the table is written.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import orjson
from samovar_cli.simulate.prices import read_prices

from benchmarks.machine import machine
from benchmarks.places import RESULTS, ROOT
from benchmarks.planning.cases import measure, plan_anew
from benchmarks.planning.loads import AZURE, Trace, generated, recorded
from benchmarks.planning.picture import picture
from benchmarks.planning.services import SERVICES
from benchmarks.planning.table import markdown

_SEED = 0
_TABLE = RESULTS / "planning.json"
Asked = tuple[str, float, str, Trace]


def main(arguments: list[str]) -> int:
    """Measure, print the table and write it; what was left out stays as it was."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planning", description=__doc__)
    parser.add_argument("services", nargs="*", metavar="NAME", help=", ".join(SERVICES))
    parser.add_argument("--azure", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--noise", type=float, action="append")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--plans", action="store_true", help="only plans, beside the last bounds")
    asked = parser.parse_args(arguments)
    recordings = recorded(asked.azure)
    loads = {name: make() for name, make in {**generated(_SEED), **recordings}.items()}
    found = {
        "machine": machine(),
        "cases": again(loads, asked.processes) if asked.plans else anew(asked, loads),
        "missing": [name for name in AZURE if name not in recordings],
    }
    if asked.services or asked.noise:
        found["cases"] = merged(found["cases"])
    print(markdown(found))
    _write(found)
    return 0


def merged(cases: list[Any]) -> list[Any]:
    """The last table's cases, these in the place of their own, in the order of services."""
    last = orjson.loads(_TABLE.read_bytes())["cases"] if _TABLE.exists() else []
    found = {(case["service"], case["load"], case["noise"]): case for case in [*last, *cases]}
    order, loads = list(SERVICES), list(dict.fromkeys(case["load"] for case in found.values()))
    return sorted(
        found.values(),
        key=lambda case: (order.index(case["service"]), loads.index(case["load"]), case["noise"]),
    )


def anew(asked: argparse.Namespace, loads: Mapping[str, Trace]) -> list[Any]:
    """All that was asked for."""
    cases = [
        (service, noise, name, trace)
        for service in asked.services or SERVICES
        for name, trace in loads.items()
        for noise in asked.noise or SERVICES[service].noises
    ]
    return run(_case, cases, asked.processes)


def again(loads: Mapping[str, Trace], processes: int) -> list[Any]:
    """The cases of the last table, planned anew."""
    last = orjson.loads(_TABLE.read_bytes())["cases"]
    return run(_plan, [(case, loads[case["load"]]) for case in last], processes)


def run(measure_one: Callable[[Any], Any], cases: Sequence[Any], processes: int) -> list[Any]:
    """What was found of each, in their order."""
    found: dict[int, Any] = {}
    with ProcessPoolExecutor(processes) as pool:
        waiting = {pool.submit(measure_one, case): number for number, case in enumerate(cases)}
        for done in as_completed(waiting):
            case = found[waiting[done]] = done.result()
            said = f"{case['service']}, {case['load']}, {case['noise']:g}"
            print(f"{len(found)}/{len(cases)} {said}", file=sys.stderr, flush=True)
    return [found[number] for number in range(len(cases))]


def _case(case: Asked) -> Any:
    service, noise, load, trace = case
    return measure(SERVICES[service].noisy(noise), load, trace, read_prices())


def _plan(asked: tuple[Any, Trace]) -> Any:
    case, trace = asked
    service = SERVICES[case["service"]].noisy(case["noise"])
    return plan_anew(case, service, trace, read_prices())


def _write(found: dict[str, Any]) -> None:
    text = orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    _TABLE.write_bytes(text)
    _TABLE.with_suffix(".md").write_text(markdown(found), "utf-8")
    picture(found, ROOT / "docs" / "images" / "planning.svg")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
