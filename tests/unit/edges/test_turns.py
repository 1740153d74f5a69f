"""Quick answers are made in the loop, all others in threads: nothing holds up a probe."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from samovar.edges.inference import Target, Visit
from samovar.edges.messages import Request, Response
from samovar.edges.turns import Turns
from samovar.errors import ModelNotFound, SamovarError

SLOW_S = 0.02


@pytest.fixture
def turns() -> Iterator[Turns]:
    made = Turns()
    yield made
    made.close()


def visit(model: str = "m", size: int = 10) -> Visit:
    request = Request("POST", "/", {}, b"x" * size, "id")
    nothing: Any = None  # no service: the answers here ask nobody
    return Visit(nothing, request, Target("infer", model))


def where(_: Visit) -> Response:
    """Answers with the thread that it ran in."""
    return Response(200, threading.current_thread().name.partition("_")[0].encode())


def slow(asked: Visit) -> Response:
    time.sleep(SLOW_S)
    return where(asked)


def ask(turns: Turns, *visits: Visit, answer: Any = where) -> list[bytes]:
    async def all_of_them() -> list[bytes]:
        return [(await turns.take(answer, each)).body for each in visits]

    return asyncio.run(all_of_them())


def learn(turns: Turns) -> None:
    """Ask until it is known to be quick: on a busy machine, not every answer is."""
    while ask(turns, visit()) != [b"MainThread"]:
        pass


def test_the_first_requests_have_a_thread_and_those_that_follow_quick_ones_the_loop(
    turns: Turns,
) -> None:
    assert ask(turns, visit(), visit()) == [b"answers"] * 2
    learn(turns)


def test_slow_answers_keep_their_threads(turns: Turns) -> None:
    assert ask(turns, *[visit()] * 5, answer=slow) == [b"answers"] * 5


def test_another_model_and_a_much_larger_body_are_not_known_to_be_quick(turns: Turns) -> None:
    learn(turns)
    assert ask(turns, visit("other")) == [b"answers"]
    assert ask(turns, visit(size=1000)) == [b"answers"]
    learn(turns)


def test_a_kind_that_becomes_slow_goes_back_to_threads(turns: Turns) -> None:
    learn(turns)
    assert ask(turns, *[visit()] * 3, answer=slow)[-1] == b"answers"


def test_slow_answers_run_beside_one_another_and_beside_the_loop(turns: Turns) -> None:
    async def both() -> int:
        waiting = [asyncio.create_task(turns.take(slow, visit())) for _ in range(2)]
        ticks = 0
        while not all(task.done() for task in waiting):
            await asyncio.sleep(0)
            ticks += 1
        return ticks

    assert asyncio.run(both()) > 2


def test_an_error_is_raised_and_a_name_that_is_no_models_is_not_remembered(turns: Turns) -> None:
    def refuse(_: Visit) -> Response:
        raise ModelNotFound("no")

    for number in range(3):
        with pytest.raises(SamovarError):
            ask(turns, visit(f"made-up-{number}"), answer=refuse)
    assert turns._paces == {}
