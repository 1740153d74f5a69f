"""One bad member must not fail its batch: find it in few runs."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from samovar.errors import SamovarError

Item = TypeVar("Item")
Result = TypeVar("Result")
Outcome = tuple[int, "Result | SamovarError"]


def isolate(
    items: Sequence[Item], run: Callable[[Sequence[Item]], Sequence[Result]]
) -> list[Result | SamovarError]:
    """The result of each item, or the error of those at fault, in order.

    `run` answers for a batch or raises SamovarError. A good batch is one run. Each item at
    fault costs at most 2 + log2(n) runs beyond that: halves are tried until it is alone, it is
    tried alone, so that the error is its own, and what was not tried meanwhile goes together.
    """
    outcomes: dict[int, Result | SamovarError] = {}
    pending = list(range(len(items)))
    while pending:
        try:
            answers = run([items[index] for index in pending])
        except SamovarError as error:
            if len(pending) == 1:
                outcomes[pending[0]] = error
                break
            pending = _search(items, pending, run, outcomes)
        else:
            outcomes.update(zip(pending, answers, strict=True))
            break
    return [outcomes[index] for index in range(len(items))]


def _search(
    items: Sequence[Item],
    failing: list[int],
    run: Callable[[Sequence[Item]], Sequence[Result]],
    outcomes: dict[int, Result | SamovarError],
) -> list[int]:
    """Decide one item of a failing batch, and others by the way; the indexes left undecided."""
    suspects, untried = failing, []
    while len(suspects) > 1:
        middle = len(suspects) // 2
        half, other = suspects[:middle], suspects[middle:]
        try:
            outcomes.update(zip(half, run([items[index] for index in half]), strict=True))
            suspects = other
        except SamovarError as error:
            untried += other
            suspects = half
            if len(half) == 1:
                outcomes[half[0]] = error
    (found,) = suspects
    if found not in outcomes:
        try:
            (outcomes[found],) = run([items[found]])
        except SamovarError as error:
            outcomes[found] = error
    return sorted(untried)
