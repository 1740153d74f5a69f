"""A compiled form is opened where it fits; elsewhere the .onnx is, and a warning says why."""

import logging
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import DirectoryStore
from samovar.adapters.local import LocalPredictor
from samovar.adapters.opener import Opener
from samovar.adapters.sealed import SealedStore
from samovar.adapters.sealing import seal_models
from samovar.model import Model
from samovar.ports import ModelStore

from tests import compiled_models as compiled

X = np.linspace(-1, 1, 3 * compiled.WIDTH, dtype=np.float32).reshape(3, compiled.WIDTH)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where the forms of the model `product` lie, in a models folder of the test's own."""
    return compiled.compile_product(compiled.write_product(tmp_path))


def open_model(root: Path, store: ModelStore | None = None) -> Model:
    host = LocalPredictor(store or DirectoryStore(root), Opener(1), SystemClock())
    return host.load("product")


def answer(model: Model) -> bytes:
    return model.program.run({"x": X}, ())["y"].tobytes()


@pytest.fixture
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What the .onnx answers."""
    root = tmp_path_factory.mktemp("plain")
    compiled.write_product(root)
    return answer(open_model(root))


def test_a_compiled_form_is_opened_and_gives_the_same_bits(
    tmp_path: Path, home: Path, plain: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    model = open_model(tmp_path)
    assert model.form == "prepacked"
    assert answer(model) == plain
    assert not caplog.messages


def test_a_sealed_form_is_opened_without_being_hashed_again(
    tmp_path: Path, home: Path, plain: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert seal_models(tmp_path) == {}
    model = open_model(tmp_path, SealedStore(tmp_path))
    assert model.form == "prepacked"
    assert answer(model) == plain
    assert not caplog.messages


def _other_onnxruntime(home: Path) -> None:
    compiled.rewrite(home, onnxruntime="1.2.3")


def _other_cpu(home: Path) -> None:
    compiled.bind(home, ("a-feature-that-no-cpu-has",))


def _other_architecture(home: Path) -> None:
    home.rename(home.with_name("riscv64"))


def _no_record(home: Path) -> None:
    (home / "compiled.json").write_text("{", "utf-8")


def _file_missing(home: Path) -> None:
    (home / "model.prepacked.bin").unlink()


def _file_cut(home: Path) -> None:
    path = home / "model.prepacked.bin"
    os.truncate(path, path.stat().st_size - 100)


def _file_changed(home: Path) -> None:
    path = home / "model.prepacked.bin"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _graph_cut(home: Path) -> None:
    path = home / "model.prepacked.onnx"
    path.write_bytes(path.read_bytes()[:40])


def _source_changed(home: Path) -> None:
    path = home.parents[1] / "model.onnx"
    graph = path.read_bytes()
    path.write_bytes(graph.replace(compiled.weights().tobytes(), (-compiled.weights()).tobytes()))


TROUBLES = (
    _other_onnxruntime,
    _other_cpu,
    _other_architecture,
    _no_record,
    _file_missing,
    _file_cut,
    _file_changed,
    _graph_cut,
    _source_changed,
)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__.strip("_"))
def test_what_does_not_fit_is_left_and_one_warning_names_the_remedy(
    tmp_path: Path, home: Path, trouble, caplog: pytest.LogCaptureFixture
) -> None:
    trouble(home)
    with caplog.at_level(logging.WARNING):
        model = open_model(tmp_path)
    assert model.form == "plain"
    (said,) = caplog.messages
    assert "run `samovar models compile product`" in said
    shutil.rmtree(home.parent, ignore_errors=True)
    assert answer(model) == answer(open_model(tmp_path))


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__.strip("_"))
def test_trouble_that_befalls_a_sealed_folder_is_noticed_too(
    tmp_path: Path, home: Path, trouble, plain: bytes
) -> None:
    if trouble in (_file_changed, _source_changed):
        pytest.skip("a seal is for a folder that nobody writes to: sizes are all it compares")
    seal_models(tmp_path)
    trouble(home)
    model = open_model(tmp_path, SealedStore(tmp_path))
    assert model.form == "plain"
    assert answer(model) == plain


def test_a_form_that_reads_another_file_is_not_opened(tmp_path: Path, home: Path, caplog) -> None:
    import onnx

    path = home / "model.prepacked.onnx"
    graph = onnx.load(path, load_external_data=False)
    for entry in (e for tensor in graph.graph.initializer for e in tensor.external_data):
        entry.value = "../../../../secret.bin" if entry.key == "location" else entry.value
    path.write_bytes(graph.SerializeToString())
    record = compiled.read(home)
    form = record.graphs["model.onnx"].forms[0]
    facts = {**form.files, path.name: compiled.file_fact(path)}
    found = compiled.GraphForms(
        record.graphs["model.onnx"].sources,
        (compiled.Form("prepacked", form.file, facts),),
    )
    compiled.rewrite(home, graphs={"model.onnx": found})
    assert open_model(tmp_path).form == "plain"
    assert "secret.bin" in caplog.text


def test_prepacked_weights_of_another_layout_are_never_computed_with(
    tmp_path: Path, home: Path
) -> None:
    """As on a CPU whose kernels want other panels: onnxruntime packs again, or refuses."""
    import onnx

    graph = onnx.load(home / "model.prepacked.onnx", load_external_data=False)
    (tensor,) = graph.graph.initializer
    (packed,) = [e.value for e in tensor.external_data if e.key.startswith("prepacked")]
    offset, size, _ = (int(number) for number in packed.rpartition("|")[2].split(";"))
    content = bytearray((home / "model.prepacked.bin").read_bytes())
    content[offset : offset + size] = bytes(size)
    (home / "model.prepacked.bin").write_bytes(content)
    seal_models(tmp_path)
    record = compiled.read(home)
    assert record.graphs
    model = open_model(tmp_path, SealedStore(tmp_path))
    assert model.form == "plain"


def test_a_small_model_that_was_never_compiled_is_nothing_to_be_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    compiled.write_product(tmp_path)
    assert open_model(tmp_path).form == "plain"
    assert not caplog.messages
