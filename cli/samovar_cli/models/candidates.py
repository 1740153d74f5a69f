"""Which forms of a graph are tried, and which of them are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from samovar.errors import CommandFailed

from samovar_cli.models.trials import Times

PLAIN = "plain"
QUICK = (
    ("prepacked", "prepacked"),
    ("mapped", "mapped"),
    ("portable", "mapped-all"),
    ("ort", "ort"),
)
ALL = (*QUICK, ("mapped", "mapped-unpacked"), ("ort", "ort-unpacked"))
"""How a graph is saved, and how what was saved is opened.

In the order of preference where they are alike: of prepacked weights, processes share all.
"""

_SLOWER = 1.10  # that a warm run may be, against the .onnx
_FASTER = 0.90  # of the .onnx's time that a form may take, to be worth its files
_SAVED_MS = 5.0  # or what it must save
_ALIKE = 1.15  # two forms within this: the one that is tried first


@dataclass(frozen=True, slots=True)
class Traffic:
    """What an environment meets: how many requests it answers, and whether warm ones may wait."""

    name: str
    requests: int
    slower: float


TRAFFIC: Mapping[str, Traffic] = {
    "steady": Traffic("steady", 1, _SLOWER),  # many requests: warm ones must stay as fast
    "rare": Traffic("rare", 5, float("inf")),  # so many, and then silence: their sum counts
}


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to look, and for whom."""

    traffic: Traffic
    quick: bool = False  # a few trials of the likely forms, instead of many of all
    force: bool = False  # also what is unchanged, and what is small
    tolerance: float = 0.0  # how far a form's answers may be from the .onnx's; 0: the same bits

    @property
    def rounds(self) -> int:
        """Trials of each form."""
        return 3 if self.quick else 9

    @property
    def said(self) -> str:
        """For the record: whoever looks harder, or for others, looks again."""
        return f"{'quick' if self.quick else 'full'} {self.traffic.name} {self.tolerance:g}"


def traffic(name: str) -> Traffic:
    """A profile of traffic by its name. Raises CommandFailed."""
    if name not in TRAFFIC:
        raise CommandFailed(f"there is no profile {name[:40]!r}: choose {' or '.join(TRAFFIC)}")
    return TRAFFIC[name]


@dataclass(frozen=True, slots=True)
class Tried:
    """A candidate and what it took."""

    name: str
    times: Times
    bound: bool  # to this kind of CPU


def order_forms(plain: Times, tried: Sequence[Tried], traffic: Traffic) -> list[Tried]:
    """The forms to keep: the best; behind one that is bound to a CPU, the best that is not."""
    fit = [one for one in tried if _is_worth_it(plain, one, traffic)]
    best = _best(fit, traffic)
    if best is None:
        return []
    others = _best([one for one in fit if not one.bound], traffic) if best.bound else None
    return [best, others] if others else [best]


def _is_worth_it(plain: Times, one: Tried, traffic: Traffic) -> bool:
    if one.times.warm_cpu_ms > plain.warm_cpu_ms * traffic.slower:
        return False
    own, others = _cost(one.times, traffic), _cost(plain, traffic)
    return own <= max(others * _FASTER, others - _SAVED_MS)


def _best(tried: Sequence[Tried], traffic: Traffic) -> Tried | None:
    if not tried:
        return None
    least = min(_cost(one.times, traffic) for one in tried)
    return next(one for one in tried if _cost(one.times, traffic) <= least * _ALIKE)


def _cost(times: Times, traffic: Traffic) -> float:
    """What counts, in milliseconds of CPU: until the first answer, and then the others."""
    return times.start_cpu_ms + max(traffic.requests - 1, 0) * times.warm_cpu_ms
