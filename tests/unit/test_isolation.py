"""Bad members of a batch: found, few runs, and never at the cost of the others."""

import math
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from samovar.errors import InvalidInput, SamovarError
from samovar.isolation import isolate


class Runs:
    """Answers the square of each number; a batch with a bad number fails."""

    def __init__(self, bad: set[int]) -> None:
        self.bad = bad
        self.count = 0

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.count += 1
        found = [number for number in numbers if number in self.bad]
        if found:
            raise InvalidInput(f"bad: {found}")
        return [number * number for number in numbers]


def test_a_good_batch_is_one_run() -> None:
    runs = Runs(set())
    assert isolate(range(100), runs) == [n * n for n in range(100)]
    assert runs.count == 1


def test_no_items_are_no_run() -> None:
    runs = Runs(set())
    assert isolate([], runs) == []
    assert runs.count == 0


@given(st.integers(1, 300), st.data())
def test_one_bad_member_costs_two_and_log2_runs_at_most(size: int, data: st.DataObject) -> None:
    bad = data.draw(st.integers(0, size - 1))
    runs = Runs({bad})
    outcomes = isolate(range(size), runs)
    assert isinstance(outcomes[bad], SamovarError)
    assert outcomes[bad].message == f"bad: [{bad}]"
    assert [o for n, o in enumerate(outcomes) if n != bad] == [
        n * n for n in range(size) if n != bad
    ]
    assert runs.count - 1 <= 2 + math.ceil(math.log2(size))


@given(st.integers(0, 64), st.sets(st.integers(0, 63)))
def test_every_bad_member_fails_alone(size: int, bad: set[int]) -> None:
    outcomes = isolate(range(size), Runs(bad))
    assert [isinstance(outcome, SamovarError) for outcome in outcomes] == [
        number in bad for number in range(size)
    ]


def test_members_that_fail_only_together_are_answered_alone() -> None:
    def run(numbers: Sequence[int]) -> list[int]:
        if len(numbers) > 2:
            raise InvalidInput("too many")
        return list(numbers)

    assert isolate([1, 2, 3, 4, 5], run) == [1, 2, 3, 4, 5]
