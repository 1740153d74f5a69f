"""An endpoint held in memory, for tests: ours and our users'. Safe to share by threads.

It takes calls as SageMaker's asynchronous endpoint does and keeps them until `answer` runs
one or `refuse` ends it; both leave the object and give the notice, which the test hands on,
once, twice, late or never.
"""

import json
import threading
from collections.abc import Sequence

from samovar.errors import EndpointUnavailable, SamovarError
from samovar.heavy_calls import ERRORS, OUTPUTS, file_name, read_call_id
from samovar.heavy_results import Notice
from samovar.jobs import EndpointCall, Placed
from samovar.ports import BlobStore
from samovar.types import Payload


class MemoryEndpoint:
    """Calls that wait, in the order they came."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._lock = threading.Lock()
        self._calls: list[EndpointCall] = []
        self.taken = 0
        self.trouble: list[SamovarError] = []
        """What the next calls are refused with, one each; `away` is what SageMaker says."""

    @staticmethod
    def away() -> SamovarError:
        """The refusal of an endpoint that is throttled or down."""
        return EndpointUnavailable("the endpoint answered ThrottlingException: try again")

    def invoke(self, call: EndpointCall) -> Placed:
        """Take the call. Raises what `trouble` says."""
        with self._lock:
            if self.trouble:
                raise self.trouble.pop(0)
            self._calls.append(call)
            self.taken += 1
        return self._placed(call)

    @property
    def waiting(self) -> Sequence[EndpointCall]:
        """The calls that nothing has become of yet."""
        return tuple(self._calls)

    def answer(self, call: EndpointCall, payload: Payload) -> Notice:
        """The call's answer put into its place, and the notice of it."""
        self._forget(call)
        uri = self._blobs.put(_key(OUTPUTS, call), payload.body, payload.content_type)
        return Notice(call.id, ok=True, output_uri=uri, content_type=payload.content_type)

    def refuse(self, call: EndpointCall, error: SamovarError) -> Notice:
        """The container's error put into its place, and the notice of it."""
        said = json.dumps({"error": error.message, "code": error.code}).encode()
        self._forget(call)
        uri = self._blobs.put(_key(ERRORS, call), said, "application/json")
        return Notice(call.id, ok=False, failure_uri=uri)

    def _forget(self, call: EndpointCall) -> None:
        with self._lock:
            if call in self._calls:
                self._calls.remove(call)

    def _placed(self, call: EndpointCall) -> Placed:
        return Placed(self._blobs.uri(_key(OUTPUTS, call)), self._blobs.uri(_key(ERRORS, call)))


def _key(folder: str, call: EndpointCall) -> str:
    job_id, attempt = read_call_id(call.id)
    return f"{folder}/{job_id}/{file_name(attempt)}"
