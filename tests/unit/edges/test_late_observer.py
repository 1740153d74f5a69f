"""Lines that are written a little later are all written, once, in their order."""

import asyncio
import io

import orjson
import pytest
from samovar.adapters.clock import SystemClock
from samovar.edges.late_observer import LateObserver
from samovar.edges.observe import Exchange, Observer
from samovar.settings import Settings


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def observer(stream: io.StringIO) -> LateObserver:
    return LateObserver(Settings(), SystemClock(), stream)


def ids(stream: io.StringIO) -> list[str]:
    return [orjson.loads(line)["request_id"] for line in stream.getvalue().splitlines()]


def tell(observer: Observer, *names: str) -> None:
    for name in names:
        observer.finish(observer.start(), Exchange("serve", name))


def test_lines_of_a_loop_are_written_together_soon(
    observer: LateObserver, stream: io.StringIO
) -> None:
    async def log() -> str:
        tell(observer, "a", "b", "c")
        before = stream.getvalue()
        while not stream.getvalue():
            await asyncio.sleep(0.01)
        return before

    assert asyncio.run(log()) == ""
    assert ids(stream) == ["a", "b", "c"]


def test_a_line_where_no_loop_runs_is_written_at_once(
    observer: LateObserver, stream: io.StringIO
) -> None:
    tell(observer, "a")
    observer.refuse("b", "not what it should be")
    assert ids(stream) == ["a", "b"]


def test_what_waits_at_the_end_is_not_lost(observer: LateObserver, stream: io.StringIO) -> None:
    async def log() -> None:
        tell(observer, "last")

    asyncio.run(log())
    observer.write_out()
    assert ids(stream) == ["last"]


def test_lines_of_many_threads_are_whole_and_none_is_missing(
    observer: LateObserver, stream: io.StringIO
) -> None:
    names = [[f"{thread}-{number}" for number in range(300)] for thread in range(5)]

    async def all_of_them() -> None:
        threads = [asyncio.to_thread(tell, observer, *each) for each in names[1:]]
        others = asyncio.gather(*threads)
        tell(observer, *names[0])
        await others

    asyncio.run(all_of_them())
    observer.write_out()
    assert sorted(ids(stream)) == sorted(name for each in names for name in each)


def test_a_line_is_the_one_that_any_other_door_writes(
    observer: LateObserver, stream: io.StringIO
) -> None:
    plain = io.StringIO()
    for each in (observer, Observer(Settings(), SystemClock(), plain)):
        each.finish(each.start(), Exchange("serve", "a", status=500, code="internal_error"))
    late, at_once = (orjson.loads(each.getvalue()) for each in (stream, plain))
    changing = {"timestamp", "duration_ms", "_aws"}
    assert {k: v for k, v in late.items() if k not in changing} == {
        k: v for k, v in at_once.items() if k not in changing
    }
    assert late["_aws"]["CloudWatchMetrics"] == at_once["_aws"]["CloudWatchMetrics"]
