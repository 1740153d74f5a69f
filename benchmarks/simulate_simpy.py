"""`python -m benchmarks.simulate_simpy`: the queue of `simulate`, and the same one in SimPy.

Five workers, messages of 2 ms, 2,000 a second, played by both in turns; SimPy's version is as its
documentation writes a resource. Whoever runs it installs SimPy beside: nothing else needs it.
"""

import statistics
import time
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
from samovar_cli.simulate.arrivals import poisson
from samovar_cli.simulate.environments import Scaling
from samovar_cli.simulate.queue import Batches, Queue, work

SECONDS, ROUNDS, WORKERS, RUN_S, RATE = 30.0, 5, 5, 0.002, 2_000.0


def by_simulate(times: np.ndarray) -> float:
    """The mean latency of a message, seconds."""
    queue = Queue(
        Batches(1, 0.0, RUN_S), receive_s=0.0, pollers=WORKERS, more_a_minute=0, scaling=Scaling()
    )
    return float(work(queue, times, np.ones(len(times)), SECONDS).latency_s.mean())


def by_simpy(times: np.ndarray) -> float:
    """The same: a process for each message, which asks for a worker."""
    import simpy

    world: Any = simpy.Environment()
    workers = simpy.Resource(world, WORKERS)
    latencies: list[float] = []

    def message(came: float) -> Generator[Any, Any, None]:
        with workers.request() as worker:
            yield worker
            yield world.timeout(RUN_S)
        latencies.append(world.now - came)

    def arrivals() -> Generator[Any, Any, None]:
        for came in times.tolist():
            yield world.timeout(came - world.now)
            world.process(message(came))

    world.process(arrivals())
    world.run()
    return statistics.fmean(latencies)


def main() -> None:
    """Measure and print: events (a message comes, begins, ends) of a core's second."""
    times = poisson(RATE, SECONDS, np.random.default_rng(0))
    sides: dict[str, Callable[[np.ndarray], float]] = {"simulate": by_simulate, "SimPy": by_simpy}
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, play in sides.items():
            start = time.process_time()
            mean = play(times)
            found[name].append(3 * len(times) / (time.process_time() - start) / 1e6)
            if name == "simulate":
                wanted = mean
            elif abs(mean - wanted) > 1e-6:
                raise SystemExit(f"they disagree: {wanted} and {mean}")
    for name, rates in found.items():
        print(f"{name:9} {statistics.median(rates):5.2f} M events/s of a core")


if __name__ == "__main__":
    main()
