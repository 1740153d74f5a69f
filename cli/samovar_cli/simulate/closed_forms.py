"""Queues whose answers are known exactly: what the simulator is checked against. Pure."""

from math import exp, lgamma, log

import numpy as np

_NEGLIGIBLE = 1e-12


def erlang_c(servers: int, load: float) -> float:
    """The share of arrivals that have to wait in an M/M/c queue, [0, 1].

    `load` is arrivals times service time, in Erlang, below `servers`. Source: Erlang 1917,
    as in Kleinrock, Queueing Systems I, eq. 3.40. Raises ValueError for a load that no
    number of waiting places would hold.
    """
    if not 0 <= load < servers:
        raise ValueError(f"a load of {load} Erlang needs more than {servers} servers")
    if not load:
        return 0.0
    terms = [exp(k * log(load) - lgamma(k + 1) - load) for k in range(servers)]
    last = exp(servers * log(load) - lgamma(servers + 1) - load) * servers / (servers - load)
    return last / (sum(terms) + last)


def erlang_b(servers: int, load: float) -> float:
    """The share of arrivals that find all servers busy and are turned away, [0, 1].

    Whatever the distribution of service times. `load` in Erlang. Source: Erlang 1917, by the
    recursion of Jagerman, Bell System Technical Journal 53, 1974.
    """
    lost = 1.0
    for server in range(1, servers + 1):
        lost = load * lost / (server + load * lost)
    return lost


def mmc_wait_s(rate: float, service_s: float, servers: int) -> float:
    """The mean wait in an M/M/c queue, seconds."""
    load = rate * service_s
    return erlang_c(servers, load) * service_s / (servers - load)


def mmc_wait_percentile_s(rate: float, service_s: float, servers: int, percent: float) -> float:
    """A percentile of the wait in an M/M/c queue, seconds; waits are exponential where any."""
    load = rate * service_s
    waiting = erlang_c(servers, load)
    left = 1 - percent / 100
    return 0.0 if left >= waiting else log(waiting / left) * service_s / (servers - load)


def md1_wait_s(rate: float, service_s: float) -> float:
    """The mean wait in an M/D/1 queue, seconds: Pollaczek and Khinchine's."""
    load = rate * service_s
    if not 0 <= load < 1:
        raise ValueError(f"a load of {load} Erlang is too much for one server")
    return load * service_s / (2 * (1 - load))


def window_wait_s(rate: float, window_s: float) -> float:
    """The mean wait for a batch that closes `window_s` after its first message, seconds.

    Poisson arrivals, no limit on sizes: each batch begins a renewal, whose first message waits
    for the whole window and whose others, `rate` times `window_s` of them, for half of it.
    """
    others = rate * window_s
    return window_s * (1 + others / 2) / (1 + others)


def full_wait_s(rate: float, size: int) -> float:
    """The mean wait for a batch that closes when `size` messages are there, seconds."""
    return (size - 1) / (2 * rate)


def cold_start_rate(rate: float, service_s: float, keep_s: float) -> float:
    """Cold starts a second of environments of which the last used is taken first.

    Poisson arrivals and exponential service times; a cold start takes no time. An environment
    lies idle from when the number of busy ones falls from k until it rises to k again, so the
    k-th start is cold where that lasted for longer than `keep_s`: the number of busy ones is
    M/M/∞, its passage from k - 1 to k is of phase type, and each of its rises to k is one of
    rate times the Poisson probability of k - 1.
    """
    load = rate * service_s
    total, level = 0.0, 1
    while True:
        below = exp((level - 1) * log(load) - lgamma(level) - load)
        total += rate * below * _outlasts(level, rate, 1 / service_s, keep_s)
        if level > load and below < _NEGLIGIBLE:
            return total
        level += 1


def _outlasts(level: int, rate: float, service_rate: float, keep_s: float) -> float:
    """The probability that M/M/∞ takes longer than `keep_s` from `level` - 1 to `level`."""
    there = np.arange(level)
    # Similar to the generator, and symmetric: its eigenvectors are orthogonal.
    aside = np.sqrt(rate * service_rate * there[1:])
    generator = np.diag(-(rate + there * service_rate)) + np.diag(aside, 1) + np.diag(aside, -1)
    values, vectors = np.linalg.eigh(generator)
    weights = there * log(rate / service_rate) - np.array([lgamma(n + 1) for n in there])
    scale = np.exp((weights - weights[-1]) / 2)
    return float(vectors[-1] @ (np.exp(values * keep_s) * (vectors.T @ scale)))
