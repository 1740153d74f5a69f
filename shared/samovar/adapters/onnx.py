"""onnxruntime behind the Runner port: one session for one graph."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from samovar.adapters.engine import ort, said_by
from samovar.adapters.heap import prepare_heap, return_heap
from samovar.adapters.onnx_cache import OnnxCache
from samovar.adapters.onnx_signature import specs
from samovar.compiled import FORM_KINDS, PLAIN, FormKind
from samovar.errors import ModelCorrupt, ModelRunFailed
from samovar.types import Array, Signature, Tensors

_LEVELS = {
    "basic": ort.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "all": ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
}
_OPENING = {"session.prepack.enable_parallel": "1"}  # by all threads: opens in half the time
_RESTING = {"session.intra_op.allow_spinning": "0"}
_WAITING = {
    "session.intra_op.allow_spinning": "1",
    "session.intra_op.spin_duration_us": "1000",
}
_BFLOAT16 = 16  # onnx.TensorProto.BFLOAT16
# CUDA before TensorRT: TensorRT builds an engine for each shape that it meets, for minutes.
_CPU = "CPUExecutionProvider"
_PREFERRED = ("CUDAExecutionProvider", "TensorrtExecutionProvider", _CPU)


class OnnxRunner:
    """A session over one file. Threads: as many as the function's share of CPUs.

    A thread that `waits` looks for its next kernel for a millisecond before it sleeps: to wake
    one for each kernel takes a quarter to a third of a run. So do the threads of functions,
    which answer one request at a time on CPUs of their own, and of graphs that run again and
    again for one answer. Others rest: beside other work each waiting thread is in its way.
    """

    def __init__(
        self,
        path: Path,
        *,
        threads: int = 1,
        providers: Sequence[str] = (_CPU,),
        kind: str = PLAIN,
        waits: bool = False,
    ) -> None:
        self.form = kind
        if kind != PLAIN:  # which would keep what it frees: its weights, as they were read
            prepare_heap()
        options = _options(FORM_KINDS[kind], {**_OPENING, **(_WAITING if waits else _RESTING)})
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        try:
            self._session = ort.InferenceSession(str(path), options, providers=list(providers))
        except Exception as error:  # noqa: BLE001 - onnxruntime's errors have no common base
            raise ModelCorrupt(f"onnxruntime cannot open {path.name}: {said_by(error)}") from None
        if kind != PLAIN:
            return_heap()
        self._signature = Signature(
            specs(self._session.get_inputs()), specs(self._session.get_outputs())
        )
        self._outputs = [spec.name for spec in self._signature.outputs]
        self._strings = [s.name for s in self._signature.inputs if s.datatype == "BYTES"]
        every = (*self._signature.inputs, *self._signature.outputs)
        self._bfloat16 = {spec.name for spec in every if spec.datatype == "BF16"}
        self._device = "cpu" if self.providers == (_CPU,) else "cuda"

    @property
    def providers(self) -> tuple[str, ...]:
        """The execution providers that this session runs on, best first.

        Those asked for, less those whose libraries or whose device is not there.
        """
        return tuple(self._session.get_providers())

    @property
    def signature(self) -> Signature:
        """The graph's tensors; outputs that are sequences or maps are left out."""
        return self._signature

    def run(self, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
        """The named outputs (all when empty). Raises ModelRunFailed."""
        names = list(outputs) or self._outputs
        feed = dict(tensors)
        for name in self._strings:
            feed[name] = _as_text(name, feed[name])
        try:
            if self._bfloat16:
                return self._run_values(feed, names)
            return dict(zip(names, self._session.run(names, feed), strict=True))
        except Exception as error:  # noqa: BLE001 - onnxruntime's errors have no common base
            raise ModelRunFailed(f"the model failed on this input: {said_by(error)}") from None

    def run_kept(
        self, tensors: Mapping[str, Any], outputs: Sequence[str], kept: Sequence[str]
    ) -> dict[str, Any]:
        """The named outputs as arrays, and those of `kept` as values on the session's device.

        Kept values are not copied between runs. Raises ModelRunFailed.
        """
        if self._strings or self._bfloat16:  # which cannot be bound
            return self.run(tensors, [*outputs, *kept])
        try:
            return self._run_bound(tensors, outputs, kept)
        except Exception as error:  # noqa: BLE001 - onnxruntime's errors have no common base
            raise ModelRunFailed(f"the model failed on this input: {said_by(error)}") from None

    def open_cache(self, pairs: Mapping[str, str], rows: int, length: int) -> OnnxCache:
        """Room for `rows` rows of `length` tokens; `pairs` is past → the present after it."""
        return OnnxCache(self._session, self._signature, pairs, rows, length, self._device)

    def _run_bound(
        self, tensors: Mapping[str, Any], outputs: Sequence[str], kept: Sequence[str]
    ) -> dict[str, Any]:
        binding = self._session.io_binding()
        # What is bound by address must live until the run is over.
        arrays = {
            name: np.ascontiguousarray(value)
            for name, value in tensors.items()
            if isinstance(value, np.ndarray)
        }
        for name, value in tensors.items():
            if name in arrays:
                binding.bind_cpu_input(name, arrays[name])
            else:
                binding.bind_ortvalue_input(name, value)
        for name in outputs:
            binding.bind_output(name, "cpu")
        for name in kept:
            binding.bind_output(name, self._device)
        self._session.run_with_iobinding(binding)
        found = dict(zip([*outputs, *kept], binding.get_outputs(), strict=True))
        return {name: value if name in kept else value.numpy() for name, value in found.items()}

    def _run_values(self, feed: Tensors, names: list[str]) -> dict[str, Array]:
        """bfloat16 has no numpy type: its bits go in and come out as uint16."""
        values = {
            name: ort.OrtValue.ortvalue_from_numpy_with_onnx_type(array, _BFLOAT16)
            if name in self._bfloat16
            else ort.OrtValue.ortvalue_from_numpy(array)
            for name, array in feed.items()
        }
        results = self._session.run_with_ort_values(names, values)
        return {
            name: _bits(value) if name in self._bfloat16 else value.numpy()
            for name, value in zip(names, results, strict=True)
        }


def _options(kind: FormKind, threads: dict[str, str]) -> "ort.SessionOptions":
    options = ort.SessionOptions()
    options.log_severity_level = 4  # fatal: errors are raised, and need no second telling
    options.graph_optimization_level = _LEVELS[kind.level]
    for key, value in {**threads, **kind.entries}.items():
        options.add_session_config_entry(key, value)
    return options


def available_providers() -> tuple[str, ...]:
    """The execution providers of this build, best first."""
    have = set(ort.get_available_providers())
    return tuple(name for name in _PREFERRED if name in have)


def _bits(value: "ort.OrtValue") -> Array:
    import ctypes

    shape = value.shape()
    count = int(np.prod(shape))
    raw = ctypes.string_at(value.data_ptr(), count * 2)
    return np.frombuffer(raw, np.uint16).reshape(shape)


def _as_text(name: str, array: Array) -> Array:
    """BYTES as str elements, which onnxruntime takes; binary requests bring bytes."""
    try:
        values = [v.decode() if isinstance(v, bytes) else v for v in array.flat]
    except UnicodeDecodeError:
        raise ModelRunFailed(f"input '{name}' has a string that is not UTF-8") from None
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out.reshape(array.shape)
