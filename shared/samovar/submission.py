"""What a client asks for when it submits a job, and what makes two requests the same."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from samovar.jobs import Source


@dataclass(frozen=True, slots=True)
class JobLimits:
    """What a job may be. `inline_bytes` is what its item may hold; more goes to an object."""

    inline_bytes: int = 8 * 1024  # each of a job's writes is charged for it; an object is not
    max_upload_bytes: int = 1024 * 1024 * 1024
    keep_s: int = 7 * 24 * 3600
    orphan_ms: int = 900_000  # a queued job that nothing has touched for so long is sent again


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

    def digest(self) -> str:
        """What two requests with one Idempotency-Key must have in common."""
        tags = sorted(self.tags.items())
        source = self.source
        said = (self.model, self.version, self.ttl_s, self.priority, self.webhook, tags)
        head = repr((*said, source.content_type, source.uri)).encode()
        return hashlib.sha256(head + b"\0" + source.inline).hexdigest()


def job_id_of(key: str) -> str:
    """The id of the job that a key stands for: the same on every machine."""
    return hashlib.sha256(b"samovar job\0" + key.encode()).hexdigest()[:32]
