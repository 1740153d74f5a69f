"""How a pool hands out environments, with environments that are told what to do."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from samovar_cli.twin.invocation import Invocation, Outcome, Throttled, failure
from samovar_cli.twin.pool import Pool


class Obedient:
    """An environment that answers when its gate opens."""

    def __init__(self, gate: asyncio.Event, fault: Outcome | None = None) -> None:
        self._gate = gate
        self._fault = fault
        self.alive = True
        self.stopped = False

    async def start(self) -> Outcome | None:
        await asyncio.sleep(0)
        return self._fault

    async def invoke(self, invocation: Invocation) -> Outcome:
        await self._gate.wait()
        if invocation.event == b"die":
            self.alive = False
        return Outcome(str(id(self)).encode())

    async def stop(self) -> None:
        self.alive = False
        self.stopped = True


class Factory:
    def __init__(self, fault: Outcome | None = None) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.fault = fault
        self.made: list[Obedient] = []

    def __call__(self) -> Obedient:
        self.made.append(Obedient(self.gate, self.fault))
        return self.made[-1]


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 20))


def event(text: bytes = b"{}") -> Invocation:
    return Invocation(text)


def test_one_after_the_other_need_one_environment() -> None:
    async def work() -> None:
        factory = Factory()
        pool = Pool(factory, slots=4)
        for _ in range(5):
            await pool.invoke(event())
        assert len(factory.made) == 1

    run(work())


@pytest.mark.parametrize(("calls", "slots", "made"), [(1, 4, 1), (3, 4, 3), (9, 4, 4)])
def test_there_are_as_many_environments_as_calls_up_to_the_slots(
    calls: int, slots: int, made: int
) -> None:
    async def work() -> None:
        factory = Factory()
        factory.gate.clear()
        pool = Pool(factory, slots)
        tasks = [asyncio.create_task(pool.invoke(event())) for _ in range(calls)]
        await asyncio.sleep(0.01)
        factory.gate.set()
        assert len(await asyncio.gather(*tasks)) == calls
        assert len(factory.made) == made

    run(work())


def test_beyond_the_reservation_calls_are_throttled_and_later_ones_are_not() -> None:
    async def work() -> None:
        factory = Factory()
        factory.gate.clear()
        pool = Pool(factory, slots=4, reserved=2)
        tasks = [asyncio.create_task(pool.invoke(event())) for _ in range(2)]
        await asyncio.sleep(0.01)
        assert isinstance(await pool.invoke(event()), Throttled)
        factory.gate.set()
        await asyncio.gather(*tasks)
        assert isinstance(await pool.invoke(event()), Outcome)

    run(work())


def test_a_reservation_of_none_throttles_every_call() -> None:
    async def work() -> None:
        assert isinstance(await Pool(Factory(), slots=4, reserved=0).invoke(event()), Throttled)

    run(work())


def test_a_failed_init_answers_each_call_that_waited_for_it() -> None:
    async def work() -> None:
        factory = Factory(failure("Runtime.ImportModuleError", "no"))
        pool = Pool(factory, slots=1)
        outcomes = await asyncio.gather(*(pool.invoke(event()) for _ in range(3)))
        assert [isinstance(outcome, Outcome) and outcome.error for outcome in outcomes] == [
            "Unhandled"
        ] * 3
        await asyncio.sleep(0.01)
        assert all(worker.stopped for worker in factory.made)
        assert pool.members == 0

    run(work())


def test_an_environment_that_died_is_replaced_for_those_that_wait() -> None:
    async def work() -> None:
        factory = Factory()
        pool = Pool(factory, slots=1)
        await asyncio.gather(*(pool.invoke(event(b"die")) for _ in range(3)))
        assert len(factory.made) == 3

    run(work())


def test_a_retired_environment_finishes_what_it_does_and_is_not_used_again() -> None:
    async def work() -> None:
        factory = Factory()
        factory.gate.clear()
        pool = Pool(factory, slots=2)
        busy = asyncio.create_task(pool.invoke(event()))
        await asyncio.sleep(0.01)
        await pool.retire()
        factory.gate.set()
        assert isinstance(await busy, Outcome)
        await pool.invoke(event())
        await asyncio.sleep(0.01)
        assert [worker.stopped for worker in factory.made] == [True, False]

    run(work())


def test_an_environment_that_is_retired_in_its_init_is_not_used() -> None:
    async def work() -> None:
        factory = Factory()
        pool = Pool(factory, slots=2)
        starting = asyncio.create_task(pool.prewarm())
        await asyncio.sleep(0)
        await pool.retire()
        await starting
        await pool.invoke(event())
        await asyncio.sleep(0.01)
        assert [worker.stopped for worker in factory.made] == [True, False]

    run(work())


def test_a_call_that_is_given_up_leaves_its_environment_to_others() -> None:
    async def work() -> None:
        factory = Factory()
        pool = Pool(factory, slots=1)
        given_up = asyncio.create_task(pool.invoke(event()))
        await asyncio.sleep(0)
        given_up.cancel()
        await pool.invoke(event())
        assert len(factory.made) == 1

    run(work())


def test_a_prewarmed_environment_takes_the_first_call() -> None:
    async def work() -> None:
        factory = Factory()
        pool = Pool(factory, slots=2)
        assert await pool.prewarm() is None
        await pool.invoke(event())
        assert len(factory.made) == 1

    run(work())


def test_the_end_of_a_pool_ends_every_environment() -> None:
    async def work() -> None:
        factory = Factory()
        pool = Pool(factory, slots=3)
        await asyncio.gather(*(pool.invoke(event()) for _ in range(3)))
        await pool.stop()
        assert all(worker.stopped for worker in factory.made)

    run(work())


def test_the_end_of_a_pool_waits_for_an_environment_that_is_leaving() -> None:
    async def work() -> None:
        factory, may_leave = Factory(), asyncio.Event()

        class Slow(Obedient):
            async def stop(self) -> None:
                await may_leave.wait()
                await super().stop()

        slow = Slow(factory.gate)
        pool = Pool(lambda: slow, slots=1)
        await pool.invoke(event(b"die"))
        await asyncio.sleep(0.01)  # its farewell has begun
        asyncio.get_running_loop().call_later(0.01, may_leave.set)
        await pool.stop()
        assert slow.stopped

    run(work())
