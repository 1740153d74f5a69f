"""`python -m benchmarks.simulate`: events that the simulator of loads handles in a second.

Each lane plays one busy trace, in turns; the median and the spread of several rounds.
"""

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from samovar_cli.simulate.arrivals import poisson
from samovar_cli.simulate.endpoint import Endpoint, answer
from samovar_cli.simulate.fleet import Rules
from samovar_cli.simulate.function import Function, serve
from samovar_cli.simulate.outcome import Outcome
from samovar_cli.simulate.queue import Batches, Queue, work

SECONDS = 120.0
ROUNDS = 7


def lanes() -> dict[str, Callable[[], Outcome]]:
    """Each lane with a load that keeps it busy."""
    rng = np.random.default_rng(0)
    many, some = poisson(10_000, SECONDS, rng), poisson(2_000, SECONDS, rng)
    runs, ones = rng.gamma(25, 0.02 / 25, len(many)), np.ones(len(some))
    alone, shared = Queue(Batches(1, 0, 0.002)), Queue(Batches(32, 1.0, 0.01, 0.002))
    gpu = Endpoint(Batches(16, 0, 0.005, 0.0005), Rules(most=8, target=16))
    return {
        "function, 10,000 a second": lambda: serve(Function(0.4), many, runs, SECONDS),
        "queue, 2,000 a second, one by one": lambda: work(alone, some, ones, SECONDS),
        "queue, 2,000 a second, batches": lambda: work(shared, some, ones, SECONDS),
        "endpoint, 2,000 a second": lambda: answer(gpu, some, ones, SECONDS),
    }


def main() -> None:
    """Measure and print."""
    chosen = lanes()
    rates: dict[str, list[float]] = {name: [] for name in chosen}
    for number in range(ROUNDS):
        for name, play in chosen.items():
            start = time.perf_counter()
            events = play().events
            rates[name].append(events / (time.perf_counter() - start) / 1e6)
        print(f"\rsimulate: {number + 1}/{ROUNDS}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    for name, found in rates.items():
        low, high = min(found), max(found)
        print(f"{name:36} {statistics.median(found):5.2f} M events/s ({low:.2f} – {high:.2f})")


if __name__ == "__main__":
    main()
