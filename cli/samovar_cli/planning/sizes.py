"""What a plan chooses memory and architecture from. Pure."""

from collections.abc import Sequence
from math import inf

from samovar_cli.planning.work import Work
from samovar_cli.simulate.prices import Prices
from samovar_cli.simulate.speed import memory_vcpus, times_faster

MEMORIES_MB = (
    *(512, 640, 768, 896, 1024, 1280, 1536, 1769),
    *(2048, 2304, 2654, 3072, 3538, 4096, 5307, 7076, 8845, 10_240),
)
WORTH = 0.97
"""Of a bill: for less, nobody keeps environments ready."""


def memories_mb(work: Work) -> Sequence[int]:
    """What the model fits into; the largest there is where it fits into none."""
    return [mb for mb in MEMORIES_MB if mb >= work.memory_mb] or MEMORIES_MB[-1:]


def fastest_mb(work: Work) -> int:
    """The least memory with which a run is as fast as can be."""
    memories = memories_mb(work)
    speeds = [times_faster(memory_vcpus(mb), work.speedup) for mb in memories]
    return memories[speeds.index(max(speeds))]


def architectures(work: Work) -> Sequence[str]:
    """Those whose speed is known: arm64 is not planned by faith."""
    return ("x86_64", "arm64") if work.arm_speed else ("x86_64",)


def ready_price(architecture: str, prices: Prices) -> float:
    """The share of the time that a ready environment has to be at work to cost less.

    That is its price, by what it saves of each second that it runs: the newsvendor's rule.
    """
    kind = f"gb_second_{architecture}"
    saved = prices[f"lambda.{kind}"] - prices[f"lambda.provisioned_run_{kind}"]
    return prices[f"lambda.provisioned_{kind}"] / saved if saved > 0 else inf
