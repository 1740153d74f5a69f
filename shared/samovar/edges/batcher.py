"""Requests that wait together, run together: dynamic batching before a host of models."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from samovar.errors import SamovarError, Unavailable
from samovar.ports import ModelHost
from samovar.types import Payload
from samovar.values import dataclass, field

Key = tuple[str, str]
Result = Payload | SamovarError
BatchSize = Callable[[str, str], int]


@dataclass(slots=True)
class BatchCounts:
    """What has been run of one version of a model."""

    requests: int = 0
    batches: int = 0
    largest: int = 0


@dataclass(frozen=True, slots=True)
class _Waiting:
    payload: Payload
    arrived_s: float
    deadline_s: float
    done: "Future[Payload]" = field(default_factory=Future)


class Batcher:
    """One thread that runs a model at a time, with all the requests that wait for it.

    A batch goes off when it is full, or when its first request has waited `delay_s`. While a
    batch runs, the next one fills, so that load makes batches and an idle host waits little.
    Deadlines are moments of `time.monotonic()`; a request past its own is not run.
    """

    def __init__(self, host: ModelHost, batch_size: BatchSize, delay_s: float = 0.002) -> None:
        self.counts: dict[Key, BatchCounts] = {}
        self._host = host
        self._batch_size = batch_size
        self._delay_s = delay_s
        self._queues: dict[Key, deque[_Waiting]] = {}
        self._changed = threading.Condition()
        self._ended = False
        # A daemon: a run that hangs must not keep the process from its end.
        self._thread = threading.Thread(target=self._work, name="batches", daemon=True)
        self._thread.start()

    def submit(
        self, model: str, version: str, payload: Payload, deadline_s: float
    ) -> "Future[Payload]":
        """The answer to come, or the SamovarError. One that is cancelled in time is not run."""
        waiting = _Waiting(payload, time.monotonic(), deadline_s)
        with self._changed:
            if self._ended:
                raise Unavailable("the container is ending; send the request again")
            self._queues.setdefault((model, version), deque()).append(waiting)
            self._changed.notify()
        return waiting.done

    def close(self) -> None:
        """Run what waits, take no more, and end the thread."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._queues and not self._ended:
                    self._changed.wait()
                if not self._queues:
                    return
                key = min(self._queues, key=lambda each: self._queues[each][0].arrived_s)
            size = self._size(key)
            batch = self._gather(key, size)
            if batch:
                self._run(key, batch)

    def _size(self, key: Key) -> int:
        try:
            return max(self._batch_size(*key), 1)
        except Exception:  # noqa: BLE001 - the run meets the same fault, and tells the requests
            return 1

    def _gather(self, key: Key, size: int) -> list[_Waiting]:
        """The requests of one batch, once it is full or its first one has waited enough."""
        with self._changed:
            queue = self._queues[key]
            due_s = queue[0].arrived_s + self._delay_s
            while len(queue) < size and not self._ended:
                left_s = due_s - time.monotonic()
                if left_s <= 0:
                    break
                self._changed.wait(left_s)
            taken = [queue.popleft() for _ in range(min(size, len(queue)))]
            if not queue:
                del self._queues[key]
        return [waiting for waiting in taken if _still_wanted(waiting)]

    def _run(self, key: Key, batch: Sequence[_Waiting]) -> None:
        counts = self.counts.setdefault(key, BatchCounts())
        counts.requests += len(batch)
        counts.batches += 1
        counts.largest = max(counts.largest, len(batch))
        for waiting, result in zip(batch, self._results(key, batch), strict=True):
            if isinstance(result, Payload):
                waiting.done.set_result(result)
            else:
                waiting.done.set_exception(result)

    def _results(self, key: Key, batch: Sequence[_Waiting]) -> Sequence[Payload | BaseException]:
        """The answer or the error of each. A fault of ours fails only those that bring it about."""
        try:
            return self._host.predict_many(*key, [waiting.payload for waiting in batch])
        except SamovarError as error:  # of the model: it is every request's
            return [error] * len(batch)
        except Exception as error:  # noqa: BLE001 - one request must not end the thread
            if len(batch) == 1:
                return [error]
            return [result for each in batch for result in self._results(key, [each])]


def _still_wanted(waiting: _Waiting) -> bool:
    """Whether to run a request; one past its deadline is told so here."""
    if not waiting.done.set_running_or_notify_cancel():
        return False
    if time.monotonic() < waiting.deadline_s:
        return True
    waiting.done.set_exception(expired())
    return False


def expired() -> Unavailable:
    """The refusal of a request whose time ran out."""
    return Unavailable("the request's time ran out while it waited; send it again")
