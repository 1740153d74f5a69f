"""What an ONNX file says of itself, held to the onnx package and to onnxruntime."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import ModelProto, TensorProto, helper, numpy_helper
from samovar.adapters.onnx import OnnxRunner
from samovar.errors import ModelCorrupt
from samovar.onnxfile import DATATYPES, read_onnx
from samovar.types import Signature, TensorSpec

from tests import onnx_models as graphs

LIGHT = sorted((Path(onnx.__file__).parent / "backend/test/data/light").glob("*.onnx"))
DATASETS = sorted((Path(ort.__file__).parent / "datasets").glob("*.onnx"))
NAMES = st.text(min_size=1, max_size=20)
DIMENSIONS = st.one_of(
    st.integers(0, 2**62 - 1), st.none(), st.text(min_size=1, max_size=5), st.just(-1)
)
VALUES = st.tuples(st.sampled_from(sorted(DATATYPES)), st.lists(DIMENSIONS, max_size=5))


def _shape(dimensions: Sequence[int | str | None]) -> tuple[int, ...]:
    return tuple(d if isinstance(d, int) and d >= 0 else -1 for d in dimensions)


def test_the_examples_of_both_packages_are_there() -> None:
    assert len(LIGHT) >= 9
    assert len(DATASETS) >= 3


@pytest.mark.parametrize("path", LIGHT + DATASETS, ids=lambda path: path.stem)
def test_a_signature_is_what_onnxruntime_reports(path: Path) -> None:
    assert read_onnx(path.read_bytes()).signature == OnnxRunner(path).signature


@pytest.mark.parametrize("shape", [None, (), (0,), (None, 2), ("n", 2), (-1, 2), (2, "n")])
@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.STRING, TensorProto.BFLOAT16])
def test_every_way_to_write_a_shape_is_read_as_onnxruntime_reads_it(
    kind: int, shape: Sequence[int | str | None] | None, tmp_path: Path
) -> None:
    folder = graphs.write_folder(tmp_path, "m", graphs.identity(kind, shape))
    path = folder / "1" / "model.onnx"
    assert read_onnx(path.read_bytes()).signature == OnnxRunner(path).signature


@given(
    st.dictionaries(NAMES, VALUES, max_size=4),
    st.dictionaries(NAMES, VALUES, max_size=4),
    st.dictionaries(NAMES, NAMES, max_size=3),
)
def test_a_generated_model_is_read_as_it_was_written(
    inputs: dict, outputs: dict, metadata: dict[str, str]
) -> None:
    model = graphs.model(
        inputs=[graphs.value(name, *spec) for name, spec in inputs.items()],
        outputs=[graphs.value(name, *spec) for name, spec in outputs.items()],
    )
    helper.set_model_props(model, metadata)
    found = read_onnx(model.SerializeToString())
    assert found.signature == Signature(
        tuple(TensorSpec(n, DATATYPES[k], _shape(s)) for n, (k, s) in inputs.items()),
        tuple(TensorSpec(n, DATATYPES[k], _shape(s)) for n, (k, s) in outputs.items()),
    )
    assert found.metadata == metadata
    assert (found.ir_version, found.opsets) == (8, {"": 17})


def test_an_input_with_a_default_is_not_asked_for() -> None:
    model = graphs.doubled()
    model.graph.input.append(graphs.value("two", shape=(1,)))
    assert [spec.name for spec in read_onnx(model.SerializeToString()).inputs] == ["x"]


def test_a_sequence_or_map_is_no_tensor_of_the_signature() -> None:
    model = graphs.doubled()
    model.graph.output.append(
        helper.make_tensor_sequence_value_info("many", TensorProto.FLOAT, None)
    )
    assert [spec.name for spec in read_onnx(model.SerializeToString()).outputs] == ["y"]


@pytest.mark.parametrize("place", graphs.hidden_external_data())
def test_external_data_is_found_wherever_it_hides(place: str) -> None:
    model = graphs.hidden_external_data()[place]
    assert read_onnx(model.SerializeToString()).external_data == {"evil.bin"}


def test_external_data_without_a_location_is_told_too() -> None:
    model = graphs.with_external_data(None)
    assert read_onnx(model.SerializeToString()).external_data == {""}


def test_every_location_of_a_tensor_counts_because_readers_differ_on_which_does() -> None:
    model = graphs.with_external_data("weights.bin")
    model.graph.initializer[0].external_data.add(key="location", value="../../etc/passwd")
    found = read_onnx(model.SerializeToString()).external_data
    assert found == {"weights.bin", "../../etc/passwd"}


def test_a_key_written_twice_is_its_last_value_as_in_protobuf() -> None:
    entry = _field(1, b"offset") + _field(1, b"location") + _field(2, b"evil.bin")
    tensor = TensorProto(name="w", data_type=1, dims=[2], data_location=TensorProto.EXTERNAL)
    wicked = tensor.SerializeToString() + _field(13, entry)
    parsed = TensorProto.FromString(wicked)
    assert parsed.external_data[0].key == "location"
    assert read_onnx(_with_initializer(wicked)).external_data == {"evil.bin"}


@pytest.mark.parametrize("bit", [32, 35, 60])
def test_a_field_number_that_onnxruntime_would_cut_down_to_another_is_refused(bit: int) -> None:
    # onnxruntime's reader keeps 32 bits of a key: it sees an initializer here.
    tensor = graphs.external_tensor("evil.bin").SerializeToString()
    graph = graphs.doubled().graph.SerializeToString() + _field(5, tensor, extra=1 << bit)
    with pytest.raises(ModelCorrupt):
        read_onnx(_with_graph(graph))


def test_a_data_location_that_protobuf_cuts_down_to_external_counts_as_external() -> None:
    tensor = TensorProto(name="w", data_type=1, dims=[2]).SerializeToString()
    wicked = tensor + _varint(14 << 3) + _varint(1 + (1 << 32))
    assert read_onnx(_with_initializer(wicked)).external_data == {""}


def test_operators_are_told_by_domain_wherever_they_stand() -> None:
    inner = graphs.with_domain("acme.ops").graph
    model = graphs.doubled()
    model.graph.node.extend(graphs.nested_graph(3, inner).node)
    assert read_onnx(model.SerializeToString()).domains == {"", "acme.ops"}


def test_a_function_of_the_models_own_is_no_foreign_operator() -> None:
    found = read_onnx(graphs.with_function("pkg.exporter").SerializeToString())
    assert found.domains == {""}
    assert found.functions == {("pkg.exporter", "Twice")}


def test_another_operator_of_a_functions_domain_is_foreign() -> None:
    model = graphs.with_function("pkg.exporter")
    model.graph.node.append(helper.make_node("Other", ["x"], ["z"], domain="pkg.exporter"))
    assert read_onnx(model.SerializeToString()).domains == {"", "pkg.exporter"}


def test_graphs_are_nested_no_deeper_than_a_limit() -> None:
    assert read_onnx(_with_graph(_nested(32))).nodes == 32
    for depth in (33, 10_000):
        with pytest.raises(ModelCorrupt, match="nested deeper"):
            read_onnx(_with_graph(_nested(depth)))


def _nested(depth: int) -> bytes:
    """A graph's bytes with so many graphs within; protobuf's own writer stops before us."""
    graph = b""
    for _ in range(depth):
        graph = _field(1, _field(5, _field(6, graph)))
    return graph


VARIANTS = {
    "plain": graphs.doubled(),
    "function": graphs.with_function(),
    "nested": graphs.hidden_external_data()["nested graph"],
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_file_cut_at_any_byte_is_corrupt_and_nothing_else(variant: str) -> None:
    whole = VARIANTS[variant].SerializeToString()
    for end in range(len(whole)):
        try:
            read_onnx(whole[:end])
        except ModelCorrupt:
            continue
        # What is left is whole in itself: it lacks only fields at its end.
        assert ModelProto.FromString(whole[:end]).ir_version


@given(st.data())
def test_damaged_bytes_are_read_or_refused_as_corrupt(data: st.DataObject) -> None:
    model = graphs.hidden_external_data()[
        data.draw(st.sampled_from(["sparse attribute", "initializer"]))
    ]
    damaged = bytearray(model.SerializeToString())
    spots = st.tuples(st.integers(0, len(damaged) - 1), st.integers(0, 255))
    for at, byte in data.draw(st.lists(spots, min_size=1, max_size=8)):
        damaged[at] = byte
    _read_or_refuse(bytes(damaged))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_as_corrupt(body: bytes) -> None:
    _read_or_refuse(body)


def _read_or_refuse(body: bytes) -> None:
    with suppress(ModelCorrupt):
        assert isinstance(read_onnx(body).signature, Signature)


@pytest.mark.parametrize(
    "body", [b"", b"\0", b"not a model", b"PK\3\4" + b"\0" * 100, b"\xff" * 64]
)
def test_what_is_no_model_is_corrupt(body: bytes) -> None:
    with pytest.raises(ModelCorrupt):
        read_onnx(body)


def test_two_graphs_in_one_file_are_corrupt_because_readers_would_merge_them() -> None:
    whole = graphs.doubled().SerializeToString()
    with pytest.raises(ModelCorrupt):
        read_onnx(whole + _field(7, graphs.doubled().graph.SerializeToString()))


def test_weights_are_stepped_over_and_not_copied() -> None:
    import tracemalloc

    model = graphs.doubled()
    model.graph.initializer.append(numpy_helper.from_array(np.zeros(4_000_000, np.float32), "big"))
    whole = model.SerializeToString()
    tracemalloc.start()
    read_onnx(whole)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _field(number: int, content: bytes, extra: int = 0) -> bytes:
    return _varint((number << 3 | 2) | extra) + _varint(len(content)) + content


def _with_graph(graph: bytes) -> bytes:
    model = graphs.doubled()
    model.ClearField("graph")
    return model.SerializeToString() + _field(7, graph)


def _with_initializer(tensor: bytes) -> bytes:
    return _with_graph(graphs.doubled().graph.SerializeToString() + _field(5, tensor))
