"""Whether anybody still waits for what a thread works out: long work looks between its steps."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from samovar.errors import Unavailable

_IS_WANTED: ContextVar[Callable[[], bool] | None] = ContextVar("is_wanted", default=None)


@contextmanager
def while_wanted(is_wanted: Callable[[], bool]) -> Iterator[None]:
    """What this thread does in the block is for somebody who may go away; `is_wanted` tells."""
    before = _IS_WANTED.set(is_wanted)
    try:
        yield
    finally:
        _IS_WANTED.reset(before)


def check_wanted() -> None:
    """Raises Unavailable where whoever asked has gone, its time is out, or the process ends."""
    is_wanted = _IS_WANTED.get()
    if is_wanted is not None and not is_wanted():
        raise Unavailable("it was given up: its client has gone, or the server ends; send it again")
