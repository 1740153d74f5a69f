"""A request under an Idempotency-Key that changes something: done once, answered alike."""

from collections.abc import Callable

import orjson

from samovar.edges.inference import Visit
from samovar.edges.job_forms import read_key
from samovar.edges.messages import Response
from samovar.errors import IdempotencyMismatch
from samovar.job_service import JobService
from samovar.jobs import Source
from samovar.submission import Submission
from samovar.types import Payload

_KEPT = "application/vnd.samovar.response+json"


def once(visit: Visit, jobs: JobService, body: bytes, make: Callable[[], Response]) -> Response:
    """The response of `make`, which is text, or the one that it gave when the key first came.

    Without a key it is made anew each time. Raises what `make` raises, the same again where
    that is permanent; InvalidInput, IdempotencyMismatch, RequestInFlight.
    """
    key = read_key(visit.request.headers)
    if not key:
        return make()
    request = visit.request
    asked = b"%b %b\0%b" % (request.method.encode(), request.path.encode(), body)
    wanted = Submission(visit.target.action, Source(_KEPT, asked))
    found = jobs.calls.answer(wanted, key, lambda: Payload(_written(make()), _KEPT))
    if found.answer is None:
        raise IdempotencyMismatch("this Idempotency-Key is that of a job")
    return _read(found.answer.body)


def _written(response: Response) -> bytes:
    return orjson.dumps(
        {
            "status": response.status,
            "body": response.body.decode(),
            "content_type": response.content_type,
            "headers": dict(response.headers),
        }
    )


def _read(kept: bytes) -> Response:
    said = orjson.loads(kept)
    return Response(said["status"], said["body"].encode(), said["content_type"], said["headers"])
