"""What samovar needs of the outside world. A port says what, and lists what it raises."""

from __future__ import annotations  # every start meets this list, and few need what it names

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from samovar.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from samovar.errors import SamovarError
    from samovar.job_events import Answer, Event
    from samovar.jobs import EndpointCall, Job, JobPage, JobQuery, Placed, Upload
    from samovar.routing import Load
    from samovar.statistics import ModelStatistics
    from samovar.types import Array, ModelSpec, Payload, Signature, Tensors

Item = TypeVar("Item")
Result = TypeVar("Result")


class Runner(Protocol):
    """One graph with its weights in memory."""

    @property
    def signature(self) -> Signature:
        """The graph's own inputs and outputs."""
        ...

    def run(self, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
        """The named outputs (all of them when empty). Raises ModelRunFailed."""
        ...

    def run_kept(
        self, tensors: Mapping[str, Any], outputs: Sequence[str], kept: Sequence[str]
    ) -> dict[str, Any]:
        """The named outputs as arrays, those of `kept` as what stays where the graph made it.

        A kept value is good for nothing but as one of the `tensors` of another `run_kept`, of
        this or another graph in this process: on a GPU it has never left it. Raises
        ModelRunFailed.
        """
        ...


class ModelFiles(Protocol):
    """One version of a model on local disk."""

    checked: bool
    """Whether they are known to be those that the manifest lists: sealed, and of the same size."""

    def path(self, name: str) -> Path:
        """Where a file of this version lies. Raises ModelCorrupt when there is none."""
        ...

    def read(self, name: str) -> bytes:
        """A small file's bytes (labels, tokenizer). Raises ModelCorrupt when there is none."""
        ...


class ModelStore(Protocol):
    """Where models lie. Every method raises StorageUnavailable when it cannot be reached."""

    def names(self) -> tuple[str, ...]:
        """The models' names, sorted."""
        ...

    def spec(self, name: str) -> ModelSpec:
        """The model's manifest. Raises ModelNotFound, ManifestInvalid."""
        ...

    def versions(self, name: str) -> tuple[str, ...]:
        """Its versions, oldest first. Raises ModelNotFound."""
        ...

    def fetch(self, name: str, version: str) -> ModelFiles:
        """Its files on local disk, not yet checked. Raises ModelNotFound, VersionNotFound."""
        ...


class Predictor(Protocol):
    """The seam between platforms: bytes in, bytes out. `model` is a name, `version` may be ""."""

    def predict(self, model: str, version: str, payload: Payload) -> Payload:
        """The answer to one request. Raises any SamovarError."""
        ...


class StreamPredictor(Predictor, Protocol):
    """A predictor whose answers may also come piece by piece."""

    def stream(self, model: str, version: str, payload: Payload) -> Generator[bytes, None, None]:
        """The answer in pieces, each a JSON document; what is not read of it is not worked out."""
        ...


class ModelHost(StreamPredictor, Protocol):
    """A predictor that holds its models in this process and can tell of them."""

    def predict_many(
        self, model: str, version: str, payloads: Sequence[Payload]
    ) -> list[Payload | SamovarError]:
        """The answer or the error of each request, micro-batched. Raises NotFound, ModelFault."""
        ...

    def signature(self, model: str, version: str) -> Signature:
        """The tensors of a model. Raises NotFound, ModelFault."""
        ...

    def statistics(self) -> Mapping[tuple[str, str], ModelStatistics]:
        """What this process has done, by model and version."""
        ...

    def opened(self, model: str, version: str) -> ModelSpec:
        """The manifest by which a version answers here. Raises NotFound, ModelFault."""
        ...


class JobTable(Protocol):
    """Jobs, one item each. Every method raises StorageUnavailable when it cannot be reached."""

    def create(self, job: Job) -> bool:
        """Write a new job; False, and nothing written, where its id exists."""
        ...

    def get(self, job_id: str) -> Job | None:
        """The job as it stands now (a consistent read), or None."""
        ...

    def replace(self, job: Job) -> bool:
        """Write a job over its last revision (`job.revision - 1`); False where that is gone."""
        ...

    def find(self, query: JobQuery) -> JobPage:
        """Jobs by state and model, newest first; may lag behind writes by a moment.

        Raises InvalidInput for a cursor that is none of its own.
        """
        ...


class LoadTable(Protocol):
    """What is known of models' jobs, an item each. Raises StorageUnavailable."""

    def get(self, name: str) -> Load:
        """What was last said under a name, perhaps a moment ago; an empty load if nothing was."""
        ...

    def put(self, load: Load) -> Load | None:
        """Write over the last revision (`load.revision - 1`); if that is gone, what is there."""
        ...


class JobQueue(Protocol):
    """Where jobs wait for a worker. At least once, in no order. Raises StorageUnavailable."""

    def send(self, job_ids: Sequence[str], delay_s: int = 0) -> None:
        """Queue a message for each job."""
        ...

    def postpone(self, receipt: str, seconds: int) -> None:
        """Hide a message that is being worked on for so long from now."""
        ...


class BlobStore(Protocol):
    """Objects by URI. Raises StorageUnavailable; InvalidInput for a URI that is not allowed."""

    def get(self, uri: str) -> bytes:
        """The object's bytes. Raises InvalidInput where there is none, PayloadTooLarge."""
        ...

    def put(self, key: str, body: bytes, content_type: str) -> str:
        """Write an object under this deployment's own prefix; its URI."""
        ...

    def uri(self, key: str) -> str:
        """The URI of the object that `key` names, be it there or not. Raises InvalidInput."""
        ...

    def presign(self, key: str, content_type: str, max_bytes: int) -> Upload:
        """An upload of one object that a client may do itself, size-limited."""
        ...


@dataclass(frozen=True, slots=True)
class BlobHead:
    """What is known of an object without reading it."""

    size: int
    content_type: str


class BlobHeads(Protocol):
    """Whether objects are there. Raises as BlobStore does."""

    def head(self, uri: str) -> BlobHead | None:
        """The object's bytes and media type; None where there is none."""
        ...


class BlobLinks(Protocol):
    """Objects for those who are not let into the bucket."""

    def link(self, uri: str) -> str:
        """A URL from which anybody can read the object for a while. Raises InvalidInput."""
        ...


class BlobStreams(Protocol):
    """Objects too large to hold, piece by piece. Raises as BlobStore does."""

    def size(self, uri: str) -> int | None:
        """The object's bytes; None where there is none."""
        ...

    def read(self, uri: str, start: int, length: int) -> bytes:
        """A part of an object, shorter at its end. Raises InvalidInput where there is none."""
        ...

    def write(self, key: str, pieces: Iterable[bytes], content_type: str) -> str:
        """An object made of pieces, whole or not at all; its URI. A few pieces are held at once."""
        ...

    def names(self, prefix: str) -> Iterator[str]:
        """The keys that begin with a prefix, in order."""
        ...


class BlobFiles(BlobStreams, Protocol):
    """Streams that storage itself can put together. Raises as BlobStore does."""

    def join(self, key: str, uris: Sequence[str], content_type: str) -> str:
        """An object made of others, in order, whole or not at all; its URI."""
        ...


class Endpoint(Protocol):
    """A model server that takes a call now and tells of its answer later, at least once."""

    def invoke(self, call: EndpointCall) -> Placed:
        """Take the call. Raises Unavailable (throttled, down, away), InvalidInput."""
        ...


class Sink(Protocol):
    """Somebody who is told of jobs' ends, at least once."""

    def tell(self, event: Event) -> Answer:
        """What it answered. Raises Unavailable where it did not, WebhookRefused."""
        ...


@dataclass(frozen=True, slots=True)
class JobPorts:
    """What jobs always need together. Without a heavy lane, the light one runs all jobs."""

    table: JobTable
    queue: JobQueue
    blobs: BlobStore
    heavy: JobQueue | None = None
    events: JobQueue | None = None  # of ended jobs whose ends are to be told of
    links: BlobLinks | None = None  # to results that are too large to be sent
    heads: BlobHeads | None = None  # of inputs, before an endpoint is woken for them
    streams: BlobStreams | None = None  # to files that clients keep here
    loads: LoadTable | None = None  # of models that leave their lane to the load
    routed: Callable[[Job], object] = bool  # is told of each of their new jobs

    def queue_of(self, job: Job) -> JobQueue:
        """Where a job waits."""
        if self.heavy is None or job.lane != "heavy":  # a queue may be empty, and so false
            return self.queue
        return self.heavy


class Clock(Protocol):
    """Time, so that tests can hold it still."""

    def now_ns(self) -> int:
        """Wall time, nanoseconds since the epoch."""
        ...

    def perf_ns(self) -> int:
        """Monotonic time in nanoseconds, for durations."""
        ...


class Hands(Protocol):
    """What a process does at the same time, and what it does while it is at work."""

    def each(self, do: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """`do` of each item, in their order; perhaps several at once. Raises what `do` raises."""
        ...

    def beating(self, beat: Callable[[], None], every_s: float) -> AbstractContextManager[None]:
        """Call `beat` now and then while the block runs; never after it has ended."""
        ...
