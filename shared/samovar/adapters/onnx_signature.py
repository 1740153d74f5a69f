"""A session's tensors as the Open Inference Protocol names them."""

from collections.abc import Sequence

from samovar.adapters.engine import ort
from samovar.types import TensorSpec

_DATATYPES = {
    "tensor(bool)": "BOOL",
    "tensor(uint8)": "UINT8",
    "tensor(uint16)": "UINT16",
    "tensor(uint32)": "UINT32",
    "tensor(uint64)": "UINT64",
    "tensor(int8)": "INT8",
    "tensor(int16)": "INT16",
    "tensor(int32)": "INT32",
    "tensor(int64)": "INT64",
    "tensor(float16)": "FP16",
    "tensor(bfloat16)": "BF16",
    "tensor(float)": "FP32",
    "tensor(double)": "FP64",
    "tensor(string)": "BYTES",
}


def specs(arguments: Sequence["ort.NodeArg"]) -> tuple[TensorSpec, ...]:
    """The tensors; what is a sequence or a map is left out."""
    return tuple(
        TensorSpec(
            a.name,
            _DATATYPES[a.type],
            tuple(size if isinstance(size, int) and size >= 0 else -1 for size in a.shape),
        )
        for a in arguments
        if a.type in _DATATYPES
    )
