"""What else could be done with the same load, so that a plan can be compared."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil

from samovar_cli.planning.arrivals import Arrivals
from samovar_cli.planning.choosing import Plan
from samovar_cli.planning.judging import Slo
from samovar_cli.planning.predicting import Prediction, predict
from samovar_cli.planning.work import (
    ENDPOINT,
    FUNCTION,
    INSTANCE,
    QUEUE,
    SERVERLESS,
    Candidate,
    Work,
    scenario,
)
from samovar_cli.simulate.prices import Prices

CPU_INSTANCE = "ml.m5.xlarge"
_FULL = 0.7  # of an instance that never sleeps, at most, in the busiest second


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way that was not chosen; without a prediction where something is not known."""

    name: str
    prediction: Prediction | None = None
    why_not: str = ""


def alternatives(
    work: Work,
    arrivals: Arrivals,
    slo: Slo,
    prices: Prices,
    plan: Plan,
    done: Callable[[], object] = lambda: None,
) -> list[Alternative]:
    """The ways that people think of first, the plan's own lane among them."""
    found = []
    for name, candidate in _ways(work, arrivals, plan):
        if candidate is None:
            found.append(Alternative(name, why_not="its speed is not known: --gpu-speed says it"))
        else:
            found.append(Alternative(name, predict(work, arrivals, candidate, prices, slo.limit_s)))
        done()
    return found


def _ways(work: Work, arrivals: Arrivals, plan: Plan) -> Iterator[tuple[str, Candidate | None]]:
    best = {said.candidate.lane: said.candidate for said in plan.best}
    memory = max(best[FUNCTION].memory_mb, 1769)
    yield "Lambda, one call each", Candidate(FUNCTION, best[FUNCTION].memory_mb)
    yield (
        "Lambda, kept ready",
        Candidate(
            FUNCTION, best[FUNCTION].memory_mb, provisioned=_ready(work, arrivals, best[FUNCTION])
        ),
    )
    batch = min(work.most_batch, 32)
    yield "Lambda, jobs", best.get(QUEUE) or Candidate(QUEUE, memory, batch=batch, window_s=1)
    gpu = Candidate(INSTANCE, batch=min(work.most_batch, 8))
    known = bool(work.gpu_speed)
    yield (
        "GPU, asleep at zero",
        (best.get(ENDPOINT) or Candidate(ENDPOINT, batch=gpu.batch)) if known else None,
    )
    yield "GPU, always on", enough(work, arrivals, gpu) if known else None
    cpu = Candidate(INSTANCE, memory, batch=1, instance=CPU_INSTANCE)
    yield "CPU, always on", enough(work, arrivals, cpu)
    yield "SageMaker Serverless", Candidate(SERVERLESS, memory)


def _ready(work: Work, arrivals: Arrivals, function: Candidate) -> int:
    """Environments for all but the busiest hundredth of the time."""
    there = scenario(work, function)
    likely = arrivals.pattern.levels(there.run_s * there.slowness).reached(0.01)
    return min(max(likely, 1), function.most)


def enough(work: Work, arrivals: Arrivals, one: Candidate) -> Candidate:
    """So many instances that the busiest second does not fill them."""
    there = scenario(work, one)
    speed = there.instance_speed * there.instance_workers
    busiest = (arrivals.peaks or {}).get(1.0, arrivals.rate)
    load = busiest * work.run_of(one.batch, speed) / one.batch
    return Candidate(
        one.lane, one.memory_mb, batch=one.batch, instance=one.instance,
        instances=max(ceil(load / _FULL), 1),
    )  # fmt: skip
