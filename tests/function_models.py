"""Models that are Python functions, for tests of what lies around a graph."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from samovar.adapters.memory import FunctionRunner
from samovar.manifest import read_manifest
from samovar.model import Model
from samovar.programs import program_type
from samovar.types import Array, Signature, Tensors, TensorSpec

Function = Callable[[Tensors], Mapping[str, Array]]


def function_model(
    function: Function,
    inputs: Mapping[str, tuple[str, tuple[int, ...]]],
    outputs: Mapping[str, tuple[str, tuple[int, ...]]],
    manifest: str = 'title = "Function"\n',
) -> tuple[Model, FunctionRunner]:
    """The model, version 1, and the runner that keeps its calls."""
    signature = Signature(
        tuple(TensorSpec(name, *spec) for name, spec in inputs.items()),
        tuple(TensorSpec(name, *spec) for name, spec in outputs.items()),
    )
    runner = FunctionRunner(signature, function)
    spec = read_manifest("function", manifest)
    single = program_type("single")()
    return Model(spec, "1", single.bind(spec, {"model": runner}, _no_file)), runner


def _no_file(name: str) -> bytes:
    raise FileNotFoundError(name)


def doubler(manifest: str = 'title = "Doubler"\n') -> tuple[Model, FunctionRunner]:
    """x FP32 [-1, -1] → y FP32 [-1, -1]: 2x, and n INT64 [-1]: the width of x. Refuses 13."""

    def run(tensors: Tensors) -> dict[str, Any]:
        x = tensors["x"]
        if (x == 13).any():
            raise ValueError("13 is no number for this model")
        return {"y": x * 2, "n": np.full(len(x), x.shape[1], np.int64)}

    shapes = {"y": ("FP32", (-1, -1)), "n": ("INT64", (-1,))}
    return function_model(run, {"x": ("FP32", (-1, -1))}, shapes, manifest)
