"""More jobs than the endpoint can run, in virtual time: what it does with its GPU then.

The real dispatcher, admission, results and sweeper over ports in memory. The endpoint is a
queue before a few slots, as SageMaker's is; its container refuses a call whose deadline has
passed before it runs it, as ours does. Nothing fails: this is about load alone.
"""

import heapq
import random
from collections import Counter, deque
from dataclasses import dataclass, field

from samovar.adapters.memory import MemoryClock
from samovar.adapters.memory_jobs import MemoryBlobs, MemoryJobQueue, MemoryJobTable
from samovar.heavy_admission import Admission, AdmissionLimits
from samovar.heavy_breaker import Breaker
from samovar.heavy_dispatch import Dispatcher, DispatchLimits
from samovar.heavy_gate import Gate
from samovar.heavy_look import LostNotices
from samovar.heavy_results import HeavyResults, Notice
from samovar.job_sweep import JobSweeper
from samovar.jobs import EndpointCall, Job, Placed, Source, State
from samovar.ports import JobPorts

REFUSAL_MS = 50
"""What a call costs its slot that the container refuses: its input is fetched, no more."""
_TOLD_MS = 500


@dataclass(frozen=True, slots=True)
class Load:
    """How much comes, and what there is for it. Capacity is `slots / run_ms`."""

    times_capacity: float = 3.0
    lasts_s: int = 1_800
    slots: int = 4
    run_ms: int = 2_000
    ttl_s: int = 600
    drain_s: int = 300
    seed: int = 1


@dataclass(slots=True)
class Seen:
    """What became of it."""

    submitted: int = 0
    run: int = 0
    run_late: int = 0
    refused: int = 0
    busy_ms: int = 0
    ends: Counter[State] = field(default_factory=Counter)


class Slots:
    """The endpoint: calls wait in order, and a few run at once."""

    def __init__(self, load: Load, clock: MemoryClock, blobs: MemoryBlobs, seen: Seen) -> None:
        self._load, self._clock, self._blobs, self._seen = load, clock, blobs, seen
        self._luck = random.Random(load.seed)
        self._waiting: deque[EndpointCall] = deque()
        self._ends: list[tuple[int, str]] = []  # when a slot is free again, and by what call
        self.notices: deque[tuple[int, Notice]] = deque()

    def invoke(self, call: EndpointCall) -> Placed:
        """Take the call."""
        self._waiting.append(call)
        place = call.id.replace(".", "/")
        return Placed(
            self._blobs.uri(f"results/endpoint/{place}.out"),
            self._blobs.uri(f"results/endpoint-errors/{place}.out"),
        )

    def step(self, until_ms: int) -> None:
        """Run what can be run until then."""
        while True:
            free_ms = self._ends[0][0] if len(self._ends) == self._load.slots else self.now_ms
            if free_ms > until_ms or not self._waiting:
                break
            if len(self._ends) == self._load.slots:
                heapq.heappop(self._ends)
            self._begin(self._waiting.popleft(), max(free_ms, self.now_ms))
        while self._ends and self._ends[0][0] <= until_ms:
            heapq.heappop(self._ends)

    @property
    def now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000

    def _begin(self, call: EndpointCall, at_ms: int) -> None:
        """A slot takes a call: runs it, or refuses it."""
        place = call.id.replace(".", "/")
        if 0 < call.deadline_ms <= at_ms:
            self._seen.refused += 1
            end_ms = at_ms + REFUSAL_MS
            said = b'{"error": "the deadline has passed", "code": "deadline_exceeded"}'
            notice = Notice(call.id, ok=False, said=said)
        else:
            self._seen.run += 1
            self._seen.run_late += 0 < call.deadline_ms <= at_ms
            took_ms = int(self._load.run_ms * self._luck.uniform(0.5, 1.5))
            self._seen.busy_ms += took_ms
            end_ms = at_ms + took_ms
            uri = self._blobs.put(f"results/endpoint/{place}.out", b"answer", "text/plain")
            notice = Notice(call.id, ok=True, output_uri=uri, content_type="text/plain")
        heapq.heappush(self._ends, (end_ms, call.id))
        self.notices.append((end_ms + _TOLD_MS, notice))


class Overload:
    """A load, lived through. `live` says what became of it."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._luck = random.Random(load.seed)
        self._clock = MemoryClock()
        self._table = MemoryJobTable()
        self._queue = MemoryJobQueue(self._clock, visibility_s=180, max_receives=1000)
        self._seen = Seen()
        blobs = MemoryBlobs()
        ports = JobPorts(self._table, MemoryJobQueue(self._clock), blobs, self._queue)
        self._slots = Slots(load, self._clock, blobs, self._seen)
        limits = AdmissionLimits(load.slots, load.drain_s * 1000, load.run_ms)
        gate = Gate(
            Admission(self._table, self._clock, limits), Breaker(), self._clock, self._luck.random
        )
        self._dispatcher = Dispatcher(ports, self._slots, self._clock, gate, DispatchLimits())
        self._results = HeavyResults(ports, self._clock, luck=self._luck.random)
        notices = LostNotices(ports, blobs, self._results, self._clock)
        self._sweeper = JobSweeper(ports, self._clock, notices=notices)

    def live(self) -> Seen:
        """Second by second, as long as jobs come; what ended until then."""
        rate = self._load.times_capacity * self._load.slots * 1000 / self._load.run_ms
        due = 0.0
        for second in range(self._load.lasts_s):
            due += rate
            while due >= 1:
                due -= 1
                self._submit()
            for _ in range(4):  # two invocations at a time, of half a second each
                self._dispatch()
            self._slots.step(self._slots.now_ms + 1000)
            self._clock.move(10**9)
            self._hear()
            if second % 60 == 59:
                self._sweeper.sweep()
        found = [self._table.get(f"job-{number}") for number in range(self._seen.submitted)]
        self._seen.ends = Counter(job.state for job in found if job)
        return self._seen

    def _submit(self) -> None:
        now_ms, number = self._slots.now_ms, self._seen.submitted
        self._seen.submitted += 1
        deadline_ms = now_ms + self._load.ttl_s * 1000 if self._load.ttl_s else 0
        job = Job(
            f"job-{number}",
            "think",
            "1",
            Source("text/plain", uri="memory://inputs/x"),
            now_ms,
            lane="heavy",
            deadline_ms=deadline_ms,
            changed_ms=now_ms,
        )
        self._table.create(job)
        self._queue.send([job.id])

    def _dispatch(self) -> None:
        received = self._queue.receive(10)
        kept = {each.receipt for each in self._dispatcher.run(received, lambda: 30_000)}
        for delivery in received:
            if delivery.receipt not in kept:
                self._queue.delete(delivery.receipt)

    def _hear(self) -> None:
        told = self._slots.notices
        for _ in range(len(told)):
            at_ms, notice = told.popleft()
            if at_ms <= self._slots.now_ms:
                self._results.finish(notice)
            else:
                told.append((at_ms, notice))
