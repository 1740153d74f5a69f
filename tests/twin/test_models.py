"""Where functions find models: the layer's view, the bucket, and the commands to try them."""

from pathlib import Path

import pytest
from samovar_cli.twin.application import Application, Function
from samovar_cli.twin.models import ModelsBucket, layer_view, titles
from samovar_cli.twin.samples import sample_commands


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    write(folder, "near/model.toml", 'title = "Near"\nbundle = true\n[input]\nkind = "text"\n')
    write(folder, "near/model.lock", "[files]\n")
    write(folder, "near/1/model.onnx", "near")
    write(folder, "far/model.toml", 'title = "Far"\nbundle = false\n')
    write(folder, "far/1/model.onnx", "far")
    write(folder, "far/examples/one.txt", "golden")
    write(folder, "triton/1/model.onnx", "no manifest")
    write(folder, "triton/config.pbtxt", "")
    write(folder, "planned/model.toml", 'title = "Not built yet"\nbundle = true\n')
    write(folder, ".git/config", "no model")
    return folder


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def files(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def test_the_layer_has_all_manifests_and_the_files_of_bundled_models(
    models: Path, tmp_path: Path
) -> None:
    view = layer_view(models, tmp_path / "view")
    assert files(view) == {
        "near/model.toml",
        "near/model.lock",
        "near/1/model.onnx",
        "far/model.toml",
        "far/examples/one.txt",  # a manifest that names it cannot be read without
        "planned/model.toml",
    }


def test_a_model_that_a_killed_twin_had_half_is_shown_whole_and_only_then(
    models: Path, tmp_path: Path
) -> None:
    write(tmp_path / "view", ".new-near/1/half.bin", "half")
    view = layer_view(models, tmp_path / "view")
    assert {name for name in files(view) if name.startswith((".", "near/1"))} == {
        "near/1/model.onnx"
    }


def test_the_layer_holds_files_and_no_links_that_lead_out(models: Path, tmp_path: Path) -> None:
    view = layer_view(models, tmp_path / "view")
    assert not [path for path in view.rglob("*") if path.is_symlink()]
    assert (view / "near/1/model.onnx").samefile(models / "near/1/model.onnx")


def test_the_layer_follows_the_folder(models: Path, tmp_path: Path) -> None:
    view = layer_view(models, tmp_path / "view")
    (models / "near" / "1" / "model.onnx").unlink()
    write(models, "near/2/model.onnx", "newer")
    replaced = models / "near" / "model.toml.new"
    replaced.write_text('title = "Nearer"\nbundle = true\n', "utf-8")
    replaced.replace(models / "near" / "model.toml")
    layer_view(models, view)
    assert not (view / "near" / "1").exists()
    assert (view / "near/2/model.onnx").read_text("utf-8") == "newer"
    assert "Nearer" in (view / "near/model.toml").read_text("utf-8")


def test_without_a_models_folder_the_layer_is_empty(tmp_path: Path) -> None:
    assert files(layer_view(tmp_path / "none", tmp_path / "view")) == set()


def test_only_models_with_a_version_can_answer(models: Path) -> None:
    assert titles(models) == {"far": "Far", "near": "Near", "triton": ""}


def test_the_bucket_is_the_one_that_the_functions_are_told(tmp_path: Path) -> None:
    environment = {"SAMOVAR_MODELS_BUCKET": "b", "SAMOVAR_MODELS_PREFIX": "p/"}
    function = Function("F", "f", "arn", "functions/f", environment=environment)
    bucket = ModelsBucket.of(Application((function,)), tmp_path / "record")
    assert bucket is not None
    assert (bucket.name, bucket.prefix) == ("b", "p/")
    assert ModelsBucket.of(Application(()), tmp_path / "record") is None


def test_a_bucket_that_was_never_filled_is_stale_unless_all_is_bundled(
    models: Path, tmp_path: Path
) -> None:
    bucket = ModelsBucket("b", "models/", tmp_path / "record")
    assert bucket.stale(models)
    assert not bucket.stale(tmp_path / "none")


def test_the_commands_ask_a_model_that_takes_text(models: Path) -> None:
    commands = sample_commands(models, titles(models), "http://h:1", "samovar")
    text = "'Prepare quarterly report'"
    curl = "curl -s http://h:1/v1/models/near/predict -H 'Content-Type: text/plain' -d"
    assert commands == [f"{curl} {text}", f"samovar predict near {text}"]


def test_a_tensor_request_fits_the_models_signature(models: Path) -> None:
    inputs = (
        '{ name = "a", datatype = "FP32", shape = [-1, 2] }, '
        '{ name = "b", datatype = "BYTES", shape = [-1] }'
    )
    write(models, "near/model.lock", f"[signature.1]\ninputs = [{inputs}]\noutputs = []\n")
    command = sample_commands(models, ["near"], "http://h:1", "samovar")[-1]
    assert command.startswith("curl -s http://h:1/v2/models/near/infer -d ")
    assert '"shape": [1, 2], "data": [1, 1]' in command
    assert '"data": ["Prepare quarterly report"]' in command


def test_without_a_model_there_is_still_a_command(tmp_path: Path) -> None:
    assert sample_commands(tmp_path, [], "http://h:1", "samovar") == [
        "curl -s http://h:1/v2/health/ready"
    ]
