"""Work done in a process of its own: what it opens and starts is gone when it is over."""

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TypeVar

from samovar.errors import CommandFailed, SamovarError

Result = TypeVar("Result")


def apart(work: Callable[..., Result], *arguments: object) -> Result:
    """What `work` gives when it is called in a forked process.

    Raises the SamovarError that it raised, CommandFailed where the process ended by itself.
    """
    context = get_context("fork")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_send, args=(there, work, arguments))
    child.start()
    there.close()
    try:
        found, error = here.recv()
    except EOFError:
        child.join()
        raise CommandFailed(
            f"a process that was to {work.__name__} ended by itself with {child.exitcode}"
        ) from None
    child.join()
    if error is not None:
        raise error
    result: Result = found
    return result


def _send(there: Connection, work: Callable[..., Result], arguments: tuple[object, ...]) -> None:
    try:
        there.send((work(*arguments), None))
    except SamovarError as error:
        there.send((None, error))
