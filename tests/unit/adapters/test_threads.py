"""Hands that work at the same time, and a beat that ends with its work."""

import threading

import pytest
from samovar.adapters.threads import Threads


def test_results_come_in_the_order_of_their_items_and_all_at_once() -> None:
    together = threading.Barrier(4, timeout=30)

    def work(number: int) -> int:
        together.wait()
        return number * 2

    assert Threads(4).each(work, [3, 1, 2, 0]) == [6, 2, 4, 0]


def test_a_fault_is_raised_once_all_have_ended() -> None:
    done: list[int] = []

    def work(number: int) -> None:
        if number == 0:
            raise ValueError("the first")
        done.append(number)

    with pytest.raises(ValueError, match="the first"):
        Threads(2).each(work, [0, 1, 2, 3])
    assert sorted(done) == [1, 2, 3]


def test_nothing_beats_once_the_work_is_over() -> None:
    beaten = threading.Event()
    hearts: list[threading.Thread] = []

    def beat() -> None:
        hearts.append(threading.current_thread())
        beaten.set()

    with Threads(1).beating(beat, 0.001):
        assert beaten.wait(30)
    assert not hearts[0].is_alive()


def test_a_beat_that_fails_does_not_fail_the_work() -> None:
    tried = threading.Event()

    def beat() -> None:
        tried.set()
        raise OSError("no network")

    with Threads(1).beating(beat, 0.001):
        assert tried.wait(30)
