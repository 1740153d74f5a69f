"""Whether a variant may stand for the original, and which of those that may is the best. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from samovar_cli.optimising.comparing import Quality
from samovar_cli.optimising.costs import Cost
from samovar_cli.optimising.quality import Head
from samovar_cli.optimising.saturation import Saturation

_ROUNDING = 1e-9  # of scores between 0 and 1
_ALIKE = 1.03  # two latencies within this are the same, and size decides
_FASTER, _SMALLER = 0.95, 0.8  # of the original's: what a variant must reach to be worth it


@dataclass(frozen=True, slots=True)
class Gate:
    """What may be lost: a share of each metric.

    `vnni`: all CPUs are known to have it. `sure`: what may have been lost at 95 % counts, not
    what was.
    """

    loss: float = 0.005
    vnni: bool = False
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a variant. `made` says why there is none, `refused` why it may not be."""

    name: str
    says: str = ""
    device: str = "cpu"
    made: str = ""
    cost: Cost | None = None
    quality: Quality | None = None
    saturation: Saturation | None = None
    examples: str = ""  # a golden example that is answered otherwise
    refused: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it was made and held to the gate."""
        return not self.made and self.quality is not None and not self.refused


def refusals(gate: Gate, result: Result) -> tuple[str, ...]:
    """Why a variant may not stand for the original; () where it may."""
    return tuple(_refusals(gate, result))


def _refusals(gate: Gate, result: Result) -> Iterator[str]:
    quality = result.quality
    if quality is None:
        return
    if quality.failed:
        yield quality.failed
        return
    if not any(head.gated for head in quality.heads):
        yield "nothing that it answers can be compared with what the original does"
    for head in quality.heads:
        yield from _of_head(gate, head, "")
    alone = {head.name for head in quality.heads if not list(_of_head(gate, head, ""))}
    for head in quality.together:
        if head.name in alone:
            yield from _of_head(gate, head, " among other requests")
    if result.examples:
        yield result.examples
    yield from _overflows(gate, result.saturation)


def _of_head(gate: Gate, head: Head, where: str) -> Iterator[str]:
    if not head.gated:
        return
    for metric in head.metrics:
        if not metric.loss <= gate.loss + _ROUNDING:  # NaN is no loss that may be
            plain = head.name in ("label", "answer")
            name = metric.name if plain else f"{head.name}'s {metric.name}"
            said = f"{metric.original:.4g} to {metric.variant:.4g}{where}"
            yield f"{name} falls by {metric.loss:.2%}, from {said}; {gate.loss:.2%} may be lost"
    at_most = head.facts.get("loss_at_most", 0.0)
    if gate.sure and not where and at_most > gate.loss:
        yield f"{head.rows} rows cannot tell that it loses no more than {at_most:.2%} (--sure)"
    if head.lost:
        names = ", ".join(repr(name) for name in head.lost[:4])
        yield f"it never predicts {names}{where}, which the original does"


def _overflows(gate: Gate, found: Saturation | None) -> Iterator[str]:
    if found is None or gate.vnni:
        return
    if found.did:
        yield (
            f"it overflows on CPUs without VNNI: {found.did} of {found.products} products on the "
            f"samples, the worst off by {found.error:.1%} (--vnni where every CPU has it)"
        )


def best(results: Sequence[Result], original: Cost, *, on_gpu: bool = False) -> Result | None:
    """The fastest that passed, the smaller of two alike; None where none is worth its files.

    A variant for a GPU is never the best of those that were measured on a CPU.
    """
    fit = [one for one in results if one.passed and (on_gpu or one.device == "cpu")]
    worth = [one for one in fit if one.cost and _is_worth_it(one.cost, original)]
    costs: Mapping[str, Cost] = {one.name: one.cost for one in worth if one.cost}
    if not costs:
        return None
    least = min(cost.low_ms for cost in costs.values())
    alike = [one for one in worth if costs[one.name].low_ms <= least * _ALIKE]
    return min(alike, key=lambda one: costs[one.name].size)


def _is_worth_it(cost: Cost, original: Cost) -> bool:
    """Faster, or as fast and smaller. Of each the fastest trial: others were slower by what else
    the machine did.
    """
    steady = cost.request_ms <= original.request_ms
    faster = steady and cost.low_ms <= original.low_ms * _FASTER
    as_fast = cost.low_ms <= original.low_ms * _ALIKE
    return faster or (as_fast and cost.size <= original.size * _SMALLER)
