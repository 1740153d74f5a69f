"""Heavy jobs from the queue to the endpoint. Nobody waits for the GPU here.

What a dispatcher writes for a job: the claim, which says where the answer is awaited. Who
ends it is told later (`heavy_results`). A crash before the claim leaves a queued job and its
message; between the claim and the call, a message that comes again: the same attempt is
called again, under the same name, so that two answers are one. An endpoint that is throttled,
down or waking is no error: the job stays queued, and its message waits.
"""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from samovar import jobs
from samovar.errors import InvalidInput, PayloadTooLarge, SamovarError
from samovar.heavy_attempts import DispatchLimits, HeavyAttempts
from samovar.heavy_gate import Gate
from samovar.job_delivery import announce
from samovar.job_replies import reply
from samovar.jobs import Delivery, Failure, Job, Placed, State
from samovar.lanes import SYNC
from samovar.ports import Clock, Endpoint, JobPorts

__all__ = ["DispatchLimits", "Dispatcher"]
_LIMITS = DispatchLimits()


class Dispatcher:
    """Makes calls. `run` gives back the deliveries that the queue must keep."""

    def __init__(
        self,
        ports: JobPorts,
        endpoint: Endpoint,
        clock: Clock,
        gate: Gate,
        limits: DispatchLimits = _LIMITS,
    ) -> None:
        self._ports = ports
        self._table = ports.table
        self._queue = ports.queue if ports.heavy is None else ports.heavy
        self._blobs = ports.blobs
        self._attempts = HeavyAttempts(ports.blobs, ports.heads, limits)
        self._endpoint = endpoint
        self._clock = clock
        self._gate = gate
        self._limits = limits

    def run(
        self, deliveries: Sequence[Delivery], time_left_ms: Callable[[], int]
    ) -> list[Delivery]:
        """Call the endpoint for what it has room for. The deliveries that must come again.

        Nothing is raised: what cannot be done is handed back. Higher priorities go first.
        """
        kept: list[Delivery] = []
        ready = self._look_up(deliveries, kept)
        ready.sort(key=lambda pair: -pair[0].priority)
        for job, delivery in ready:
            if time_left_ms() <= self._limits.reserve_ms:
                kept.append(delivery)
            else:
                kept += self._dispatch(job, delivery)
        return kept

    def _look_up(
        self, deliveries: Iterable[Delivery], kept: list[Delivery]
    ) -> list[tuple[Job, Delivery]]:
        """The jobs to be dispatched; deliveries to come again are added to `kept`."""
        ready: dict[str, tuple[Job, Delivery]] = {}
        for delivery in deliveries:
            try:
                job = self._table.get(delivery.job_id)
                if job is None or job.id in ready or job.lane == SYNC:
                    continue  # forgotten, a duplicate, a door's own: the message has no more to say
                if self._is_over(job, delivery):
                    continue
            except SamovarError:
                kept += self._postponed(delivery)
                continue
            ready[job.id] = (job, delivery)
        return list(ready.values())

    def _is_over(self, job: Job, delivery: Delivery) -> bool:
        """Whether the message has done its work. Raises SamovarError where it is to come again.

        A first message for a job that is called already is a duplicate. One that comes again
        was not consumed: its dispatcher may have died between the claim and the call.
        """
        now = self._now_ms()
        if job.state.final:
            self._told(job)
            return True
        if jobs.is_late(job, now):
            return self._expired(job, now)
        return _is_called(job, now) and delivery.receive_count == 1

    def _expired(self, job: Job, now: int) -> bool:
        """Whether the late job is over, by this process or another."""
        ended = jobs.expire(job, now)
        if self._table.replace(ended):
            announce(ended, self._ports)
            return True
        found = self._table.get(job.id)
        return found is None or found.state.final

    def _told(self, job: Job) -> None:
        """An ended job's answer beside its name, and those told who asked.

        Raises Unavailable where the message is to come again for it.
        """
        try:
            reply(job, self._blobs)
        except SamovarError as error:
            if error.retryable:
                raise
        announce(job, self._ports)

    def _dispatch(self, job: Job, delivery: Delivery) -> list[Delivery]:
        now = self._now_ms()
        if not self._gate.tries():
            return self._postponed(delivery)
        try:
            if _is_called(job, now):
                return self._call(job, delivery, again=True)
            if not self._gate.admits():
                return self._postponed(delivery, full=True)
            mine = self._attempts.claimed(self._attempts.with_object(job), now)
            if not self._table.replace(mine):
                return self._postponed(delivery)
        except (InvalidInput, PayloadTooLarge) as error:
            return self._failed(job, delivery, error)
        except SamovarError:
            return self._postponed(delivery)
        return self._call(mine, delivery)

    def _call(self, job: Job, delivery: Delivery, *, again: bool = False) -> list[Delivery]:
        """Make the call for an attempt that is claimed."""
        now = self._now_ms()
        try:
            placed = self._endpoint.invoke(self._attempts.call_of(job, now))
        except SamovarError as error:
            return self._refused(job, delivery, error, again=again)
        self._gate.taken()
        if placed != Placed(job.output_uri, job.failure_uri):
            self._end(lambda: jobs.place(job, job.attempt, now, placed))
        return []

    def _refused(
        self, job: Job, delivery: Delivery, error: SamovarError, *, again: bool
    ) -> list[Delivery]:
        """Back into the queue; or failed, where no endpoint will ever take this call."""
        if not error.retryable:
            return self._failed(job, delivery, error)
        failure = Failure(error.code, error.message)
        self._gate.refused()
        if not again:  # one that is called again may have been taken the first time
            self._end(lambda: jobs.release(job, job.attempt, self._now_ms(), failure))
        return self._postponed(delivery)

    def _failed(self, job: Job, delivery: Delivery, error: SamovarError) -> list[Delivery]:
        """Fail the job, claimed or not yet, for what no attempt will mend."""
        failure = Failure(error.code, error.message)
        mine = replace(job, state=State.RUNNING)  # whether it was claimed yet or not
        ended = jobs.fail(mine, job.attempt, self._now_ms(), failure)
        try:
            if self._table.replace(ended):
                self._told(ended)
                return []
        except SamovarError:
            pass
        return self._postponed(delivery)

    def _end(self, change: Callable[[], Job]) -> None:
        """Write a transition if it can be written; if not, the notice or the sweep will."""
        try:
            self._table.replace(change())
        except SamovarError:
            return

    def _postponed(self, delivery: Delivery, *, full: bool = False) -> list[Delivery]:
        """Keep the message, hidden for a while."""
        pause_s = self._gate.pause_s(delivery.receive_count, full=full)
        with contextlib.suppress(SamovarError):  # or it comes again at its own time
            self._queue.postpone(delivery.receipt, pause_s)
        return [delivery]

    def _now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000


def _is_called(job: Job, now_ms: int) -> bool:
    """Whether the endpoint has the job, as far as its item knows."""
    return job.state is State.RUNNING and job.lease_until_ms > now_ms and bool(job.output_uri)
