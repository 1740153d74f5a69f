"""Lines that are written a little later are all written, once, in their order."""

import asyncio
import io

from samovar.edges.late_lines import LateLines


def test_lines_of_a_loop_are_written_together_soon() -> None:
    stream = io.StringIO()
    lines = LateLines(stream)

    async def log() -> str:
        for number in range(3):
            lines.write(f"{number}\n")
            lines.flush()
        before = stream.getvalue()
        await asyncio.sleep(0.1)
        return before

    assert asyncio.run(log()) == ""
    assert stream.getvalue() == "0\n1\n2\n"


def test_a_line_where_no_loop_runs_is_written_at_once() -> None:
    stream = io.StringIO()
    lines = LateLines(stream)
    lines.write("a\n")
    lines.flush()
    assert stream.getvalue() == "a\n"


def test_what_waits_at_the_end_is_not_lost() -> None:
    stream = io.StringIO()
    lines = LateLines(stream)

    async def log() -> None:
        lines.write("last\n")
        lines.flush()

    asyncio.run(log())
    lines.write_out()
    assert stream.getvalue() == "last\n"


def test_lines_of_many_threads_are_whole_and_none_is_missing() -> None:
    stream = io.StringIO()
    lines = LateLines(stream)

    def log(name: int) -> None:
        for number in range(500):
            lines.write(f"{name} {number}\n")
            lines.flush()

    async def all_of_them() -> None:
        await asyncio.gather(*(asyncio.to_thread(log, name) for name in range(4)))
        log(4)

    asyncio.run(all_of_them())
    lines.write_out()
    expected = {f"{name} {number}" for name in range(5) for number in range(500)}
    assert sorted(stream.getvalue().splitlines()) == sorted(expected)
