"""What the models layer holds: manifests, bundled weights, forms that any CPU opens, seals."""

import pytest
from samovar.adapters.sealed import SealedStore
from samovar.compiled import FileFact, Form, GraphForms, Record, read_record, write_record

from layers import build_layer
from layers import models as models_module
from layers.models import VARIABLE, build_models
from layers.slim import RUNTIME_LOCK, pinned
from tests.tiny_models import write_models

VERSION = pinned("onnxruntime", RUNTIME_LOCK.read_text())
SIZE = 1000


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A folder of models: `affine` is bundled and compiled; `price` is neither."""
    monkeypatch.delenv(VARIABLE, raising=False)
    folder = write_models(tmp_path / "models")
    manifest = folder / "affine" / "model.toml"
    manifest.write_text("bundle = true\n" + manifest.read_text())
    compile_as(folder, VERSION)
    return folder


def form(kind, features):
    files = {name: FileFact(SIZE, "") for name in (f"{kind}.onnx", f"{kind}.bin")}
    return Form(kind, f"{kind}.onnx", files, features)


def compile_as(folder, onnxruntime):
    """Gives version 1 of affine two forms: one for a CPU with avx512f, one for any."""
    forms = (form("prepacked", ("avx512f",)), form("mapped", None))
    record = Record(onnxruntime, "x86_64", ("avx512f",), {"model.onnx": GraphForms({}, forms)})
    compiled = folder / "affine" / "1" / "compiled" / "x86_64"
    compiled.mkdir(parents=True, exist_ok=True)
    (compiled / "compiled.json").write_bytes(write_record(record))
    (compiled / "measured.json").write_text("{}")
    for each in forms:
        for name in each.files:
            (compiled / name).write_bytes(bytes(SIZE))


def names(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def forms_in(layer):
    return sorted(name.rsplit("/", 1)[1] for name in names(layer) if "/compiled/" in name)


def test_every_manifest_is_there_and_only_bundled_weights(source, tmp_path):
    build_models(source, "x86_64", tmp_path / "layer")
    there = names(tmp_path / "layer")
    assert {"price/model.toml", "affine/1/model.onnx", "affine/2/model.onnx"} <= there
    assert not [name for name in there if name.startswith("price/1/")]


def test_every_model_is_sealed_and_opened_without_a_second_check(source, tmp_path):
    build_models(source, "x86_64", tmp_path / "layer")
    sealed = {path.stem for path in (tmp_path / "layer" / ".sealed").iterdir()}
    assert sealed == {path.parent.name for path in source.glob("*/model.toml")}
    assert SealedStore(tmp_path / "layer").fetch("affine", "1").checked


def test_forms_that_any_cpu_opens_go_in(source, tmp_path):
    build_models(source, "x86_64", tmp_path / "layer")
    assert forms_in(tmp_path / "layer") == ["compiled.json", "mapped.bin", "mapped.onnx"]
    record = tmp_path / "layer" / "affine" / "1" / "compiled" / "x86_64" / "compiled.json"
    assert [each.kind for each in read_record(record.read_bytes()).graphs["model.onnx"].forms] == [
        "mapped"
    ]


def test_who_builds_on_the_cpu_that_serves_has_its_forms_too(source, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "all")
    build_models(source, "x86_64", tmp_path / "layer")
    assert {"prepacked.bin", "mapped.bin"} < set(forms_in(tmp_path / "layer"))


@pytest.mark.parametrize(("architecture", "version"), [("arm64", VERSION), ("x86_64", "1.0.0")])
def test_forms_for_another_architecture_or_onnxruntime_stay_out_and_that_is_said(
    source, tmp_path, capsys, architecture, version
):
    compile_as(source, version)
    build_models(source, architecture, tmp_path / "layer")
    assert forms_in(tmp_path / "layer") == []
    assert (
        f"not compiled for {architecture}, so slower to open: affine/1" in capsys.readouterr().out
    )


def test_forms_stay_out_where_the_layer_would_grow_beyond_what_lambda_takes(
    source, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(models_module, "ROOM", 2 * SIZE)
    build_models(source, "x86_64", tmp_path / "layer")
    assert forms_in(tmp_path / "layer") == ["compiled.json"]  # without one, a start would warn
    assert (tmp_path / "layer" / "affine" / "1" / "model.onnx").exists()
    assert "no room for compiled forms of affine/1" in capsys.readouterr().out


def test_a_model_at_fault_stops_the_build_and_is_named(source, tmp_path):
    (source / "affine" / "2" / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(SystemExit, match="layers: model affine: "):
        build_models(source, "x86_64", tmp_path / "layer")


def test_a_bundled_model_that_is_not_built_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(build_layer, "ROOT", tmp_path)
    manifest = tmp_path / "models" / "here" / "model.toml"
    manifest.parent.mkdir(parents=True)
    manifest.write_text("bundle = true\n")
    with pytest.raises(SystemExit, match="here is bundled and not built; run `make models`"):
        build_layer.build("models", "x86_64", tmp_path / "layer")
