"""One run for all who ask the same at once, and what becomes of its trouble."""

import threading
import time

import pytest
from samovar.caching.flights import Flights
from samovar.errors import InvalidInput, Overloaded


def test_of_many_that_ask_at_once_one_runs() -> None:
    flights: Flights[int] = Flights()
    runs, go, results = [], threading.Event(), []

    def make() -> int:
        runs.append(1)
        go.wait(10)
        return 7

    threads = [threading.Thread(target=lambda: results.append(flights.take(b"k", make)))
               for _ in range(8)]  # fmt: skip
    for thread in threads:
        thread.start()
    while not runs:
        time.sleep(0.001)
    assert flights.take(b"other", lambda: 8) == (8, True), "another question waits for nobody"
    go.set()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert {result for result, _ in results} == {7}
    assert sum(led for _, led in results) == len(runs)


@pytest.mark.parametrize(("error", "runs"), [(InvalidInput("no"), 1), (Overloaded("full"), 3)])
def test_a_refusal_is_for_all_who_wait_and_passing_trouble_for_its_own(
    error: Exception, runs: int
) -> None:
    flights: Flights[int] = Flights()
    began, go, failed = [], threading.Event(), []

    def make() -> int:
        began.append(1)
        go.wait(10)
        raise error

    def take() -> None:
        try:
            flights.take(b"k", make)
        except type(error) as refused:
            failed.append(refused)

    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    while flights.waiting() < 2:
        time.sleep(0.001)
    go.set()
    for thread in threads:
        thread.join()
    assert (len(failed), len(began)) == (3, runs)
