"""Where answers are made: the quick ones in the loop itself, the others in threads."""

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from samovar.edges.asgi import Receive
from samovar.edges.cache_line import CACHE_STATE
from samovar.edges.inference import Target, Visit
from samovar.edges.messages import Response, compressed
from samovar.edges.text_threads import TextThreads
from samovar.errors import SamovarError
from samovar.lanes import GENERATES

_QUICK_NS = 500_000
"""What may hold the loop up. A thread costs some 0.1 ms, and the others' turn at the lock."""
_THREADS = 32  # for all models together, so that one does not hold up another
_MEMORY = 16  # requests, over which a pace is a mean: one that was held up changes little
_ROOM = 2
"""A body is quick if it is no more than so many times as large as one that was."""

Answer = Callable[[Visit], Response]
_Kind = tuple[str, str, str]


class Pace:
    """How long the answers of one kind take of late, and the largest that was quick."""

    __slots__ = ("at_once", "largest", "ns")

    def __init__(self) -> None:
        # A run takes every processor for itself: more of them at once only wait for one another.
        self.at_once = asyncio.Semaphore(os.cpu_count() or 1)
        self.ns = 0.0  # 0: only the first is known, which opened the model
        self.largest = 0

    def add(self, took_ns: int, size: int) -> None:
        """One more answer, to a body of so many bytes."""
        self.ns = self.ns + (took_ns - self.ns) / _MEMORY if self.ns else took_ns
        if took_ns <= _QUICK_NS and size > self.largest:
            self.largest = size

    def is_quick(self, size: int) -> bool:
        """Whether an answer to a body of so many bytes may hold the loop up."""
        return 0 < self.ns <= _QUICK_NS and size <= self.largest * _ROOM


class Turns:
    """Gives each request its turn.

    The first of a kind, which opens the model, goes to a thread; so does any that is not known
    to be quick, so that no model holds up another's requests, nor a probe.
    """

    def __init__(self, texts: int = _THREADS) -> None:
        self.threads = ThreadPoolExecutor(_THREADS, "answers")
        self.texts = TextThreads(texts)
        self._paces: dict[_Kind, Pace] = {}

    async def take(self, answer: Answer, visit: Visit) -> Response:
        """The answer. Raises what it raises."""
        size = len(visit.request.body)
        pace = self.quick(visit.target, size)
        if pace is not None:
            return run_at(pace, answer, visit)
        kind = _kind(visit.target)
        pace = self._paces.get(kind)
        if pace is not None:
            async with pace.at_once:
                response, took_ns = await self._in_thread(answer, visit)
            if was_run(response):
                pace.add(took_ns, size)
            return response
        response, _ = await self._in_thread(answer, visit)
        if response.status == 200:  # names that are no model's are without end
            self._paces.setdefault(kind, Pace())
        return response

    async def together(self, answer: Answer, visit: Visit, receive: Receive) -> Response:
        """The answer of a model whose scheduler shares its steps: nobody waits for a turn.

        Raises ClientGone, and what it raises.
        """
        response, _ = await self.texts.run(receive, partial(_timed, answer, visit))
        return response

    def quick(self, target: Target, size: int) -> Pace | None:
        """The pace of requests for a target that may be answered in the loop; None of others."""
        pace = self._paces.get(_kind(target))
        return pace if pace is not None and pace.is_quick(size) else None

    def _in_thread(self, answer: Answer, visit: Visit) -> "asyncio.Future[tuple[Response, int]]":
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self.threads, _timed, answer, visit)

    def close(self) -> None:
        """Let go of the threads; what they do is over, or given up."""
        self.texts.close()
        self.threads.shutdown(wait=False, cancel_futures=True)


class Generating:
    """Which models generate text, remembered of those that are known."""

    def __init__(self) -> None:
        self._known: dict[str, bool] = {}

    async def __call__(self, visit: Visit) -> bool:
        """Whether a request is for such a model; False of one that is unknown."""
        name = visit.target.model
        if name not in self._known:
            with suppress(SamovarError):  # whoever answers it meets the same
                spec = await asyncio.to_thread(visit.service.spec, name)
                self._known[name] = spec.program.name == GENERATES
        return self._known.get(name, False)


def run_at(pace: Pace, answer: Answer, visit: Visit) -> Response:
    """The answer, made here and now."""
    response, took_ns = _timed(answer, visit)
    if was_run(response):
        pace.add(took_ns, len(visit.request.body))
    return response


def was_run(response: Response) -> bool:
    """Whether an answer tells how long others take: one that was kept does not."""
    return not response.headers.get(CACHE_STATE, "").startswith("hit")


def _kind(target: Target) -> _Kind:
    return target.action, target.model, target.version


def _timed(answer: Answer, visit: Visit) -> tuple[Response, int]:
    start = time.perf_counter_ns()
    # What a door has compressed itself stays as it is.
    response = compressed(answer(visit), visit.request.headers.get("accept-encoding", ""))
    return response, time.perf_counter_ns() - start
