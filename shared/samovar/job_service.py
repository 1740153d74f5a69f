"""Jobs from the outside: submit, look, cancel, fetch the result. It sees ports only."""

import time
from collections.abc import Callable
from dataclasses import replace

from samovar import jobs
from samovar.batch_submission import as_batch, parts_page, with_batch
from samovar.errors import (
    IdempotencyMismatch,
    JobConflict,
    JobNotFound,
    VersionNotFound,
)
from samovar.job_delivery import announce
from samovar.job_files import Files
from samovar.job_inputs import JobInputs
from samovar.job_looks import shown, until_over
from samovar.job_results import JobResults, as_errors
from samovar.jobs import Job, JobPage, JobQuery, State, Upload
from samovar.lanes import SYNC
from samovar.ports import Clock, JobPorts, ModelStore
from samovar.router import Router
from samovar.routing import Route
from samovar.submission import JobLimits, Submission, job_id_of, new_job, timed
from samovar.sync_calls import SyncCalls
from samovar.types import ModelSpec, Payload

_TRIES = 8


class JobService:
    """The use cases of jobs, over a table, a queue and objects."""

    def __init__(
        self,
        models: ModelStore,
        ports: JobPorts,
        clock: Clock,
        new_id: Callable[[], str],
        limits: JobLimits | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.calls = SyncCalls(ports, clock)
        self.files = Files(ports, clock, new_id)
        self._pause = pause
        self._models = models
        self._table = ports.table
        self._ports = ports
        self._blobs = ports.blobs
        self._clock = clock
        self._new_id = new_id
        self._limits = limits or JobLimits()
        self._router = Router(ports, clock, self._limits.routes, self._limits.lanes)
        self._inputs = JobInputs(ports.blobs, self._limits)
        self._results = JobResults(ports)

    def submit(self, wanted: Submission, idempotency_key: str = "") -> Job:
        """The job, queued. Raises NotFound, InvalidInput, IdempotencyMismatch.

        The same key and the same request give the same job, whatever its state by now. The
        item is written before the message is sent: what a crash leaves between the two is a
        queued job without a message, which a sweep sends again.
        """
        spec = self._check_model(wanted.model, wanted.version)
        self._inputs.check_uri(wanted.source.uri)
        wanted = timed(as_batch(wanted, spec), spec)
        self._limits.check_webhook(wanted.webhook)
        job_id = job_id_of(idempotency_key) if idempotency_key else self._new_id()
        known = self._table.get(job_id) if idempotency_key else None
        if known is None:
            route = self._router.route(spec, wanted.asked(job_id))
            new = with_batch(self._new_job(job_id, wanted, route), wanted)
            job = self._inputs.kept(new, wanted.source)
            if self._table.create(job):
                self._ports.queue_of(job).send([job.id])
                if job.lane_reason:
                    self._ports.routed(job)
                return job
            known = self._must_get(job_id)
        if known.request_hash != wanted.digest():
            raise IdempotencyMismatch("this Idempotency-Key was used with another request")
        if known.state is State.QUEUED and known.attempt == 0:
            # The first try may have died before it sent.
            self._ports.queue_of(known).send([known.id])
        return known

    def job(self, job_id: str) -> Job:
        """The job as it stands. Raises JobNotFound."""
        job = self._must_get(job_id)
        now = self._now_ms()
        if not job.state.final and jobs.is_late(job, now):
            job = self._move(job_id, lambda found: jobs.expire(found, now))
        return job

    def find(self, query: JobQuery) -> JobPage:
        """Jobs by state and model, newest first, or the parts of a batch in their order.

        Raises InvalidInput for a bad cursor, JobNotFound for a batch that is none.
        """
        if query.parent:
            return parts_page(self._table, self._must_get(query.parent), query)
        return shown(self._table, query)

    def wait(self, job_id: str, seconds: float) -> Job:
        """The job once it is over, or as it stands when so many have passed. Raises JobNotFound."""
        return until_over(lambda: self.job(job_id), seconds, self._clock, self._pause)

    def keep(self, wanted: Submission, answer: Payload) -> Job:
        """A job that has its answer already, because it is too large to be sent at once."""
        spec = self._check_model(wanted.model, wanted.version)
        job_id = self._new_id()
        job = self._new_job(job_id, wanted, self._router.by_itself(spec, wanted.asked(job_id)))
        source = replace(wanted.source, inline=b"")  # it will not be read again
        done = self.calls.keep(replace(job, source=source), answer)
        announce(done, self._ports)
        return done

    def cancel(self, job_id: str) -> Job:
        """The job cancelled; one that is cancelled already stays so. Raises JobConflict."""
        job = self._must_get(job_id)
        if job.state is not State.CANCELLED:
            job = self._move(job_id, lambda found: jobs.cancel(found, self._now_ms()))
        if job.batch:  # a worker stops its parts
            self._ports.queue_of(job).send([job.id])
        return job

    def redrive(self, job_id: str) -> Job:
        """A failed or expired job queued again. Raises JobConflict, JobNotFound."""
        if self._must_get(job_id).lane == SYNC:
            raise JobConflict("this was answered at once: send the request again, with another key")
        owed = self._limits.owed
        job = self._move(
            job_id, lambda found: jobs.requeue(found, self._now_ms(), owed(found.webhook))
        )
        self._ports.queue_of(job).send([job.id])
        return job

    def result(self, job_id: str) -> Payload:
        """The answer of a job that succeeded. Raises JobConflict while it has none, JobNotFound."""
        return self._results.read(self._succeeded(job_id))

    def result_link(self, job_id: str) -> str:
        """Where the answer of a job can be read for a while. Raises as `result`."""
        return self._results.link(self._succeeded(job_id))

    def errors(self, job_id: str) -> Payload:
        """The errors of a batch's rows. Raises as `result`; JobNotFound where no row failed."""
        return self._results.read(as_errors(self._succeeded(job_id)))

    def errors_link(self, job_id: str) -> str:
        """Where the errors can be read for a while. Raises as `errors`."""
        return self._results.link(as_errors(self._succeeded(job_id)))

    def upload(self, content_type: str, size: int = 0) -> Upload:
        """A place to which a client may put an input itself. Raises InvalidInput."""
        return self._inputs.upload(self._new_id(), content_type, size)

    def upload_uri(self, upload_id: str) -> str:
        """Where the upload of that id went."""
        return self._inputs.upload_uri(upload_id)

    def _move(self, job_id: str, change: Callable[[Job], Job]) -> Job:
        """Apply a transition to the job as it stands, again if somebody else was faster."""
        for _ in range(_TRIES):
            moved = change(self._must_get(job_id))
            if self._table.replace(moved):
                announce(moved, self._ports)
                return moved
        raise JobConflict(f"job {job_id} is changing too fast; try again")

    def _succeeded(self, job_id: str) -> Job:
        job = self.job(job_id)
        if job.state is not State.SUCCEEDED:
            said = f": {job.failure.message}" if job.failure else ""
            raise JobConflict(f"job {job_id} is {job.state} and has no result{said}")
        return job

    def _new_job(self, job_id: str, wanted: Submission, route: Route) -> Job:
        return new_job(job_id, wanted, route, self._now_ms(), self._limits)

    def _check_model(self, model: str, version: str) -> ModelSpec:
        spec = self._models.spec(model)
        if version and version not in self._models.versions(model):
            raise VersionNotFound(
                f"Request for unknown model: '{model}' version {version[:32]} is not found"
            )
        return spec

    def _must_get(self, job_id: str) -> Job:
        job = self._table.get(job_id)
        if job is None:
            raise JobNotFound(f"there is no job '{job_id[:128]}'; it may have been forgotten")
        return job

    def _now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000
