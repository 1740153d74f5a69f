"""The upload door: an object was put under `uploads/<model>/` → a job.

S3 tells of an object at least once and in no order; the job's key is made of the object's
name and its version, so that one version makes one job however often it is told of.
Source: Amazon S3 user guide, "Event message structure".
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote_plus

from samovar.edges.messages import status_of
from samovar.edges.observe import Exchange, Observer
from samovar.errors import SamovarError
from samovar.job_uploads import Arrival, Uploads


class UploadDoor:
    """A Lambda handler for a bucket's notifications."""

    def __init__(self, uploads: Uploads, observer: Observer) -> None:
        self._uploads = uploads
        self._observer = observer

    def __call__(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """The ids of the jobs, in the order of the records.

        Raises Unavailable where a record is to be told again: Lambda calls once more with the
        whole event, which changes nothing for those that have their jobs.
        """
        function_id = getattr(context, "aws_request_id", "")
        failed: SamovarError | None = None
        made = []
        for arrival in self._arrivals(event, function_id):
            try:
                made += self._ingest(arrival, function_id)
            except SamovarError as error:
                failed = error
        if failed is not None:
            raise failed
        return {"jobs": made}

    def _ingest(self, arrival: Arrival, function_id: str) -> list[str]:
        """The job's id, in a list that is empty where there is none. Raises Unavailable."""
        start = self._observer.start()
        seen = Exchange("s3", function_id, function_id, action="ingest", bytes_in=arrival.size)
        made = []
        try:
            job = self._uploads.ingest(arrival)
            if job is not None:
                seen.request_id = job.id
                seen.model = job.model
                seen.version = job.version
                made.append(job.id)
        except SamovarError as error:
            seen.code = error.code
            seen.status = status_of(error)
            if error.retryable:
                raise
        except Exception as error:  # noqa: BLE001 - one object's fault is not the others'
            self._observer.fault(function_id, error)
            seen.code = "internal_error"
            seen.status = 500
            raise SamovarError("internal error; see the log") from None
        finally:
            self._observer.finish(start, seen)
        return made

    def _arrivals(self, event: Any, function_id: str) -> Iterator[Arrival]:
        """The objects that an event tells of; `s3:TestEvent` tells of none."""
        records = event.get("Records") if isinstance(event, dict) else None
        for record in records if isinstance(records, list) else []:
            try:
                arrival = _arrival(record)
            except (KeyError, TypeError, ValueError, AttributeError):
                self._observer.refuse(function_id, "a record tells of no object")
            else:
                yield from [arrival] if arrival else []


def _arrival(record: Any) -> Arrival | None:
    """The object that a record tells of; None for what happened to it otherwise."""
    if not record["eventName"].removeprefix("s3:").startswith("ObjectCreated:"):
        return None
    told = record["s3"]["object"]
    version = told.get("versionId") or told.get("sequencer") or told.get("eTag", "")
    key = unquote_plus(told["key"])
    return Arrival(record["s3"]["bucket"]["name"], key, version, int(told.get("size", 0)))
