"""Three times as many jobs as the endpoint can run: the GPU's time that a job well done costs.

Virtual time, half an hour of it for each seed. The floor is the endpoint that does nothing
else: what a variant's ratio is above 1 went to calls that were too late, or to nobody. The
real dispatcher, admission, results and sweeper; a call past its deadline is refused by the
container, and a run of one would be an error here.
"""

from dataclasses import replace

from samovar.jobs import State

from benchmarks.interleave import Sample
from benchmarks.pace import Pace
from tests.faults.overload import Load, Overload

FLOORS = {"": "capacity"}
_LOADS = {
    "3 × capacity, deadline 10 min, 30 min before the endpoint": Load(ttl_s=600, drain_s=1_800),
    "3 × capacity, deadline 10 min, 5 min before the endpoint": Load(ttl_s=600, drain_s=300),
    "3 × capacity, deadline 1 min, 1 min before the endpoint": Load(ttl_s=60, drain_s=60),
    "3 × capacity, no deadlines, 5 min before the endpoint": Load(ttl_s=0, drain_s=300),
}


def measure(pace: Pace) -> dict[str, Sample]:
    """Seconds of the endpoint for each job that succeeded, a seed a round."""
    spent: dict[str, list[float]] = {name: [] for name in _LOADS}
    for seed in pace:
        for name, load in _LOADS.items():
            spent[name].append(_seconds_a_job(replace(load, seed=seed)))
    capacity = Load().run_ms / Load().slots / 1000
    found = {"capacity": Sample("capacity", (capacity,) * pace.rounds)}
    return found | {name: Sample(name, tuple(values)) for name, values in spent.items()}


def _seconds_a_job(load: Load) -> float:
    seen = Overload(load).live()
    if seen.run_late:
        raise RuntimeError(f"{seen.run_late} jobs were run after their deadline")
    return load.lasts_s / seen.ends[State.SUCCEEDED]
