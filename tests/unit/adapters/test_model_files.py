"""Files are checked before they are opened: as listed, and inside the folder."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import DirectoryStore
from samovar.adapters.local import LocalPredictor
from samovar.adapters.model_files import LocalFiles, inspect, sha256
from samovar.adapters.onnx import OnnxRunner
from samovar.errors import ModelCorrupt, ModelFault, ModelUnsafe

from tests import onnx_models as graphs
from tests.broken_models import BROKEN, GOOD, write_broken


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_broken(tmp_path_factory.mktemp("broken") / "models")


def predictor(root: Path) -> LocalPredictor:
    return LocalPredictor(DirectoryStore(root), OnnxRunner, SystemClock())


@pytest.mark.parametrize("name", BROKEN)
def test_a_wrong_folder_is_refused_with_its_code(root: Path, name: str) -> None:
    with pytest.raises(ModelFault) as caught:
        predictor(root).load(name)
    assert caught.value.code == BROKEN[name][1]
    assert not caught.value.retryable
    assert str(root) not in caught.value.message


def test_wrong_folders_take_no_good_one_down(root: Path) -> None:
    host = predictor(root)
    for name in BROKEN:
        with pytest.raises(ModelFault):
            host.load(name)
    assert host.load("good").version == "1"


def test_external_data_that_is_listed_with_its_sha_is_used(tmp_path: Path) -> None:
    weights = np.float32([3, 4]).tobytes()
    manifest = (
        '[onnx]\nexternal_data = ["weights.bin"]\n'
        f'[files]\n"1/weights.bin" = "{hashlib.sha256(weights).hexdigest()}"\n'
    )
    folder = graphs.write_folder(tmp_path, "m", graphs.with_external_data(), manifest)
    (folder / "1" / "weights.bin").write_bytes(weights)
    model = predictor(tmp_path).load("m")
    found = model.program.run({"x": np.float32([[1, 1]])}, ())
    np.testing.assert_array_equal(found["y"], np.float32([[3, 4]]))


def test_a_link_within_the_models_folder_is_followed(tmp_path: Path) -> None:
    folder = graphs.write_folder(tmp_path, "m", GOOD)
    (folder / "2").mkdir()
    (folder / "2" / "model.onnx").symlink_to("../1/model.onnx")
    assert predictor(tmp_path).load("m").version == "2"


def test_a_models_folder_may_itself_be_a_link_that_its_owner_made(tmp_path: Path) -> None:
    graphs.write_folder(tmp_path / "elsewhere", "m", GOOD)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "m").symlink_to(tmp_path / "elsewhere" / "m")
    assert predictor(tmp_path / "models").load("m").version == "1"


def test_functions_of_the_models_own_need_no_listing(tmp_path: Path) -> None:
    graphs.write_folder(tmp_path, "m", graphs.with_function("pkg.exporter"))
    found = predictor(tmp_path).load("m").program.run({"x": np.float32([[1, 2]])}, ())
    np.testing.assert_array_equal(found["y"], np.float32([[2, 4]]))


@pytest.mark.parametrize("domain", ["ai.onnx.ml", "com.microsoft"])
def test_operators_that_onnxruntime_brings_need_no_listing(tmp_path: Path, domain: str) -> None:
    op = {"ai.onnx.ml": "Normalizer", "com.microsoft": "Gelu"}[domain]
    graphs.write_folder(tmp_path, "m", graphs.with_domain(domain, op))
    assert predictor(tmp_path).load("m")


def test_inspection_takes_no_memory_for_weights(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "model.onnx"
    model = graphs.doubled()
    model.graph.initializer[0].raw_data = bytes(20_000_000)
    path.write_bytes(model.SerializeToString())
    tracemalloc.start()
    assert inspect(path).nodes == 1
    assert sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    tracemalloc.clear_traces()
    inspect(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize("name", ["", ".", "..", "nul\0", "x" * 300, "x/" * 3000])
def test_a_name_that_no_file_can_have_is_the_models_fault(tmp_path: Path, name: str) -> None:
    folder = graphs.write_folder(tmp_path, "m", GOOD)
    files = LocalFiles(folder / "1", folder)
    with pytest.raises((ModelCorrupt, ModelUnsafe)):
        files.path(name)
    with pytest.raises((ModelCorrupt, ModelUnsafe)):
        files.read(name)
