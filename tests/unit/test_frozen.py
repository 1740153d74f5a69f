"""A changed copy is the one that the standard library makes."""

import dataclasses

import pytest
from samovar.frozen import replace
from samovar.jobs import Failure, Job, Source, State


def test_a_changed_copy_is_that_of_the_standard_library() -> None:
    job = Job("a", "mood", "1", Source("text/plain"), 1, tags={"team": "red"})
    changes = {"state": State.FAILED, "failure": Failure("a", "b"), "revision": 2}
    assert replace(job, **changes) == dataclasses.replace(job, **changes)
    assert replace(job) == job


def test_a_field_that_is_none_is_refused() -> None:
    with pytest.raises(TypeError, match="colour"):
        replace(Source("text/plain"), colour="red")


def test_a_value_of_one_field_is_copied_too() -> None:
    @dataclasses.dataclass(frozen=True)
    class One:
        field: int

    assert replace(One(1), field=2) == One(2)
