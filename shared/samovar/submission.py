"""What a client asks for when it submits a job, and what makes two requests the same."""

import hashlib
from collections.abc import Mapping

from samovar.addresses import WebhookRule
from samovar.errors import WebhookRefused
from samovar.frozen import replace
from samovar.job_events import WEBHOOK
from samovar.jobs import Job, Source
from samovar.lanes import LaneLimits
from samovar.routing import Asked, Route, RouteLimits
from samovar.token_sizes import token_size
from samovar.types import ModelSpec, Payload
from samovar.values import dataclass, field

_ANYWHERE = WebhookRule()


@dataclass(frozen=True, slots=True)
class JobLimits:
    """What a job may be. `inline_bytes` is what its item may hold; more goes to an object."""

    inline_bytes: int = 8 * 1024  # each of a job's writes is charged for it; an object is not
    max_upload_bytes: int = 1024 * 1024 * 1024
    keep_s: int = 7 * 24 * 3600
    orphan_ms: int = 900_000  # a queued job that nothing has touched for so long is sent again
    lanes: LaneLimits = field(default_factory=LaneLimits)
    routes: RouteLimits = field(default_factory=RouteLimits)
    look_ms: int = 300_000  # a call that was not answered for so long is looked for in the bucket
    untold_ms: int = 120_000  # an event that is due for so long is asked for again
    sinks: tuple[str, ...] = ()  # that this deployment tells of jobs' ends
    webhooks: WebhookRule = _ANYWHERE

    def check_webhook(self, url: str) -> None:
        """Raises WebhookRefused for one to where this deployment sends none."""
        if url and WEBHOOK not in self.sinks:
            raise WebhookRefused("this deployment sends no webhooks")
        if url:
            self.webhooks.check(url)

    def owed(self, webhook: str) -> tuple[str, ...]:
        """The sinks that a job's end is to be told to."""
        return tuple(sink for sink in self.sinks if webhook or sink != WEBHOOK)


@dataclass(frozen=True, slots=True)
class Submission:
    """What a client asks for."""

    model: str
    source: Source
    version: str = ""
    ttl_s: int = 0  # 0: no deadline
    priority: int = 0
    webhook: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    reply_key: str = ""  # see Job
    size: int | None = None  # of the object at the source's URI, where that is known
    expected_ms: float = 0.0  # that it will run; 0: nobody knows
    batch: bool = False  # whether each row of the input is a request of its own

    def asked(self, job_id: str) -> Asked:
        """What a router wants to know of it."""
        size = self.size if self.source.uri else len(self.source.inline)
        return Asked(job_id, size, self.expected_ms, rows=0 if self.batch else 1)

    def digest(self) -> str:
        """What two requests with one Idempotency-Key must have in common."""
        tags = sorted(self.tags.items())
        source = self.source
        said = (self.model, self.version, self.ttl_s, self.priority, self.webhook, tags)
        what = (*said, source.content_type, source.uri, *(["batch"] if self.batch else []))
        head = repr(what).encode()
        return hashlib.sha256(head + b"\0" + source.inline).hexdigest()


def timed(wanted: Submission, spec: ModelSpec) -> Submission:
    """A submission with the time that it will run, where its tokens tell and nobody has said."""
    if wanted.expected_ms or wanted.batch or not spec.profile.decode_ms:
        return wanted
    size = token_size(spec, Payload(wanted.source.inline, wanted.source.content_type))
    return replace(wanted, expected_ms=size.ms(spec.profile)) if size else wanted


def job_id_of(key: str) -> str:
    """The id of the job that a key stands for: the same on every machine."""
    return hashlib.sha256(b"samovar job\0" + key.encode()).hexdigest()[:32]


def new_job(job_id: str, wanted: Submission, route: Route, now_ms: int, limits: JobLimits) -> Job:
    """The job that a submission becomes."""
    return Job(
        id=job_id,
        model=wanted.model,
        version=wanted.version,
        source=wanted.source,
        lane=route.lane,
        lane_reason=route.reason,
        created_ms=now_ms,
        changed_ms=now_ms,
        deadline_ms=now_ms + wanted.ttl_s * 1000 if wanted.ttl_s else 0,
        expires_s=now_ms // 1000 + max(limits.keep_s, wanted.ttl_s),
        request_hash=wanted.digest(),
        priority=wanted.priority,
        webhook=wanted.webhook,
        tags=wanted.tags,
        reply_key=wanted.reply_key,
        owed=limits.owed(wanted.webhook),
    )
