"""How jobs are ordered and paged, the same in every table: positions, cursors, sizes.

A job's position is its time and its id, so that no two jobs share one and a page may begin
after any of them. A cursor is a position and a seal over it and what was asked for. It holds
no secret and opens nothing: a made-up one could but begin at another place of the same list.
"""

import base64
import binascii
import hashlib
import re

from samovar.errors import InvalidInput, PayloadTooLarge
from samovar.job_events import due_ms, owes
from samovar.jobs import Failure, Job, JobQuery

MAX_LIMIT = 100
MAX_ITEM_BYTES = 384 * 1024
"""What a new job may hold: DynamoDB's 400 KB less room for what its transitions add."""
MAX_MESSAGE = 2000
"""The longest failure message that an item keeps, in characters."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_POSITION = re.compile(r"\d{15}\.[A-Za-z0-9_-]{1,128}")
_SEAL_BYTES = 6
_MAX_MODEL = 128
_MAX_NUMBER = 2**63 - 1


def is_job_id(job_id: str) -> bool:
    """Whether a job may be called so: letters, digits, `_` and `-`, 128 at most."""
    return _ID.fullmatch(job_id) is not None


def position(time_ms: int, job_id: str) -> str:
    """A place in time; sorts as text like the time, then like the id."""
    return f"{time_ms:015d}.{job_id}"


def by_creation(query: JobQuery) -> bool:
    """Whether the answer is ordered by creation (a model's jobs), not by the last change."""
    return bool(query.model) and query.state is None and not query.owed_ms


def position_of(query: JobQuery, job: Job) -> str:
    """Where a job stands in the answer to the query."""
    if query.owed_ms:
        return position(due_ms(job), job.id)
    return position(job.created_ms if by_creation(query) else job.changed_ms, job.id)


def leaves_out_parts(query: JobQuery) -> bool:
    """Whether parts of batches are not asked for. A model's own list never has them."""
    return query.tops or bool(query.model)


def matches(query: JobQuery, job: Job) -> bool:
    """Whether the job is one of those asked for."""
    return (
        not (job.parent and leaves_out_parts(query))
        and (query.state is None or job.state is query.state)
        and (not query.model or job.model == query.model)
        and (not query.older_than_ms or job.changed_ms < query.older_than_ms)
        and (not query.owed_ms or (owes(job) and due_ms(job) < query.owed_ms))
    )


def check_query(query: JobQuery) -> str:
    """The position after which the page begins, "" for the first. Raises InvalidInput."""
    if not 1 <= query.limit <= MAX_LIMIT:
        raise InvalidInput(f"limit must be from 1 to {MAX_LIMIT}, it is {query.limit}")
    if query.model and not is_model_name(query.model):
        raise InvalidInput(_BAD_MODEL)
    if not query.cursor:
        return ""
    try:
        sealed = base64.b64decode(query.cursor.encode("ascii"), b"-_", validate=True)
        after = sealed[_SEAL_BYTES:].decode("ascii")
    except (UnicodeError, binascii.Error):
        raise InvalidInput(_BAD_CURSOR) from None
    if _POSITION.fullmatch(after) is None or sealed[:_SEAL_BYTES] != _seal(query, after):
        raise InvalidInput(_BAD_CURSOR)
    return after


def cursor_after(query: JobQuery, after: str) -> str:
    """The cursor of the page that begins after a position; fit for a URL as it is."""
    return base64.urlsafe_b64encode(_seal(query, after) + after.encode("ascii")).decode("ascii")


def check_new(job: Job) -> None:
    """Raises InvalidInput for what no table keeps, PayloadTooLarge for what no item holds."""
    if not is_job_id(job.id):
        raise InvalidInput("a job's id has letters, digits, '_' and '-', 128 at most")
    if not is_model_name(job.model):
        raise InvalidInput(_BAD_MODEL)
    if max(map(abs, (job.priority, job.deadline_ms, job.expires_s))) > _MAX_NUMBER:
        raise InvalidInput("a job's priority and times must be of 64 bits")
    size = _size(job)
    if size > MAX_ITEM_BYTES:
        raise PayloadTooLarge(
            f"the job has {size} bytes and may have {MAX_ITEM_BYTES}: upload its input first"
        )


def is_model_name(name: str) -> bool:
    """Whether a job may name its model so."""
    return 0 < len(name) <= _MAX_MODEL and name.isprintable()


def kept(failure: Failure) -> Failure:
    """The failure as an item keeps it: not too long, and of characters that can be written."""
    cut = failure.message[:MAX_MESSAGE].encode("utf-8", "replace").decode("utf-8")
    return Failure(failure.code, cut)


def _size(job: Job) -> int:
    """The bytes of what a client gave. Raises InvalidInput for half characters."""
    texts = (job.model, job.version, job.webhook, job.source.content_type, job.source.uri)
    try:
        written = "".join((*texts, *job.tags, *job.tags.values())).encode()
    except UnicodeEncodeError:
        raise InvalidInput("a job's texts must be valid Unicode") from None
    return len(job.source.inline) + len(written)


def _seal(query: JobQuery, after: str) -> bytes:
    owed = "owed" if query.owed_ms else ""
    said = f"samovar jobs\0{query.state or ''}\0{query.model}\0{owed}\0{after}"
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()[:_SEAL_BYTES]


_BAD_MODEL = f"model must be a model's name, {_MAX_MODEL} characters at most"
_BAD_CURSOR = "cursor is not one that this list gave: begin again without it"
