"""All suites by name, in the order in which they run."""

from collections.abc import Mapping

from benchmarks import (
    cache,
    cold,
    container_batching,
    hot_path,
    http_peers,
    imports,
    load,
    memory,
    micro_batching,
    overload,
    simulator,
    size,
    streaming,
    transport,
    waiting,
)
from benchmarks.suite import Suite

_BATCHING = Suite(
    name="container_batching",
    says="64 requests at once in the container, in batches of 64 and one by one.",
    measure=container_batching.measure,
    rounds=31,
    budget_s=60,
    floors={
        "minilm-small": "batches of 1, minilm-small",
        "task-priority": "batches of 1, task-priority",
    },
    regular=False,
)
_WORKER = Suite(
    name="micro_batching",
    says="64 jobs through the whole worker, from claim to end.",
    measure=micro_batching.measure,
    rounds=7,
    budget_s=40,
    quick=1,
    floors=micro_batching.FLOORS,
)
_SIMULATOR = Suite(
    name="simulator",
    says="One delivery in the simulator of faults.",
    measure=simulator.measure,
    rounds=15,
    budget_s=120,
    floors=simulator.FLOORS,
    quick=1,
    regular=False,
)
_OVERLOAD = Suite(
    name="overload",
    says="Seconds of the endpoint for each job done, at 3 × its capacity, in virtual time.",
    measure=overload.measure,
    rounds=3,
    budget_s=300,
    floors=overload.FLOORS,
    quick=1,
    regular=False,
)
SUITES: Mapping[str, Suite] = {
    suite.name: suite
    for suite in (
        cold.SUITE,
        imports.SUITE,
        load.SUITE,
        hot_path.SUITE,
        cache.SUITE,
        memory.SUITE,
        transport.SUITE,
        http_peers.SUITE,
        size.SUITE,
        streaming.SUITE,
        waiting.SUITE,
        _WORKER,
        _BATCHING,
        _SIMULATOR,
        _OVERLOAD,
    )
}
