"""Each case of the yardstick: a service under a load, the bound, and what becomes of plans."""

import hashlib
import inspect
from collections.abc import Mapping
from dataclasses import asdict
from math import inf, isfinite
from typing import Any

import orjson
from samovar_cli.simulate import bill, charges
from samovar_cli.simulate.prices import Prices

from benchmarks.places import BUILT
from benchmarks.planning import alone, bound, cutting, instances, jobs, noise, ready, unit_costs
from benchmarks.planning.bound import Bound, lower_bound
from benchmarks.planning.loads import Trace
from benchmarks.planning.playing import Played, by_rule, planned
from benchmarks.planning.rules import RULES
from benchmarks.planning.services import Service

PLAN = "plan"
_MILLION = 1_000_000
_KEPT = BUILT / "bounds"
_MADE_OF = (alone, bound, cutting, instances, jobs, noise, ready, unit_costs, bill, charges)


def measure(service: Service, load: str, trace: Trace, prices: Prices) -> dict[str, Any]:
    """The bound, the plan and what the rules of others come to; US dollars a million requests."""
    requests = len(trace.times)
    doors = {
        name: value * _MILLION / requests if isfinite(value) else None
        for name, value in asdict(_bound(service, trace, prices)).items()
    }
    least = min(value for name, value in doors.items() if value is not None and name != "any_door")
    ways = {PLAN: planned(service, trace, prices)}
    for name, rule in RULES.items():
        ways[name] = by_rule(rule(service, trace, prices), service, trace, prices)
    return {
        "service": service.name,
        "load": load,
        "noise": service.work.noise,
        "requests": requests,
        "bound": doors,
        "ways": {name: _way(way, requests, least) for name, way in ways.items()},
    }


def plan_anew(case: Mapping[str, Any], service: Service, trace: Trace, prices: Prices) -> Any:
    """A case that was measured, with another plan beside the same bound and rules."""
    plan = case["ways"][PLAN]
    least = plan["cost"] / plan["times_bound"]
    way = _way(planned(service, trace, prices), len(trace.times), least)
    return {**case, "ways": {**case["ways"], PLAN: way}}


def _way(way: Played, requests: int, least: float) -> dict[str, Any]:
    cost = way.cost * _MILLION / requests
    return {"how": way.how, "cost": cost, "late": way.late, "times_bound": cost / least}


def _bound(service: Service, trace: Trace, prices: Prices) -> Bound:
    """Taken from the last run, where nothing that it depends on has changed since."""
    kept = _KEPT / f"{_fingerprint(service, trace, prices)}.json"
    if kept.exists():
        return Bound(**{k: float(v) for k, v in orjson.loads(kept.read_bytes()).items()})
    found = _without_batches(service, trace, prices) or lower_bound(service, trace, prices)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(orjson.dumps({name: repr(value) for name, value in asdict(found).items()}))
    return found


def _without_batches(service: Service, trace: Trace, prices: Prices) -> Bound | None:
    """The bound where no batch, however full and early, costs less than single calls."""
    requests, single = len(trace.times), alone.singles(service, trace, prices)
    function = alone.least(list(single)) * requests
    doors = [door.floor() for door in jobs.workers(service, trace, prices)]
    if service.work.gpu_speed or not doors or min(doors) < function:
        return None
    return Bound(function, min(doors), inf, function)


def _fingerprint(service: Service, trace: Trace, prices: Prices) -> str:
    """Of all that a bound is made of, the code and the bills among it."""
    found = hashlib.sha256(repr((service, trace.seconds, prices)).encode())
    found.update(trace.times.tobytes())
    for module in _MADE_OF:
        found.update(inspect.getsource(module).encode())
    return found.hexdigest()[:32]
