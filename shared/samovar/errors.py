"""Every error that samovar raises on purpose.

    SamovarError
    ├── InvalidInput               the caller's request is wrong; sending it again will not help
    │   ├── MalformedBody          not the JSON, CSV, picture… that its media type says
    │   ├── UnknownTensor          an input or output that the model does not have
    │   ├── MissingTensor          an input that the model needs and the request lacks
    │   ├── DuplicateName          one name given twice
    │   ├── WrongDatatype          a tensor's datatype, or a value that does not fit it
    │   ├── WrongShape             a tensor's shape, or a count that does not match it
    │   ├── TooManyTokens          more tokens than there is time for where it was asked
    │   ├── HeavyLane              a model of the heavy lane, asked where nobody can wait for it
    │   ├── InvalidSchema          a form of an answer that cannot be kept to, or that no text has
    │   ├── UnsafeInput            an input built to exhaust memory (bombs)
    │   └── WebhookRefused         a webhook to where this deployment sends none
    ├── PayloadTooLarge            over a limit on bytes, pixels, rows or elements
    ├── UnsupportedMediaType       a Content-Type that the model does not take
    ├── UnsupportedEncoding        a Content-Encoding that samovar does not read
    ├── NotFound
    │   ├── ModelNotFound
    │   ├── VersionNotFound
    │   ├── RouteNotFound
    │   ├── JobNotFound
    │   ├── FileNotFound           a file that a batch is to read, or its answers
    │   ├── CollectionNotFound     a set of documents that nobody has sent
    │   ├── CollectionsNotConfigured  a server that was given no place to keep such sets
    │   └── JobsNotConfigured      a deployment without a table, a queue and a bucket for jobs
    ├── JobConflict                a job that is not in a state for what is asked of it
    │   └── RequestInFlight        the first request with an Idempotency-Key has no answer yet
    ├── CollectionConflict         a set of documents that was changed meanwhile, or exists
    │   └── CollectionStale        one whose model has changed since its documents were read
    ├── CollectionCorrupt          a kept set that is not as it was written
    ├── DeadlineExceeded           a call whose deadline had passed; it was not run
    ├── IdempotencyMismatch        an Idempotency-Key used again with another request
    ├── NotKept                    `only-if-cached`, and no answer to this is kept
    ├── MethodNotAllowed
    ├── ModelExists                a model loaded under a name that is taken
    ├── ModelFault                 the model folder is wrong; its owner has to mend it
    │   ├── ManifestInvalid        model.toml, with every fault in it
    │   ├── ModelCorrupt           not an ONNX file, or one that onnxruntime cannot open
    │   ├── ModelTampered          a file whose sha256 is not the manifest's
    │   ├── ModelUnsafe            unlisted external data, custom ops, links out of the folder
    │   └── ModelRunFailed         the graph itself failed on an input that fits its signature
    ├── GuardRefused               what a model's guard refuses, one for each kind: samovar.refusals
    ├── WorkerDied                 a job under which one process after the other has ended
    ├── SettingsInvalid            environment variables, every bad one at once
    ├── CommandFailed              what a command could not do, with the way out
    └── Unavailable                passing; sending it again may help (retryable)
        ├── ModelNotReady
        ├── Overloaded             more requests at once than a container takes
        ├── OutOfMemory            no room for one more model; unload another first
        ├── EndpointUnavailable    the heavy lane's endpoint is throttled, down or away
        ├── EndpointFailed         an attempt on the endpoint that ended without an answer
        ├── DeliveryFailed         a webhook's host cannot be reached, or does not answer
        └── StorageUnavailable

Errors know nothing of HTTP: each edge keeps its own table from error to status.
`code` is stable and part of the API; a message may change.
"""

from collections.abc import Iterable

from samovar.error_root import SamovarError

__all__ = ["SamovarError"]  # the root of all that follow


class InvalidInput(SamovarError):
    code = "invalid_input"


class MalformedBody(InvalidInput):
    code = "malformed_body"


class UnknownTensor(InvalidInput):
    code = "unknown_tensor"


class MissingTensor(InvalidInput):
    code = "missing_tensor"


class DuplicateName(InvalidInput):
    code = "duplicate_name"


class WrongDatatype(InvalidInput):
    code = "wrong_datatype"


class WrongShape(InvalidInput):
    code = "wrong_shape"


class TooManyTokens(InvalidInput):
    code = "too_many_tokens"


class HeavyLane(InvalidInput):
    code = "heavy_lane"


class InvalidSchema(InvalidInput):
    code = "invalid_schema"


class UnsafeInput(InvalidInput):
    code = "unsafe_input"


class WebhookRefused(InvalidInput):
    code = "webhook_refused"


class PayloadTooLarge(SamovarError):
    code = "payload_too_large"


class UnsupportedMediaType(SamovarError):
    code = "unsupported_media_type"


class UnsupportedEncoding(SamovarError):
    code = "unsupported_encoding"


class NotFound(SamovarError):
    code = "not_found"


class ModelNotFound(NotFound):
    code = "model_not_found"


class VersionNotFound(NotFound):
    code = "version_not_found"


class RouteNotFound(NotFound):
    code = "route_not_found"


class JobNotFound(NotFound):
    code = "job_not_found"


class FileNotFound(NotFound):
    code = "file_not_found"


class JobsNotConfigured(NotFound):
    code = "jobs_not_configured"


class JobConflict(SamovarError):
    """A job that another attempt holds or has ended, or a request still being answered."""

    code = "job_conflict"


class RequestInFlight(JobConflict):
    code = "request_in_flight"
    retryable = True


class CollectionNotFound(NotFound):
    code = "collection_not_found"


class CollectionsNotConfigured(NotFound):
    code = "collections_not_configured"


class CollectionConflict(SamovarError):
    code = "collection_conflict"


class CollectionStale(CollectionConflict):
    code = "collection_stale"


class CollectionCorrupt(SamovarError):
    code = "collection_corrupt"


class DeadlineExceeded(SamovarError):
    code = "deadline_exceeded"


class IdempotencyMismatch(SamovarError):
    code = "idempotency_mismatch"


class MethodNotAllowed(SamovarError):
    """A method that a route does not take; `allowed` has those that it does."""

    code = "method_not_allowed"

    def __init__(self, message: str, allowed: Iterable[str] = ()) -> None:
        self.allowed = tuple(allowed)
        super().__init__(message)


class NotKept(SamovarError):
    code = "not_kept"


class ModelExists(SamovarError):
    code = "model_exists"


class ModelFault(SamovarError):
    code = "model_fault"


class ManifestInvalid(ModelFault):
    """A manifest with faults; `faults` has each one as `file:line: what is wrong`."""

    code = "manifest_invalid"

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class ModelCorrupt(ModelFault):
    code = "model_corrupt"


class ModelTampered(ModelFault):
    code = "model_tampered"


class ModelUnsafe(ModelFault):
    code = "model_unsafe"


class ModelRunFailed(ModelFault):
    code = "model_run_failed"


class WorkerDied(SamovarError):
    code = "worker_died"


class SettingsInvalid(SamovarError):
    """Settings with faults; `faults` has one line for each bad variable."""

    code = "settings_invalid"

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class CommandFailed(SamovarError):
    """What a command of the `samovar` tool could not do; the message says what to do next."""

    code = "command_failed"


class Unavailable(SamovarError):
    code = "unavailable"
    retryable = True


class ModelNotReady(Unavailable):
    code = "model_not_ready"


class Overloaded(Unavailable):
    code = "overloaded"


class OutOfMemory(Unavailable):
    code = "out_of_memory"


class EndpointUnavailable(Unavailable):
    code = "endpoint_unavailable"


class EndpointFailed(Unavailable):
    code = "endpoint_failed"


class DeliveryFailed(Unavailable):
    code = "delivery_failed"


class StorageUnavailable(Unavailable):
    code = "storage_unavailable"
