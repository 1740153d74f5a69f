"""The world with a heavy lane: dispatcher, endpoint, notices, and the sweeper that asks S3."""

import heapq

from samovar.errors import SamovarError
from samovar.heavy_admission import Admission, AdmissionLimits
from samovar.heavy_breaker import Breaker
from samovar.heavy_dispatch import Dispatcher, DispatchLimits
from samovar.heavy_gate import Gate
from samovar.heavy_look import LostNotices
from samovar.heavy_results import HeavyResults, Notice
from samovar.job_sweep import JobSweeper
from samovar.jobs import State
from samovar.ports import JobPorts

from tests.faults.far_endpoint import FarEndpoint
from tests.faults.faulty import Died, Faults, Port, Queue, Tracer
from tests.faults.world import World

RETELLS = 3
"""How often SNS tries to tell a function that fails."""


class HeavyWorld(World):
    """Jobs of both lanes. Everything is decided by the seed."""

    def __init__(self, seed: int, faults: Faults | None = None) -> None:
        self.skew_ms = faults.skew_ms if faults else 0
        self.heavy = Queue(self, max_receives=1000)
        self.endpoint = FarEndpoint(self)
        self._notices: list[tuple[int, float, int, Notice]] = []
        super().__init__(seed, faults)
        self.dispatcher = self.new_dispatcher()
        self._results = self.results()

    def ports(self, tracer: Tracer | None = None) -> JobPorts:
        """The ports as one process sees them."""
        light = super().ports(tracer)
        return JobPorts(
            light.table, light.queue, light.blobs, Port("heavy", self.heavy, self, tracer)
        )

    def new_dispatcher(self, tracer: Tracer | None = None) -> Dispatcher:
        """A process with the dispatcher in it."""
        ports = self.ports(tracer)
        limits = AdmissionLimits(slots=2, drain_ms=60_000, job_ms=2_000)
        gate = Gate(
            Admission(ports.table, self, limits),
            Breaker(cool_down_ms=10_000),
            self,
            self.luck.random,
        )
        endpoint = Port("endpoint", self.endpoint, self, tracer)
        return Dispatcher(
            ports, endpoint, self, gate, DispatchLimits(ttl_s=600, timeout_s=120, slack_s=60)
        )

    def results(self, tracer: Tracer | None = None) -> HeavyResults:
        """A process that ends heavy jobs."""
        return HeavyResults(self.ports(tracer), self, luck=self.luck.random)

    def sweeper(self, tracer: Tracer | None = None) -> JobSweeper:
        """A process with the sweeper in it, which asks the bucket for what was not told."""
        ports = self.ports(tracer)
        results = HeavyResults(ports, self, luck=self.luck.random)
        notices = LostNotices(ports, ports.blobs, results, self)  # type: ignore[arg-type]  # a Port
        return JobSweeper(ports, self, self.limits, notices)

    def turn(self, most: int = 10) -> int:
        """Workers of both lanes, the endpoint, and who is told of it."""
        done = self.work(most) + self.dispatch(most) + self.endpoint.step()
        return done + self.hear(most)

    def dispatch(self, most: int = 10, tracer: Tracer | None = None) -> int:
        """A dispatcher takes a batch and answers, or dies. The number of messages it got."""
        received = self.heavy.receive(most)
        if not received:
            return 0
        self.deliveries += len(received)
        dispatcher = self.new_dispatcher(tracer) if tracer else self.dispatcher
        try:
            kept = dispatcher.run(received, lambda: 20_000)
        except Died:
            kept = None
            self.dispatcher = self.new_dispatcher()
        self.heavy.settle(received, kept)
        return len(received)

    def tell(self, notice: Notice) -> None:
        """The endpoint tells: never, once or twice, at once or late, and nonsense besides."""
        luck, faults = self.luck.random, self.faults
        if luck() < faults.garbled:
            self._push(0, self._nonsense(notice))
        if luck() < faults.lost:
            return
        for _ in range(2 if luck() < faults.duplicate else 1):
            self._push(1_200_000 if luck() < faults.late else 0, notice)

    def hear(self, most: int = 10, tracer: Tracer | None = None) -> int:
        """Notices that have come are taken. How many."""
        heard = 0
        while self._notices and self._notices[0][0] <= self.now_ms and heard < most:
            _, _, tries, notice = heapq.heappop(self._notices)
            heard += 1
            results = self.results(tracer) if tracer else self._results
            try:
                results.finish(notice)
            except Died:
                self._retell(tries, notice)
            except SamovarError as error:
                if error.retryable:
                    self._retell(tries, notice)
        self.deliveries += heard
        return heard

    def forget_notices(self) -> None:
        """What was told is lost."""
        self._notices.clear()

    def next_ms(self) -> int | None:
        """When something can next be done."""
        told = self._notices[0][0] if self._notices else None
        known = (super().next_ms(), self.heavy.next_ms(), self.endpoint.next_ms(), told)
        return min((at for at in known if at is not None), default=None)

    def check(self) -> None:
        """As of any world; and nothing late was run, nor any call of a job that was over."""
        super().check()
        assert self.endpoint.late_runs == 0
        for job_id in self.wanted:
            job = self.table.jobs[job_id]
            if job.lane == "heavy" and job.state is State.SUCCEEDED:
                assert self.endpoint.runs, "answered without a run"

    def _nonsense(self, notice: Notice) -> Notice:
        """What no endpoint of ours says: of no call, of no job, of no attempt, of another place."""
        job_id = notice.call_id.partition(".")[0]
        return self.luck.choice(
            (
                Notice("nobody's", ok=True),
                Notice("nobody.1", ok=True, output_uri="s3://world/results/endpoint/x"),
                Notice(f"{job_id}.99", ok=True, output_uri="s3://world/results/endpoint/x"),
                Notice(f"{job_id}.99", ok=False, reason="of an attempt that never was"),
            )
        )

    def _retell(self, tries: int, notice: Notice) -> None:
        if tries < RETELLS:
            at_ms = self.now_ms + 60_000
            heapq.heappush(self._notices, (at_ms, self.luck.random(), tries + 1, notice))

    def _push(self, delay_ms: int, notice: Notice) -> None:
        at_ms = self.now_ms + delay_ms + int(self.luck.random() * 5_000)
        heapq.heappush(self._notices, (at_ms, self.luck.random(), 0, notice))
