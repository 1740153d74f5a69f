"""Keys and values of rows that grow, kept where onnxruntime reads and writes them in place."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from samovar.adapters.engine import ort, said_by
from samovar.errors import ModelRunFailed
from samovar.types import DTYPES, Array, Signature

_PLAIN = ("FP16", "FP32", "FP64", "INT32", "INT64")


class _Bound:
    """A binding of some rows' past and present, and the outputs that have one place for good."""

    def __init__(self, binding: Any, kept: Mapping[str, Array]) -> None:
        self.binding = binding
        self.kept = kept
        self._given: dict[str, Array] = {}  # what is bound by address must live
        for name, array in kept.items():
            binding.bind_output(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)

    def give(self, tensors: Mapping[str, Array]) -> None:
        """Inputs of the next run; what has the shape that it had is bound already."""
        for name, array in tensors.items():
            held = self._given.get(name)
            if held is not None and (held.shape, held.dtype) == (array.shape, array.dtype):
                held[...] = array
            else:
                self._given[name] = array.copy()  # in one piece
                self.binding.bind_cpu_input(name, self._given[name])


class OnnxCache:
    """Buffers of `rows` rows with room for `length` tokens each, one for each past tensor.

    A past tensor and the present one that continues it are bound to the same memory, so a
    token costs what it adds and not a copy of all that was said before. On a CPU the memory is
    taken from the system page by page, as rows grow, and never by pages of 2 MB.
    """

    def __init__(
        self,
        session: "ort.InferenceSession",
        signature: Signature,
        pairs: Mapping[str, str],
        rows: int,
        length: int,
        device: str,
    ) -> None:
        self.rows, self.length = rows, length
        self._session, self._device, self._pairs = session, device, pairs
        specs = {spec.name: spec for spec in signature.inputs}
        self._dtypes = {name: DTYPES[specs[name].datatype] for name in pairs}
        self._shapes = {
            name: tuple(length if size < 0 else size for size in specs[name].shape[1:])
            for name in pairs
        }
        self._held = {name: self._allocate(name) for name in pairs}
        self._bound: dict[tuple[int, int], _Bound] = {}
        presents = {*pairs.values()}
        self._kept = {  # outputs of every run, where only the rows are not told
            spec.name: np.empty((rows, *spec.shape[1:]), DTYPES[spec.datatype])
            for spec in signature.outputs
            if spec.name not in presents and spec.datatype in _PLAIN
            if min(spec.shape[1:], default=-1) >= 0
        }

    def run(
        self, tensors: Mapping[str, Array], outputs: Sequence[str], first: int, count: int
    ) -> dict[str, Array]:
        """The named outputs of a run over rows `first` … `first + count − 1`, which it extends.

        They may be overwritten by the next run. Raises ModelRunFailed.
        """
        bound = self._bound_for(first, count)
        binding, loose = bound.binding, [name for name in outputs if name not in bound.kept]
        try:
            bound.give(tensors)
            for name in loose:
                binding.bind_output(name, "cpu")
            self._session.run_with_iobinding(binding)
        except Exception as error:  # noqa: BLE001 - onnxruntime's errors have no common base
            raise ModelRunFailed(f"the model failed on this input: {said_by(error)}") from None
        # To ask for outputs makes an object of each present: a fifth of a millisecond.
        found = {name: bound.kept[name] for name in outputs if name in bound.kept}
        if loose:  # what was bound first comes first: the presents, what is kept, then these
            values = binding.get_outputs()[len(self._pairs) + len(bound.kept) :]
            found |= {name: value.numpy() for name, value in zip(loose, values, strict=True)}
        return found

    def _allocate(self, name: str) -> Any:
        shape = (self.rows, *self._shapes[name])
        if self._device == "cpu":
            return room(shape, self._dtypes[name])
        return ort.OrtValue.ortvalue_from_shape_and_type(shape, self._dtypes[name], self._device, 0)

    def _bound_for(self, first: int, count: int) -> _Bound:
        if (first, count) not in self._bound:
            self._bound[first, count] = self._bind(first, count)
        return self._bound[first, count]

    def _bind(self, first: int, count: int) -> _Bound:
        binding = self._session.io_binding()
        for past, present in self._pairs.items():
            dtype, shape = self._dtypes[past], self._shapes[past]
            start = first * int(np.prod(shape)) * np.dtype(dtype).itemsize
            address = _address(self._held[past]) + start
            binding.bind_input(past, self._device, 0, dtype, [count, *shape], address)
            binding.bind_output(present, self._device, 0, dtype, [count, *shape], address)
        return _Bound(binding, {name: array[:count] for name, array in self._kept.items()})


def room(shape: tuple[int, ...], dtype: Any) -> Array:
    """Zeros of a shape, whose memory is taken where it is written to, 4 KB at a time.

    numpy asks Linux for huge pages, of which a few tokens in each head of each layer touch all:
    600 MB for eight short texts, and a quarter of a second for the first.
    """
    import mmap  # for models that loop; most starts have none

    held = mmap.mmap(-1, max(int(np.prod(shape)) * np.dtype(dtype).itemsize, 1))
    if hasattr(mmap, "MADV_NOHUGEPAGE"):  # Linux
        with suppress(OSError):  # a kernel that has none
            held.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(held, dtype, int(np.prod(shape))).reshape(shape)


def _address(held: Any) -> int:
    return int(held.ctypes.data if isinstance(held, np.ndarray) else held.data_ptr())
