"""Threads behind the Hands port: waiting for AWS together, and renewing leases meanwhile."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from samovar.ports import Item, Result

log = logging.getLogger("samovar")


class Threads:
    """As many hands as given. Their threads live as long as the process, and idle for nothing."""

    def __init__(self, count: int = 16) -> None:
        self._pool = ThreadPoolExecutor(count, "hands")

    def each(self, do: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """`do` of each item, several at once; a single one without a thread.

        All have ended when this returns or raises.
        """
        if len(items) < 2:
            return [do(item) for item in items]
        begun = [self._pool.submit(do, item) for item in items]
        for future in begun:
            future.exception()  # waits
        return [future.result() for future in begun]

    @contextmanager
    def beating(self, beat: Callable[[], None], every_s: float) -> Iterator[None]:
        """`beat` each `every_s` seconds in a thread of its own, which is waited for at the end."""
        ended = threading.Event()

        def work() -> None:
            while not ended.wait(every_s):
                try:
                    beat()
                except Exception:  # the work goes on, and so do the beats
                    log.exception("a heartbeat failed")

        # A daemon: where the process is to end, no lease is worth waiting for.
        thread = threading.Thread(target=work, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
