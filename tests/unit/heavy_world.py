"""A heavy lane in this process: dispatcher, endpoint, notices and sweeper over memory."""

from dataclasses import replace

from samovar.adapters.memory import MemoryClock
from samovar.adapters.memory_endpoint import MemoryEndpoint
from samovar.adapters.memory_jobs import MemoryBlobs, MemoryJobQueue, MemoryJobTable
from samovar.adapters.memory_loads import MemoryLoadTable
from samovar.errors import SamovarError
from samovar.heavy_admission import Admission, AdmissionLimits
from samovar.heavy_breaker import Breaker
from samovar.heavy_dispatch import Dispatcher, DispatchLimits
from samovar.heavy_gate import Gate
from samovar.heavy_look import LostNotices
from samovar.heavy_results import HeavyResults, Outcome
from samovar.job_sweep import JobSweeper
from samovar.jobs import EndpointCall, Job, Source
from samovar.ports import JobPorts
from samovar.types import Payload

ANSWER = Payload(b'{"text": "tea"}', "application/json")


class CountingTable(MemoryJobTable):
    """Counts the writes that were asked for, those that were refused too."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0

    def replace(self, job: Job) -> bool:
        self.writes += 1
        return super().replace(job)


class HeavyWorld:
    """Everything between `submit` and the end of a heavy job."""

    def __init__(self, slots: int = 4, drain_ms: int = 1_800_000) -> None:
        self.clock = MemoryClock()
        self.table = CountingTable()
        self.queue = MemoryJobQueue(self.clock, visibility_s=180, max_receives=1000)
        self.light = MemoryJobQueue(self.clock)
        self.blobs = MemoryBlobs()
        self.endpoint = MemoryEndpoint(self.blobs)
        self.events = MemoryJobQueue(self.clock)
        self.events = MemoryJobQueue(self.clock)
        self.loads = MemoryLoadTable()
        self.ports = JobPorts(
            self.table,
            self.light,
            self.blobs,
            self.queue,
            self.events,
            heads=self.blobs,
            loads=self.loads,
        )
        self.limits = DispatchLimits()
        self.admission = AdmissionLimits(slots=slots, drain_ms=drain_ms)
        self.dispatcher = self.new_dispatcher()
        self.results = HeavyResults(self.ports, self.clock, luck=lambda: 1.0)
        notices = LostNotices(self.ports, self.blobs, self.results, self.clock)
        self.sweeper = JobSweeper(self.ports, self.clock, notices=notices)

    def new_dispatcher(self) -> Dispatcher:
        """Another process."""
        admission = Admission(self.table, self.clock, self.admission)
        gate = Gate(admission, Breaker(), self.clock, luck=lambda: 1.0)
        return Dispatcher(self.ports, self.endpoint, self.clock, gate, self.limits)

    def submit(self, job_id: str = "tea", **more: object) -> Job:
        """A job as the service leaves it: its item, then its message."""
        job = Job(
            job_id,
            "whisper",
            "1",
            Source("audio/wav", b"RIFF"),
            self.now_ms,
            lane="heavy",
            changed_ms=self.now_ms,
        )
        job = replace(job, **more)  # type: ignore[arg-type]  # fields of Job
        assert self.table.create(job)
        self.queue.send([job_id])
        return job

    def work(self, most: int = 10) -> int:
        """One invocation of the dispatcher. How many messages it kept."""
        deliveries = self.queue.receive(most)
        kept = self.dispatcher.run(deliveries, lambda: 60_000)
        for delivery in deliveries:
            if delivery not in kept:
                self.queue.delete(delivery.receipt)
        return len(kept)

    def call(self) -> EndpointCall:
        """The only call that waits."""
        (call,) = self.endpoint.waiting
        return call

    def again(self) -> None:
        """The next attempt, as soon as its message is there."""
        self.move(900)
        assert self.work() == 0

    def failed(self, error: SamovarError) -> Outcome:
        """The endpoint's word that its call has failed."""
        return self.results.finish(self.endpoint.refuse(self.call(), error))

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.move(int(seconds * 1e9))

    def job(self, job_id: str = "tea") -> Job:
        """A job as its table has it."""
        found = self.table.get(job_id)
        assert found is not None
        return found

    @property
    def now_ms(self) -> int:
        return self.clock.now_ns() // 1_000_000


def calling_world() -> HeavyWorld:
    """One job, on the endpoint."""
    world = HeavyWorld()
    world.submit()
    world.work()
    return world
