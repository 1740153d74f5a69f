"""Writing ONNX files with the same bytes every time, and reading their signatures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
import onnxruntime
from onnx.external_data_helper import convert_model_to_external_data

DATATYPES: Mapping[str, str] = {
    "bool": "BOOL",
    "uint8": "UINT8",
    "uint16": "UINT16",
    "uint32": "UINT32",
    "uint64": "UINT64",
    "int8": "INT8",
    "int16": "INT16",
    "int32": "INT32",
    "int64": "INT64",
    "float16": "FP16",
    "bfloat16": "BF16",
    "float": "FP32",
    "double": "FP64",
    "string": "BYTES",
}
"""onnxruntime's name of an element type → the Open Inference Protocol's."""


def save_graph(model: onnx.ModelProto, path: Path, *, weights: str | None = None) -> None:
    """Check the model and write it; `weights` names a file beside it for its large tensors.

    onnxruntime maps such a file instead of copying it, which halves the time to open a
    model of tens of megabytes.
    """
    model.producer_name, model.producer_version, model.doc_string = "samovar", "", ""
    # skl2onnx writes them in the order of a set, which is another one in each process.
    model.opset_import.sort(key=lambda opset: opset.domain)
    if weights:
        # onnx appends to a data file that is there already.
        path.with_name(weights).unlink(missing_ok=True)
        convert_model_to_external_data(model, location=weights, size_threshold=1024)
    onnx.save_model(model, path)
    onnx.checker.check_model(str(path))


def read_signature(path: Path) -> Mapping[str, list[dict[str, Any]]]:
    """A graph's `inputs` and `outputs` as {name, datatype, shape}, −1 for a free dimension."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return {
        "inputs": [_tensor(value) for value in session.get_inputs()],
        "outputs": [_tensor(value) for value in session.get_outputs()],
    }


def _tensor(value: Any) -> dict[str, Any]:
    element = value.type.removeprefix("tensor(").removesuffix(")")
    shape = [size if isinstance(size, int) else -1 for size in value.shape]
    return {"name": value.name, "datatype": DATATYPES[element], "shape": shape}
