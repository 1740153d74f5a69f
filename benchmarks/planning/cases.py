"""Each case of the yardstick: a service under a load, the bound, and what becomes of plans."""

import hashlib
import inspect
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
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
_KEPT = BUILT / "bounds"
_MADE_OF = (alone, bound, cutting, instances, jobs, noise, ready, unit_costs, bill, charges)


@dataclass(frozen=True, slots=True)
class Case:
    """What was found of one."""

    service: str
    load: str
    noise: float
    requests: int
    bound: Bound
    ways: Mapping[str, Played]

    def times_bound(self, way: str) -> float:
        """The cost of a way, by the bound."""
        return self.ways[way].cost / self.bound.least

    def as_json(self) -> dict[str, Any]:
        """What a report keeps, with costs in US dollars a million requests."""
        scale = 1e6 / self.requests
        doors = asdict(self.bound).items()
        bound = {name: value * scale if isfinite(value) else None for name, value in doors}
        ways = {
            name: {
                "how": way.how,
                "cost": way.cost * scale,
                "late": way.late,
                "times_bound": self.times_bound(name),
            }
            for name, way in self.ways.items()
        }
        facts = {name: getattr(self, name) for name in ("service", "load", "noise", "requests")}
        return {**facts, "bound": bound, "ways": ways}


def measure(service: Service, load: str, trace: Trace, prices: Prices) -> Case:
    """The bound, the plan and what the rules of others come to."""
    ways = {PLAN: planned(service, trace, prices)}
    for name, rule in RULES.items():
        ways[name] = by_rule(rule(service, trace, prices), service, trace, prices)
    found, cv = _bound(service, trace, prices), service.work.noise
    return Case(service.name, load, cv, len(trace.times), found, ways)


def _bound(service: Service, trace: Trace, prices: Prices) -> Bound:
    """Taken from the last run, where nothing that it depends on has changed since."""
    kept = _KEPT / f"{_fingerprint(service, trace, prices)}.json"
    if kept.exists():
        return Bound(**{k: float(v) for k, v in orjson.loads(kept.read_bytes()).items()})
    found = lower_bound(service, trace, prices)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(orjson.dumps({name: repr(value) for name, value in asdict(found).items()}))
    return found


def _fingerprint(service: Service, trace: Trace, prices: Prices) -> str:
    """Of all that a bound is made of, the code and the bills among it."""
    found = hashlib.sha256(repr((service, trace.seconds, prices)).encode())
    found.update(trace.times.tobytes())
    for module in _MADE_OF:
        found.update(inspect.getsource(module).encode())
    return found.hexdigest()[:32]
