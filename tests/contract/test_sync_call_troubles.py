"""Calls under a key when doors die, are late, or come at once: one answer in the end."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from samovar.errors import RequestInFlight, StorageUnavailable
from samovar.jobs import State
from samovar.types import Payload

from tests.contract.call_bench import FIRST, Bench, Died, raising


@pytest.fixture
def bench(call_bench: Bench) -> Bench:
    return call_bench


def test_while_the_first_runs_the_second_is_told_to_come_again(bench: Bench) -> None:
    def run() -> Payload:
        bench.move(34)
        with pytest.raises(RequestInFlight) as raised:
            bench.ask()
        assert raised.value.retryable
        return bench.run()

    assert bench.ask(run=run) == bench.ask() == FIRST


def test_a_door_that_died_is_followed_when_its_lease_has_run_out(bench: Bench) -> None:
    bench.fail_at, bench.before = 0, False
    with pytest.raises(Died):
        bench.ask()
    with pytest.raises(RequestInFlight):
        bench.ask()
    bench.move(35)
    assert bench.ask() == FIRST
    assert (bench.job.attempt, bench.job.result_uri.rpartition("/")[2]) == (2, "2")


def test_a_door_that_took_too_long_gives_the_answer_of_who_took_it_over(bench: Bench) -> None:
    def late() -> Payload:
        bench.move(36)
        assert bench.ask() == FIRST
        return bench.run()

    assert bench.ask(run=late) == bench.ask() == FIRST
    assert next(bench.runs) == 2


def test_a_door_that_took_too_long_says_so_while_the_other_still_runs(bench: Bench) -> None:
    def late() -> Payload:
        bench.move(36)
        bench.fail_at = 4  # two creates, a get, the claim, and then what a dying door still writes
        bench.failure = StorageUnavailable("away")
        with pytest.raises(Died):
            bench.ask(run=raising(Died()))
        return bench.run()

    with pytest.raises(RequestInFlight):
        bench.ask(run=late)
    assert (bench.job.state, bench.job.attempt) == (State.RUNNING, 2)


STEPS = list(itertools.product(range(3), (True, False)))


@pytest.mark.parametrize(("at", "before"), STEPS)
@pytest.mark.parametrize("failure", [Died(), StorageUnavailable("away")], ids=["died", "away"])
def test_whatever_call_to_a_port_fails_the_key_has_one_answer_in_the_end(
    bench: Bench, at: int, before: bool, failure: BaseException
) -> None:
    bench.fail_at, bench.before, bench.failure = at, before, failure
    with pytest.raises(type(failure)):
        bench.ask()
    bench.fail_at = -1
    bench.move(36)
    answers = {bench.ask() for _ in range(3)}
    assert len(answers) == 1
    assert bench.job.state is State.SUCCEEDED
    if (at, before) == (2, False):
        assert answers == {FIRST}, "it was kept before the door knew"
    assert bench.blobs.get(bench.job.result_uri) in {body for body, _ in answers}


@pytest.mark.parametrize("late_s", [0, 36])
@pytest.mark.parametrize(("at", "before"), STEPS)
def test_whenever_a_rival_comes_all_who_are_answered_are_answered_alike(
    bench: Bench, at: int, before: bool, late_s: int
) -> None:
    """At each call to a port another request with the key, now or when the lease has run out."""
    answers: list[object] = []

    def rival() -> None:
        bench.fail_at = -1
        bench.move(late_s)
        answers.append(_outcome(bench))

    bench.fail_at, bench.before, bench.rival = at, before, rival
    answers.append(_outcome(bench))
    bench.move(36)
    answers += [bench.ask(), bench.ask()]
    assert len(set(answers) - {None}) == 1
    assert next(bench.runs) <= 2
    if not late_s:
        assert bench.job.attempt == 1, "nobody takes over what is being run"


def test_of_many_at_once_one_runs_and_the_others_get_its_answer_or_come_again(
    bench: Bench,
) -> None:
    started = threading.Barrier(8)

    def ask(_: int) -> object:
        started.wait()
        try:
            return bench.ask()
        except RequestInFlight:
            return None

    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(ask, range(8)))
    assert FIRST in answers
    assert answers <= {FIRST, None}
    assert next(bench.runs) == 1
    assert bench.ask() == FIRST


def test_of_many_who_take_over_at_once_one_does(bench: Bench) -> None:
    bench.fail_at, bench.before = 0, False
    with pytest.raises(Died):
        bench.ask()
    bench.move(36)
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: _outcome(bench), range(8)))
    assert set(made) <= {FIRST, None}
    assert next(bench.runs) == 1
    assert bench.job.attempt == 2


def _outcome(bench: Bench) -> object:
    try:
        return bench.ask()
    except RequestInFlight:
        return None
