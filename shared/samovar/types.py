"""The values that travel through samovar: frozen, slotted, and free of any SDK."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from samovar.keeping import CacheSpec
from samovar.profile import Profile
from samovar.values import dataclass, field

Array = np.ndarray[Any, np.dtype[Any]]  # numpy.typing's NDArray, whose import takes time
Tensors = Mapping[str, Array]
ReadAsset = Callable[[str], bytes]
"""Name of a file beside the model (`tokenizer.json`) → its verified bytes."""

OIP_JSON = "application/vnd.oip+json"
OIP_BINARY = "application/vnd.sagemaker-triton.binary+json"
"""An Open Inference Protocol body: JSON, or JSON and raw tensors (`;json-header-size=N`).

Below the doors only the media type tells an OIP request from a person's JSON: the same bytes
mean the same in a function, a queue and on SageMaker, which strips all headers but Content-Type.
"""

DTYPES: Mapping[str, np.dtype[Any]] = {
    "BOOL": np.dtype(np.bool_),
    "UINT8": np.dtype("<u1"),
    "UINT16": np.dtype("<u2"),
    "UINT32": np.dtype("<u4"),
    "UINT64": np.dtype("<u8"),
    "INT8": np.dtype("<i1"),
    "INT16": np.dtype("<i2"),
    "INT32": np.dtype("<i4"),
    "INT64": np.dtype("<i8"),
    "FP16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),  # numpy has no bfloat16: its bits travel as uint16
    "FP32": np.dtype("<f4"),
    "FP64": np.dtype("<f8"),
    "BYTES": np.dtype(object),  # elements are str or bytes
}
"""Open Inference Protocol datatype → the numpy dtype that holds it."""


@dataclass(frozen=True, slots=True)
class Payload:
    """Bytes with what is needed to read them: the one thing that crosses a platform's seam."""

    body: bytes
    content_type: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """A tensor's name, protocol datatype (a key of DTYPES) and shape, −1 for a free dimension."""

    name: str
    datatype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """What a model takes and gives, tensor by tensor."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


class Kind(StrEnum):
    """What flows between steps. Every kind is a batch: an empty one is legal."""

    TEXT = "text"  # list[str]
    IMAGE = "image"  # list[uint8 array (height, width, 3), RGB]
    AUDIO = "audio"  # list[Audio]
    BYTES = "bytes"  # list[bytes]
    PROMPT = "prompt"  # list[Prompt | str], a str is what a user says
    ROWS = "row"  # list[dict[str, JSON value]]
    TENSORS = "tensor"  # dict[str, array]
    ANSWERS = "answer"  # list[dict[str, JSON value or array]]


@dataclass(frozen=True, slots=True)
class Audio:
    """Mono sound: float32 (samples,) in [−1, 1], its rate in hertz, its language ("": unsaid)."""

    samples: Array
    rate_hz: int
    language: str = ""


class Step(Protocol):
    """A step's parameters, already checked. `bind` gives the function that does the work.

    A step is a frozen dataclass whose fields are the keys that a manifest may set.
    """

    takes: ClassVar[Kind]
    gives: ClassVar[Kind]

    def assets(self) -> tuple[str, ...]:
        """Names of the files beside the model that `bind` will read."""
        ...

    def bind(self, read: ReadAsset) -> Callable[[Any], Any]:
        """The step as a function over a whole batch of `takes`, giving a batch of `gives`."""
        ...


@runtime_checkable
class Pads(Protocol):
    """A step that brings rows of different lengths to one."""

    def padded(self) -> tuple[str, ...]:
        """Its tensors (rows, longest), the mask first: 1 for a row's own columns, 0 for padding.
        () where it makes no mask: then nobody can tell them apart.
        """
        ...


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What a person sends to `predict`."""

    kind: Kind = Kind.TENSORS
    columns: tuple[str, ...] = ()  # of a row; empty: the graph's own input names


@dataclass(frozen=True, slots=True)
class ProgramSpec:
    """How a model's graphs are driven: a name in PROGRAMS, its graphs by role, its parameters."""

    name: str = "single"
    runners: Mapping[str, str] = field(default_factory=lambda: {"model": "model.onnx"})
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BatchSpec:
    """How requests share a run: the tensors' batch axis (None: never) and the largest batch."""

    axis: int | None = 0
    max_size: int = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may ask of a model; checked before memory is taken."""

    max_rows: int = 4096
    max_elements: int = 64 * 1024 * 1024  # of one tensor
    max_pixels: int = 40_000_000
    max_text_bytes: int = 1_000_000  # of one text
    max_seconds: float = 600.0  # of one sound


@dataclass(frozen=True, slots=True)
class Example:
    """A golden example: a request body and the answer that it must give, within a tolerance."""

    name: str
    payload: Payload
    expect: Mapping[str, Any]
    tolerance: float = 1e-3
    file: str = ""  # that the body came from, relative to the model's folder


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A manifest, read and checked. Files are named `version/file`, with their sha256 in hex."""

    name: str
    task: str = "tensors"
    title: str = ""
    description: str = ""
    lane: str = "light"
    bundle: bool = False
    licence: str = ""
    origin: str = ""
    input: InputSpec = InputSpec()
    program: ProgramSpec = field(default_factory=ProgramSpec)
    pre: tuple[Step, ...] = ()
    post: tuple[Step, ...] = ()
    guards_before: tuple[Step, ...] = ()
    guards_after: tuple[Step, ...] = ()
    batch: BatchSpec = BatchSpec()
    limits: Limits = Limits()
    custom_domains: tuple[str, ...] = ()
    external_data: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    signatures: Mapping[str, Signature] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    profile: Profile = field(default_factory=Profile)
    cache: CacheSpec = CacheSpec()
    examples: Sequence[Example] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a table of a manifest: the key it is at ("" for the table) and why."""

    key: str
    message: str
