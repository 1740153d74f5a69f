"""How long a plan's decision takes, and how far predictions are from what the simulator finds.

`python -m benchmarks.planner`. Each decision is one of a load that was never asked about before.
"""

import statistics
import time
from collections.abc import Iterator
from itertools import product

import numpy as np
from samovar_cli.planning.arrivals import at_rate
from samovar_cli.planning.choosing import Slo, choose
from samovar_cli.planning.predicting import ANALYSED, predict
from samovar_cli.planning.work import FUNCTION, QUEUE, Candidate, Work, scenario
from samovar_cli.simulate.arrivals import poisson
from samovar_cli.simulate.bill import MONTH_S, total
from samovar_cli.simulate.prices import Prices, read_prices
from samovar_cli.simulate.scenario import run_lane

_APPS = 12
_ROUNDS = 15
_QUICK_MS = 5.0
_REQUESTS = 100_000


def main() -> None:
    """Print both."""
    prices = read_prices()
    each, twelve = _decisions(prices)
    print(f"a decision   {statistics.median(each):5.2f} ms (median), {max(each):5.2f} ms (longest)")
    quick = sum(ms <= _QUICK_MS for ms in each) / len(each)
    print(f"             {quick:.0%} take {_QUICK_MS:g} ms and less")
    print(f"{_APPS} decisions {statistics.median(twelve):5.1f} ms, {max(twelve):5.1f} ms")
    rows = list(_errors(prices))
    print(f"over {len(rows)} candidates and rates, predictions miss the simulator by at most")
    print(
        f"p95 {max(abs(p95) for p95, _ in rows):.2%}, cost {max(abs(cost) for _, cost in rows):.2%}"
    )


def _decisions(prices: Prices) -> tuple[list[float], list[float]]:
    """Milliseconds that this process had a core, for each decision and each dozen."""
    rng = np.random.default_rng(0)
    each: list[float] = []
    for _ in range(_APPS * _ROUNDS):
        rate, run_s = 10 ** rng.uniform(-2, 2), 10 ** rng.uniform(-2.5, 0.3)
        work = Work(run_s, run_s * rng.uniform(0, 0.9), speedup=((2.0, 1.8), (4.0, 3.1)))
        arrivals, slo = at_rate(rate), Slo(run_s * 10 ** rng.uniform(-0.3, 1.5))
        began = time.process_time()
        choose(work, arrivals, slo, prices)
        each.append((time.process_time() - began) * 1000)
    dozens = [sum(each[at : at + _APPS]) for at in range(0, len(each), _APPS)]
    return each, dozens


def _errors(prices: Prices) -> Iterator[tuple[float, float]]:
    """By which share p95 and cost are missed, where they are analysed."""
    kinds = (
        (Candidate(FUNCTION, 1024), Candidate(FUNCTION, 1769, provisioned=2)),
        (Candidate(QUEUE, 1769, batch=16, window_s=2), Candidate(QUEUE, 1769, batch=10)),
    )
    for rate, run_s, candidate in product((0.01, 0.3, 3.0, 30.0), (0.02, 0.3), sum(kinds, ())):
        work = Work(run_s, run_s / 2)
        seconds = max(_REQUESTS / rate, 4 * 3600)
        times = poisson(rate, seconds, np.random.default_rng(1))
        said = predict(work, at_rate(len(times) / seconds), candidate, prices)
        if said.how == ANALYSED:
            rng = np.random.default_rng(2)
            lane = run_lane(candidate.lane, scenario(work, candidate), times, seconds, prices, rng)
            month = total(lane.bill) * MONTH_S / seconds
            yield said.p95_s / lane.outcome.percentile_s(95) - 1, said.month / month - 1


if __name__ == "__main__":
    main()
