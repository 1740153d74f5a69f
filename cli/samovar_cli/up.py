"""`samovar up`: the application of template.yaml on this machine."""

import asyncio
import signal
from collections.abc import Awaitable
from typing import TypeVar

from rich.console import Console

from samovar_cli.twin.banner import show_banner
from samovar_cli.twin.options import Options
from samovar_cli.twin.reload import stamps, watch
from samovar_cli.twin.state import hold
from samovar_cli.twin.steps import Steps
from samovar_cli.twin.twin import Twin

_Result = TypeVar("_Result")
_LOOK_S = 0.2


def up(options: Options, *, reload: bool = True) -> None:
    """Run the application until SIGINT or SIGTERM. Raises CommandFailed when it cannot start."""
    options = options.resolved()
    options.check()
    with hold(options.state):
        asyncio.run(_run(options, Console(), reload=reload))


async def _run(options: Options, console: Console, *, reload: bool) -> None:
    steps = Steps(console)
    ended = _end_signal()
    twin = Twin(options, steps)
    before = stamps(options)  # a change while it starts is one, too
    try:
        running = await _unless(ended, twin.start())
        if running is None:
            return
        show_banner(console, running, options, steps.elapsed_s)
        telling = asyncio.create_task(_tell_of_endpoint(twin, console))
        if reload:
            await _unless(ended, watch(twin, options, console, before))
        else:
            await ended
        telling.cancel()
        console.print("\nending")
    finally:
        await twin.stop()


async def _tell_of_endpoint(twin: Twin, console: Console) -> None:
    """A line whenever the heavy lane's endpoint wakes up, or falls asleep."""
    awake = 0
    while twin.endpoint is not None:
        if twin.endpoint.awake != awake:
            awake = twin.endpoint.awake
            said = f"awake: {awake} instance{'s' * (awake > 1)}" if awake else "asleep"
            console.print(f"  endpoint {twin.endpoint.config.name}: {said}", highlight=False)
        await asyncio.sleep(_LOOK_S)


def _end_signal() -> "asyncio.Future[None]":
    """Done at the first SIGINT, SIGTERM or SIGHUP; later ones change nothing."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def end() -> None:
        if not ended.done():
            ended.set_result(None)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end)
    return ended


async def _unless(ended: "asyncio.Future[None]", work: Awaitable[_Result]) -> _Result | None:
    """The work's result; None when the end comes first, and then the work is given up."""
    task = asyncio.ensure_future(work)
    await asyncio.wait((ended, task), return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        return task.result()
    task.cancel()
    await asyncio.wait((task,))
    return None
