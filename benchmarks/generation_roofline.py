"""What bounds a token: the bytes that are read for it, and how many of them memory gives."""

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

_BYTES, _TIMES, _THREADS = 256 * 2**20, 5, 2


def roofline(graph: Path) -> dict[str, float]:
    """Bytes of weights a step, bytes of keys and values a token, and bytes a second of memory."""
    import onnx

    held = onnx.load(str(graph), load_external_data=False).graph
    constants = {one.name: one for one in held.initializer}
    read = {name for node in held.node if node.op_type in _READ for name in node.input}
    weights = sum(_bytes_of(constants[name]) for name in read & constants.keys())
    cached = sum(_cached(one) for one in held.input if one.name.startswith("past"))
    return {"weights": weights, "cached": cached, "bandwidth": bandwidth()}


_READ = ("MatMulNBits", "MatMul", "Gemm", "RMSNormalization", "SkipSimplifiedLayerNormalization")


def _bytes_of(tensor: Any) -> float:
    from onnx import helper

    return float(np.prod(tensor.dims) * helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize)


def _cached(value: Any) -> float:
    _, heads, _, width = (one.dim_value for one in value.type.tensor_type.shape.dim)
    return float(heads * width * 4)


def bandwidth() -> float:
    """Bytes a second that two threads read of arrays that no cache holds: the best of a few."""
    arrays = [np.ones(_BYTES // 8, np.int64) for _ in range(_THREADS)]
    return max(_read(arrays) for _ in range(_TIMES))


def _read(arrays: list[np.ndarray[Any, Any]]) -> float:
    threads = [threading.Thread(target=array.max) for array in arrays]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(array.nbytes for array in arrays) / (time.perf_counter() - start)
