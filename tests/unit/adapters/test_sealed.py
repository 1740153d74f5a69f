"""A seal spares what was checked when a folder was packed, and vouches for nothing else."""

import logging
import shutil
from pathlib import Path

import orjson
import pytest
from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import DirectoryStore
from samovar.adapters.local import LocalPredictor
from samovar.adapters.onnx import OnnxRunner
from samovar.adapters.sealed import SealedStore
from samovar.adapters.sealing import seal_models
from samovar.adapters.shelf import Shelf
from samovar.errors import ModelCorrupt, ModelFault, ModelNotFound, ModelTampered, VersionNotFound
from samovar.layout import SEALS
from samovar.settings import Settings
from samovar.wiring import build_store, load_model

from tests.broken_models import BROKEN, write_broken
from tests.tiny_models import write_models

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The tiny models, sealed."""
    folder = write_models(tmp_path / "models")
    assert seal_models(folder) == {}
    return folder


def listed(folder: Path) -> Path:
    """Make a model list the sha256 of its graph, and seal its folder."""
    from samovar.adapters.model_files import sha256

    digest = sha256(folder / "1" / "model.onnx")
    (folder / "model.lock").write_text(f'[files]\n"1/model.onnx" = "{digest}"\n')
    assert seal_models(folder.parent) == {}
    return folder


def spoil(path: Path) -> None:
    """Another byte in a file of the same size: what only a sha256 shows."""
    body = bytearray(path.read_bytes())
    body[-1] ^= 1
    path.write_bytes(bytes(body))


def predictor(root: Path) -> LocalPredictor:
    return LocalPredictor(SealedStore(root), OnnxRunner, SystemClock())


def test_a_sealed_manifest_is_the_one_that_was_read(root: Path) -> None:
    sealed, plain = SealedStore(root), DirectoryStore(root)
    assert sealed.names() == plain.names()
    for name in plain.names():
        assert sealed.spec(name) == plain.spec(name)
        assert list(sealed.spec(name).examples) == list(plain.spec(name).examples)
        assert sealed.versions(name) == plain.versions(name)


def test_a_measured_profile_comes_out_of_its_seal_as_it_went_in(tmp_path: Path) -> None:
    folder = write_models(tmp_path / "models")
    with (folder / "sums" / "model.toml").open("a", encoding="utf-8") as manifest:
        manifest.write("[profile]\nrequest_ms = 5\nspeedup = [[1, 1], [2, 1.7]]\nnoise = 0.1\n")
    assert seal_models(folder) == {}
    found = SealedStore(folder).spec("sums").profile
    assert found == DirectoryStore(folder).spec("sums").profile
    assert found.speedup == ((1.0, 1.0), (2.0, 1.7))


def test_every_manifest_of_ours_can_be_sealed_and_read_again(tmp_path: Path) -> None:
    for toml in (ROOT / "models").glob("*/model.toml"):
        target = tmp_path / toml.parent.name
        target.mkdir()
        shutil.copy(toml, target)
        shutil.copytree(toml.parent / "examples", target / "examples") if (
            toml.parent / "examples"
        ).is_dir() else None
    assert seal_models(tmp_path) == {}
    for name in DirectoryStore(tmp_path).names():
        assert SealedStore(tmp_path).spec(name) == DirectoryStore(tmp_path).spec(name)


def test_sealed_files_are_checked_and_the_same_files_give_the_same_seals(root: Path) -> None:
    assert SealedStore(root).fetch("mood", "1").checked
    before = {path.name: path.read_bytes() for path in (root / SEALS).iterdir()}
    seal_models(root)
    assert {path.name: path.read_bytes() for path in (root / SEALS).iterdir()} == before


def test_what_is_sealed_is_not_hashed_again(root: Path) -> None:
    folder = listed(root / "sums")
    spoil(folder / "model.lock")  # no TOML any more
    assert predictor(root).load("sums").version == "1"


def test_without_a_seal_the_same_file_is_refused(root: Path) -> None:
    folder = listed(root / "sums")
    spoil(folder / "1" / "model.onnx")
    (root / SEALS / "sums.json").unlink()
    with pytest.raises(ModelTampered):
        predictor(root).load("sums")


def test_a_file_of_another_size_is_checked_anew_and_refused(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = listed(root / "sums")
    with (folder / "1" / "model.onnx").open("ab") as file:
        file.write(b"\0")
    with caplog.at_level(logging.WARNING, "samovar"), pytest.raises(ModelTampered) as caught:
        predictor(root).load("sums")
    assert caught.value.code == "model_tampered"
    assert "model.onnx is not as it was sealed" in caplog.text


def test_a_manifest_that_changed_since_is_read_again(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (root / "affine" / "model.toml").open("a") as file:
        file.write('origin = "elsewhere"\n')
    with caplog.at_level(logging.WARNING, "samovar"):
        assert SealedStore(root).spec("affine").origin == "elsewhere"
    assert "model.toml is not as it was sealed" in caplog.text


def test_a_manifest_that_was_not_there_to_be_sealed_counts(root: Path) -> None:
    (root / "echo" / "model.toml").write_text('title = "Echo"\n')
    assert SealedStore(root).spec("echo").title == "Echo"


def test_a_version_that_was_not_there_to_be_sealed_is_checked(root: Path) -> None:
    shutil.copytree(root / "affine" / "2", root / "affine" / "3")
    store = SealedStore(root)
    assert store.versions("affine") == ("1", "2", "3")
    assert not store.fetch("affine", "3").checked
    assert store.fetch("affine", "2").checked


def test_a_file_that_was_not_there_to_be_sealed_is_no_file_of_the_version(root: Path) -> None:
    (root / "mood" / "1" / "labels.txt").write_text("good\n")
    files = SealedStore(root).fetch("mood", "1")
    assert files.read("tokenizer.json") == (root / "mood" / "1" / "tokenizer.json").read_bytes()
    for name in ("labels.txt", "../../sums/1/model.onnx", "../model.toml"):
        with pytest.raises(ModelCorrupt, match="not among the sealed files"):
            files.read(name)


def test_a_sealed_file_that_is_gone_has_a_code(root: Path) -> None:
    files = SealedStore(root).fetch("mood", "1")
    (root / "mood" / "1" / "tokenizer.json").unlink()
    with pytest.raises(ModelCorrupt):
        files.read("tokenizer.json")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"format": 1}', b"null", b"\xff"])
def test_a_seal_that_cannot_be_read_is_as_good_as_none(root: Path, body: bytes) -> None:
    (root / SEALS / "mood.json").write_bytes(body)
    store = SealedStore(root)
    assert store.spec("mood") == DirectoryStore(root).spec("mood")
    assert not store.fetch("mood", "1").checked


@pytest.mark.parametrize(
    ("key", "value"), [("format", 2), ("samovar", "0"), ("versions", None), ("spec", {})]
)
def test_a_seal_of_another_samovar_is_as_good_as_none(root: Path, key: str, value: object) -> None:
    path = root / SEALS / "mood.json"
    path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes()) | {key: value}))
    assert not SealedStore(root).fetch("mood", "1").checked


def test_the_seal_of_one_model_says_nothing_of_another(root: Path) -> None:
    shutil.copy(root / SEALS / "affine.json", root / SEALS / "sums.json")
    assert SealedStore(root).spec("sums") == DirectoryStore(root).spec("sums")
    assert not SealedStore(root).fetch("sums", "1").checked


def test_a_model_folder_cannot_vouch_for_itself(tmp_path: Path) -> None:
    folder = write_models(tmp_path / "models")
    seal_models(folder)
    shutil.move(folder / SEALS, folder / "mood" / SEALS)
    assert not SealedStore(folder).fetch("mood", "1").checked
    shelf = Shelf()  # of folders that a host of many models is told of: not packed by its owner
    seal_models(folder)
    shelf.put("mine", folder / "mood")
    assert not shelf.fetch("mine", "1").checked


def test_only_a_function_believes_the_seals_of_its_models_folder(root: Path) -> None:
    folder = listed(root / "sums")
    spoil(folder / "1" / "model.onnx")  # in its weights: it opens all the same
    settings = Settings(models_dir=root)
    with pytest.raises(ModelTampered):  # a folder on a command line may be anybody's
        load_model(settings, "sums")
    assert not build_store(settings).fetch("sums", "1").checked
    assert build_store(settings, sealed=True).fetch("sums", "1").checked


def test_a_model_at_fault_gets_no_seal_and_is_refused_as_before(tmp_path: Path) -> None:
    folder = write_broken(tmp_path / "models")
    faults = seal_models(folder)
    assert set(BROKEN) >= set(faults)
    assert "good" not in faults
    for name in faults:
        with pytest.raises(ModelFault) as caught:
            predictor(folder).load(name)
        assert caught.value.code == BROKEN[name][1]
    for name in set(BROKEN) - set(faults):  # what only onnxruntime finds
        with pytest.raises(ModelFault):
            predictor(folder).load(name)


@pytest.mark.parametrize("name", ["", ".", "..", ".sealed", "a/b", "\0", "x" * 300, "\udcff", "é"])
def test_names_that_no_model_has_are_not_found(root: Path, name: str) -> None:
    store = SealedStore(root)
    for ask in (store.spec, store.versions, lambda name: store.fetch(name, "1")):
        with pytest.raises(ModelNotFound):
            ask(name)
    with pytest.raises(VersionNotFound):
        store.fetch("mood", "../1")
