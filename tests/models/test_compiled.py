"""Every compiled form of every model that is shipped answers with the same bits as its .onnx."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samovar import pipeline
from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import DirectoryStore
from samovar.adapters.local import LocalPredictor
from samovar.adapters.machine import this_machine
from samovar.adapters.onnx import OnnxRunner
from samovar.adapters.opener import Opener
from samovar.compiled import PLAIN, folder_of, read_record, record_of
from samovar.errors import ModelRunFailed
from samovar.types import DTYPES, Array, Tensors, TensorSpec

from tests.models.conftest import MODELS


class Compiled(NamedTuple):
    """A graph and one of its forms."""

    model: str
    graph: str
    kind: str
    path: Path

    def __str__(self) -> str:
        return f"{self.model}/{self.graph} {self.path.name} as {self.kind}"


def compiled_forms() -> Iterator[Compiled]:
    """Those of the models folder that this machine opens."""
    machine = this_machine()
    for version in sorted(MODELS.glob("*/[0-9]*")):
        path = version / record_of(machine.architecture)
        record = read_record(path.read_bytes()) if path.is_file() else None
        for graph, found in (record.graphs if record else {}).items():
            for form in found.forms:
                if form.features in (None, machine.features):
                    home = version / folder_of(machine.architecture)
                    yield Compiled(version.parent.name, graph, form.kind, home / form.file)


FORMS = tuple(compiled_forms())
pytestmark = pytest.mark.skipif(not FORMS, reason="no model is compiled: run `make models`")
SIZES = st.integers(1, 4)
# Where any number would be refused, or be more than a test waits for.
RANGES: Mapping[str, tuple[int, int]] = {
    "input_ids": (0, 30_000),
    "attention_mask": (1, 1),
    "token_type_ids": (0, 0),
    "bytes": (0, 256),
    "sr": (16_000, 16_000),
}
SHAPES: Mapping[str, tuple[int, ...]] = {"detect.onnx": (1, 3, 64, 96)}


@cache
def runner(path: Path, kind: str, threads: int) -> OnnxRunner:
    """A session, opened once a test run."""
    return OnnxRunner(path, threads=threads, kind=kind)


def drawn(spec: TensorSpec, shape: tuple[int, ...], seed: int) -> Array:
    """A tensor of any values that the graph may be asked about."""
    random = np.random.default_rng(seed)
    dtype = DTYPES[spec.datatype]
    if dtype.kind == "f":
        return random.standard_normal(shape).astype(dtype)
    low, high = RANGES.get(spec.name, (0, 2))
    return random.integers(low, high, shape, endpoint=True).astype(dtype)


def tensors(form: Compiled, sizes: tuple[int, int, int, int], seed: int) -> Tensors:
    """Inputs of one request: free dimensions of the same place have the same size."""
    plain = runner(MODELS / form.model / "1" / form.graph, PLAIN, 1)
    found = {}
    for number, spec in enumerate(plain.signature.inputs):
        free = tuple(sizes[at] if size < 0 else size for at, size in enumerate(spec.shape))
        found[spec.name] = drawn(spec, SHAPES.get(form.graph, free), seed + number)
    return found


def bits(path: Path, kind: str, threads: int, given: Tensors) -> dict[str, bytes] | str:
    try:
        answers = runner(path, kind, threads).run(given, ())
    except ModelRunFailed as error:
        return type(error).__name__
    return {name: array.tobytes() for name, array in answers.items()}


@pytest.mark.parametrize("form", FORMS, ids=str)
@settings(max_examples=8)
@given(data=st.data())
def test_a_form_gives_the_same_bits_as_the_onnx_whatever_it_is_asked(
    form: Compiled, data: st.DataObject
) -> None:
    sizes = (data.draw(SIZES), data.draw(st.integers(1, 40)), data.draw(SIZES), data.draw(SIZES))
    asked = tensors(form, sizes, data.draw(st.integers(0, 99)))
    source = MODELS / form.model / "1" / form.graph
    for threads in (1, 2):
        wanted = bits(source, PLAIN, threads, asked)
        assert bits(form.path, form.kind, threads, asked) == wanted


@pytest.mark.parametrize("name", sorted({form.model for form in FORMS}))
def test_golden_examples_get_the_same_bytes_from_the_compiled_model(name: str) -> None:
    store = DirectoryStore(MODELS)
    compiled = LocalPredictor(store, Opener(1), SystemClock()).load(name)
    plain = LocalPredictor(store, OnnxRunner, SystemClock()).load(name)
    assert plain.form == PLAIN != compiled.form
    for example in compiled.spec.examples:
        assert pipeline.infer(example.payload, compiled) == pipeline.infer(example.payload, plain)
