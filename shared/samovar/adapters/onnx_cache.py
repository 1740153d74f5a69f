"""Keys and values of rows that grow, kept where onnxruntime reads and writes them in place."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from samovar.adapters.engine import ort, said_by
from samovar.errors import ModelRunFailed
from samovar.types import DTYPES, Array, Signature


class OnnxCache:
    """Buffers of `rows` rows with room for `length` tokens each, one for each past tensor.

    A past tensor and the present one that continues it are bound to the same memory, so a
    token costs what it adds and not a copy of all that was said before. On a CPU the memory is
    taken from the system page by page, as rows grow.
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
        self._bound: dict[tuple[int, int], Any] = {}

    def run(
        self, tensors: Mapping[str, Array], outputs: Sequence[str], first: int, count: int
    ) -> dict[str, Array]:
        """The named outputs of a run over rows `first` … `first + count − 1`, which it extends.

        Raises ModelRunFailed.
        """
        binding = self._binding(first, count)
        # What is bound by address must live until the run is over.
        given = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
        try:
            for name, array in given.items():
                binding.bind_cpu_input(name, array)
            for name in outputs:
                binding.bind_output(name, "cpu")
            self._session.run_with_iobinding(binding)
        except Exception as error:  # noqa: BLE001 - onnxruntime's errors have no common base
            raise ModelRunFailed(f"the model failed on this input: {said_by(error)}") from None
        # What was bound first comes first: the presents, then the outputs.
        found = binding.get_outputs()[len(self._pairs) :]
        return {name: value.numpy() for name, value in zip(outputs, found, strict=True)}

    def _allocate(self, name: str) -> Any:
        shape = (self.rows, *self._shapes[name])
        if self._device == "cpu":
            return np.zeros(shape, self._dtypes[name])
        return ort.OrtValue.ortvalue_from_shape_and_type(shape, self._dtypes[name], self._device, 0)

    def _binding(self, first: int, count: int) -> Any:
        if (first, count) not in self._bound:
            self._bound[first, count] = self._bind(first, count)
        return self._bound[first, count]

    def _bind(self, first: int, count: int) -> Any:
        binding = self._session.io_binding()
        for past, present in self._pairs.items():
            dtype, shape = self._dtypes[past], self._shapes[past]
            start = first * int(np.prod(shape)) * np.dtype(dtype).itemsize
            address = _address(self._held[past]) + start
            binding.bind_input(past, self._device, 0, dtype, [count, *shape], address)
            binding.bind_output(present, self._device, 0, dtype, [count, *shape], address)
        return binding


def _address(held: Any) -> int:
    return int(held.ctypes.data if isinstance(held, np.ndarray) else held.data_ptr())
