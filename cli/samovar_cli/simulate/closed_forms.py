"""Queues whose answers are known exactly: what the simulator is checked against. Pure."""

from math import exp, lgamma, log


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
