"""A small model that has a compiled form, for tests of what opens it and of what makes it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from onnx import helper, numpy_helper
from samovar.adapters.compiler import SAVES, file_fact, save_graph
from samovar.adapters.machine import this_machine
from samovar.compiled import (
    RECORD,
    Form,
    GraphForms,
    Machine,
    Record,
    folder_of,
    read_record,
    write_record,
)
from samovar.types import Array

from tests import onnx_models as graphs

WIDTH = 64
PREPACKED = next(save for save in SAVES if save.name == "prepacked")


def weights() -> Array:
    """The weights of the model: float32 (WIDTH, WIDTH)."""
    drawn: Array = np.random.default_rng(7).standard_normal((WIDTH, WIDTH), np.float32)
    return drawn


def write_product(root: Path, name: str = "product", manifest: str = "") -> Path:
    """`root/name/1/model.onnx`: x FP32 [-1, 64] → y FP32 [-1, 64], x · weights; its folder."""
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    x, y = (graphs.value(name, shape=("n", WIDTH)) for name in "xy")
    initializers = [numpy_helper.from_array(weights(), "w")]
    return graphs.write_folder(
        root, name, graphs.model(nodes, [x], [y], initializers=initializers), manifest
    )


def compile_product(folder: Path) -> Path:
    """The model's prepacked form and the record of it; the folder that they lie in."""
    version, machine = folder / "1", this_machine()
    home = version / folder_of(machine.architecture)
    home.mkdir(parents=True)
    source = version / "model.onnx"
    saved = save_graph(source, home, PREPACKED)
    form = Form("prepacked", saved.file, saved.files)
    found = {"model.onnx": GraphForms({"model.onnx": file_fact(source)}, (form,))}
    write(home, Record(machine.onnxruntime, machine.architecture, machine.features, found))
    return home


def rewrite(home: Path, **changes: object) -> None:
    """The record in `home` with other fields."""
    write(home, replace(read(home), **changes))  # type: ignore[arg-type]  # as a test says


def bind(home: Path, features: tuple[str, ...]) -> None:
    """Make the first form one for CPUs with just these features."""
    graph = read(home).graphs["model.onnx"]
    bound = replace(graph, forms=(replace(graph.forms[0], features=features),))
    rewrite(home, graphs={"model.onnx": bound})


def read(home: Path) -> Record:
    """The record in a folder of forms."""
    record = read_record((home / RECORD).read_bytes())
    assert record is not None
    return record


def write(home: Path, record: Record) -> None:
    """Put a record into a folder of forms."""
    (home / RECORD).write_bytes(write_record(record))


def fits(record: Record) -> Machine:
    """The machine that a record was made on."""
    return Machine(record.architecture, record.onnxruntime, record.features)
