"""The ports of jobs held in memory, for tests: ours and our users'. Safe to share by threads.

They keep the promises of DynamoDB, SQS and S3, one suite holds them all
(tests/contract), and they do the same thing each time: time moves only when the clock does.
"""

import heapq
import threading
from collections.abc import Sequence
from dataclasses import replace

from samovar.adapters import job_pages
from samovar.adapters.memory import MemoryClock
from samovar.adapters.memory_blobs import MemoryBlobs
from samovar.jobs import Delivery, Job, JobPage, JobQuery, State
from samovar.ports import Clock
from samovar.values import dataclass

__all__ = ["MemoryBlobs", "MemoryJobQueue", "MemoryJobTable"]


class MemoryJobTable:
    """Jobs in a dictionary."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._by_state: dict[State, dict[str, Job]] = {state: {} for state in State}

    def create(self, job: Job) -> bool:
        """Write a new job; False where its id exists. Raises PayloadTooLarge."""
        job_pages.check_new(job)
        with self._lock:
            if job.id in self._jobs:
                return False
            self._write(job)
            return True

    def get(self, job_id: str) -> Job | None:
        """The job as it stands."""
        return self._jobs.get(job_id)

    def replace(self, job: Job) -> bool:
        """Write a job over its last revision; False where that is gone."""
        with self._lock:
            known = self._jobs.get(job.id)
            if known is None or known.revision != job.revision - 1:
                return False
            del self._by_state[known.state][job.id]
            self._write(job)
            return True

    def find(self, query: JobQuery) -> JobPage:
        """Jobs by state and model, newest first."""
        after = job_pages.check_query(query)
        with self._lock:
            states = [query.state] if query.state else list(State)
            jobs = [job for state in states for job in self._by_state[state].values()]
        placed = [
            (place, job)
            for job in jobs
            if job_pages.matches(query, job)
            and ((place := job_pages.position_of(query, job)) < after or not after)
        ]
        page = heapq.nlargest(query.limit, placed, key=lambda pair: pair[0])
        more = len(placed) > len(page)
        cursor = job_pages.cursor_after(query, page[-1][0]) if more else ""
        return JobPage(tuple(job for _, job in page), cursor)

    def forget(self, now_s: int) -> int:
        """Drop the jobs whose `expires_s` has passed, as DynamoDB does in its own time.

        The number of jobs dropped.
        """
        with self._lock:
            late = [job for job in self._jobs.values() if 0 < job.expires_s <= now_s]
            for job in late:
                del self._jobs[job.id], self._by_state[job.state][job.id]
            return len(late)

    def _write(self, job: Job) -> None:
        if job.failure:
            job = replace(job, failure=job_pages.kept(job.failure))
        self._jobs[job.id] = self._by_state[job.state][job.id] = job


@dataclass(slots=True)
class _Message:
    job_id: str
    message_id: str
    visible_ms: int
    receive_count: int = 0

    @property
    def receipt(self) -> str:
        return f"{self.message_id}.{self.receive_count}"


class MemoryJobQueue:
    """Messages with visibility, receive counts and a dead-letter queue, as SQS has them.

    `send` and `postpone` are the port; `receive` and `delete` are a worker's side of it. A
    receipt is good until its message is received again; what an old one asks has no effect.
    """

    def __init__(
        self, clock: Clock | None = None, visibility_s: int = 60, max_receives: int = 5
    ) -> None:
        self._clock = clock or MemoryClock()
        self._visibility_ms = visibility_s * 1000
        self._max_receives = max_receives
        self._lock = threading.Lock()
        self._messages: dict[str, _Message] = {}
        self._order: list[tuple[int, int, str]] = []  # (when visible, place, message id)
        self._sent = 0
        self._dead: list[str] = []

    def send(self, job_ids: Sequence[str], delay_s: int = 0) -> None:
        """Queue a message for each job."""
        visible = self._now_ms() + delay_s * 1000
        with self._lock:
            for job_id in job_ids:
                self._sent += 1
                message = _Message(job_id, f"m{self._sent}", visible)
                self._messages[message.message_id] = message
                self._enqueue(message)

    def postpone(self, receipt: str, seconds: int) -> None:
        """Hide a message that is being worked on for so long from now."""
        with self._lock:
            message = self._held(receipt)
            if message:
                message.visible_ms = self._now_ms() + seconds * 1000
                self._enqueue(message)

    def receive(self, limit: int = 10) -> list[Delivery]:
        """Messages that are visible now, hidden from others from now on.

        One that was received `max_receives` times goes to the dead letters in its place.
        """
        found: list[Delivery] = []
        now = self._now_ms()
        with self._lock:
            while len(found) < limit and self._order and self._order[0][0] <= now:
                visible, _, message_id = heapq.heappop(self._order)
                message = self._messages.get(message_id)
                if message is None or message.visible_ms != visible:
                    continue  # deleted, or hidden anew since
                if message.receive_count >= self._max_receives:
                    self._dead.append(self._messages.pop(message_id).job_id)
                    continue
                found.append(self._hand_out(message, now))
        return found

    def delete(self, receipt: str) -> None:
        """The message is done with."""
        with self._lock:
            message = self._held(receipt)
            if message:
                del self._messages[message.message_id]

    @property
    def dead_letters(self) -> tuple[str, ...]:
        """The jobs whose messages were received too often, in the order they went."""
        return tuple(self._dead)

    def __len__(self) -> int:
        """Messages waiting or in somebody's hands."""
        return len(self._messages)

    def _hand_out(self, message: _Message, now: int) -> Delivery:
        message.receive_count += 1
        message.visible_ms = now + self._visibility_ms
        self._enqueue(message)
        return Delivery(message.job_id, message.receipt, message.message_id, message.receive_count)

    def _held(self, receipt: str) -> _Message | None:
        message = self._messages.get(receipt.partition(".")[0])
        return message if message and message.receipt == receipt else None

    def _enqueue(self, message: _Message) -> None:
        place = int(message.message_id[1:])
        heapq.heappush(self._order, (message.visible_ms, place, message.message_id))

    def _now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000
