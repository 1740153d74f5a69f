"""What a file is, from its bytes: magika's graph, with the start of the file passed through."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from recipes import Metrics
from recipes.onnxfile import save_graph

PACKAGE = Path("magika")
MODEL = PACKAGE / "models/standard_v3_3"
GENERIC = ("empty", "txt", "unknown")
"""What is said without, or against, the graph."""


def build(weights: Path, out: Path) -> Metrics:
    """The graph, its labels, and what is known of each label."""
    config = read_config(weights)
    labels: list[str] = config["target_labels_space"]
    graph = with_head(onnx.load(weights / MODEL / "model.onnx"), config["min_file_size_for_dl"])
    save_graph(graph, out / "model.onnx")
    (out / "labels.txt").write_text("".join(f"{label}\n" for label in labels), encoding="utf-8")
    named = {config["overwrite_map"].get(label, label) for label in labels} | {*GENERIC, *labels}
    kinds = json.loads((weights / PACKAGE / "config/content_types_kb.min.json").read_bytes())
    described = {label: describe(label, kinds[label]) for label in sorted(named)}
    (out / "types.json").write_text(json.dumps(described, indent=0), encoding="utf-8")
    return {"labels": len(labels)}


def read_config(weights: Path) -> dict[str, Any]:
    """The published settings: sizes of the windows, thresholds, labels."""
    config: dict[str, Any] = json.loads((weights / MODEL / "config.min.json").read_bytes())
    return config


def describe(label: str, kind: dict[str, Any]) -> dict[str, Any]:
    """A label's media type, group, description and whether it is text, with magika's defaults."""
    fallback = "text/plain" if kind["is_text"] else "application/octet-stream"
    return {
        "mime_type": kind["mime_type"] or fallback,
        "group": kind["group"] or "unknown",
        "description": kind["description"] or label,
        "is_text": kind["is_text"],
    }


def with_head(model: onnx.ModelProto, tokens: int) -> onnx.ModelProto:
    """The model with a second output: `head`, the first tokens of each file as they came in.

    The rules for files too small to judge look at nothing else.
    """
    ends = {"head_start": 0, "head_end": tokens, "head_axis": 1}
    graph = model.graph
    graph.initializer.extend(
        numpy_helper.from_array(np.array([value], np.int64), name) for name, value in ends.items()
    )
    graph.node.append(helper.make_node("Slice", [graph.input[0].name, *ends], ["head"], "head"))
    rows = graph.input[0].type.tensor_type.shape.dim[0].dim_param
    graph.output.append(helper.make_tensor_value_info("head", TensorProto.INT32, [rows, tokens]))
    return model
