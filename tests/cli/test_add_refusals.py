"""`samovar models add` refuses with a reason and a way out, and leaves nothing behind."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from onnx import TensorProto, helper
from samovar.errors import ModelRunFailed
from samovar_cli.adding import child

from tests import foreign_models as foreign
from tests import onnx_models
from tests.cli.conftest import Run
from tests.cli.refusing import refused, written

Make = Callable[[Path], Path]
FLOAT = TensorProto.FLOAT


def test_what_is_no_onnx_file_is_refused(samovar: Run, models: Path, tmp_path: Path) -> None:
    for name, content in (("a.onnx", b"hello, world"), ("b.onnx", b"\x89PNG\r\n\x1a\n" * 9)):
        assert "not an ONNX model" in refused(samovar, models, written(tmp_path / name, content))


def test_an_empty_file_is_refused(samovar: Run, models: Path, tmp_path: Path) -> None:
    assert "is empty" in refused(samovar, models, written(tmp_path / "a.onnx", b""))


def test_a_file_that_is_cut_short_is_refused(samovar: Run, models: Path, tmp_path: Path) -> None:
    whole = foreign.image_classifier(tmp_path).read_bytes()
    for part in (0.3, 0.7, 0.99):
        cut = written(tmp_path / "cut.onnx", whole[: int(len(whole) * part)])
        assert "(model_corrupt)" in refused(samovar, models, cut)


def test_operators_that_are_code_are_refused(samovar: Run, models: Path, tmp_path: Path) -> None:
    custom = foreign.write(tmp_path, "a.onnx", onnx_models.with_domain("my.ops"), check=False)
    said = refused(samovar, models, custom)
    assert "'my.ops'" in said
    assert "export the model without them" in said
    code = onnx_models.with_domain("com.microsoft", "EPContext")
    assert "compiled code" in refused(
        samovar, models, foreign.write(tmp_path, "b.onnx", code, check=False)
    )


def test_an_operator_that_onnxruntime_does_not_have_is_refused(
    samovar: Run, models: Path, tmp_path: Path
) -> None:
    model = onnx_models.with_domain("", "Teleport")
    said = refused(samovar, models, foreign.write(tmp_path, "a.onnx", model, check=False))
    assert "Teleport" in said


@pytest.mark.parametrize(
    ("versions", "said"),
    [({"opset": 99}, "opset_version="), ({"ir_version": 99}, "model.ir_version = ")],
)
def test_versions_that_onnxruntime_does_not_know_are_refused_with_those_that_it_does(
    samovar: Run, models: Path, tmp_path: Path, versions: dict[str, int], said: str
) -> None:
    identity = helper.make_node("Identity", ["x"], ["y"])
    values = {"x": (FLOAT, ("n", 2))}, {"y": (FLOAT, ("n", 2))}
    model = foreign.build([identity], *values, **versions)
    path = foreign.write(tmp_path, "late.onnx", model, check=False)
    text = refused(samovar, models, path)
    assert said in text
    assert "99" in text


def test_an_input_that_is_no_tensor_is_refused(samovar: Run, models: Path, tmp_path: Path) -> None:
    sequence = helper.make_tensor_sequence_value_info("many", FLOAT, None)
    node = helper.make_node("SequenceLength", ["many"], ["count"])
    model = onnx_models.model([node], [sequence], [onnx_models.value("count", 7, ())])
    assert "which is no tensor" in refused(
        samovar, models, foreign.write(tmp_path, "s.onnx", model)
    )


def test_a_name_that_is_taken_is_refused_and_force_replaces_it(
    samovar: Run, models: Path, tmp_path: Path
) -> None:
    path = foreign.plain(tmp_path)
    assert samovar("models", "add", path, "--models", models).exit_code == 0
    written(models / "product" / "mine.txt", b"mine")
    said = refused(samovar, models, path)
    assert "--name" in said
    assert "--force" in said
    assert samovar("models", "add", path, "--models", models, "--force").exit_code == 0
    assert sorted(entry.name for entry in models.iterdir()) == ["product"]
    assert not (models / "product" / "mine.txt").exists()


def test_a_refusal_leaves_the_model_that_force_was_to_replace(
    samovar: Run, models: Path, tmp_path: Path
) -> None:
    assert samovar("models", "add", foreign.plain(tmp_path), "--models", models).exit_code == 0
    bad = written(tmp_path / "bad.onnx", b"no")
    refused(samovar, models, bad, "--name", "product", "--force")
    wrong = foreign.image_classifier(tmp_path)
    refused(samovar, models, wrong, "--name", "product", "--force", "--labels", "one,two")


@pytest.mark.parametrize("name", ["../out", "a b", ".hidden", "a/b", "x" * 200])
def test_a_name_that_no_model_can_have_is_refused(
    samovar: Run, models: Path, tmp_path: Path, name: str
) -> None:
    assert "choose one with --name" in refused(
        samovar, models, foreign.plain(tmp_path), "--name", name
    )


@pytest.mark.parametrize(
    ("make", "words", "said"),
    [
        (foreign.image_classifier, ["--labels", "one,two"], "name 3, in the order"),
        (foreign.image_classifier, ["--labels", "one,two,two"], "'two' twice"),
        (foreign.image_classifier, ["--labels", "one,,three"], "empty label: number 2"),
        (foreign.image_classifier, ["--labels", "nowhere.txt"], "there is no file 'nowhere.txt'"),
        (foreign.plain, ["--labels", "one,two"], "--labels was given"),
        (foreign.plain, ["--columns", "a,b"], "--columns was given"),
        (foreign.scikit_regressor, ["--columns", "a,b,c"], "names 3 columns"),
        (foreign.plain, ["--task", "weather"], "none that is known"),
        (
            foreign.plain,
            ["--task", "image-classification"],
            "cannot be of the task image-classification",
        ),
        (foreign.image_classifier, ["--task", "text-embedding"], "--tokenizer tokenizer.json"),
        (foreign.image_classifier, ["--task", "tabular-regression"], "[rows, columns]"),
    ],
)
def test_what_was_said_and_does_not_fit_is_refused(
    samovar: Run, models: Path, tmp_path: Path, make: Make, words: list[str], said: str
) -> None:
    assert said in refused(samovar, models, make(tmp_path), *words)


def test_a_tokenizer_that_does_not_fit_is_refused(
    samovar: Run, models: Path, tmp_path: Path
) -> None:
    graph = foreign.text_encoder(tmp_path)
    larger = [*foreign.VOCABULARY, *(f"word{number}" for number in range(50))]
    tokenizer = foreign.write_tokenizer(tmp_path / "large" / "tokenizer.json", larger)
    said = refused(samovar, models, graph, "--tokenizer", tokenizer)
    assert "its 59 tokens are more than the graph knows" in said
    broken = written(tmp_path / "broken" / "tokenizer.json", b"{}")
    assert "tokenizer" in refused(samovar, models, graph, "--tokenizer", broken)
    assert "there is no file" in refused(samovar, models, graph, "--tokenizer", tmp_path / "none")
    pictures = foreign.image_classifier(tmp_path)
    assert "takes no texts" in refused(samovar, models, pictures, "--tokenizer", tokenizer)


def test_a_folder_that_is_no_model_or_several_is_refused(
    samovar: Run, models: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no .onnx file" in refused(samovar, models, empty)
    assert "there is no file or folder" in refused(samovar, models, tmp_path / "nowhere")
    foreign.plain(tmp_path / "two")
    foreign.image_classifier(tmp_path / "two")
    assert "holds 2 graphs" in refused(samovar, models, tmp_path / "two")
    ours = onnx_models.write_folder(tmp_path, "ours", onnx_models.doubled(), 'task = "tensors"\n')
    assert "samovar models check ours" in refused(samovar, models, ours)


def test_a_folder_that_may_not_be_written_is_told(samovar: Run, tmp_path: Path) -> None:
    path = foreign.plain(tmp_path)
    taken = written(tmp_path / "models", b"a file")
    assert "is no folder" in samovar("models", "add", path, "--models", taken).stderr


def test_a_graph_that_never_ends_is_stopped(tmp_path: Path) -> None:
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Identity", ["state"], ["next"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, ()),
            helper.make_tensor_value_info("go", TensorProto.BOOL, ()),
            helper.make_tensor_value_info("state", FLOAT, (1, 2)),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, ()),
            helper.make_tensor_value_info("next", FLOAT, (1, 2)),
        ],
    )
    loop = helper.make_node("Loop", ["", "start", "x"], ["y"], body=body)
    model = foreign.build(
        [loop],
        {"x": (FLOAT, (1, 2)), "start": (TensorProto.BOOL, ())},
        {"y": (FLOAT, (1, 2))},
    )
    path = foreign.write(tmp_path, "endless.onnx", model)
    # The made-up `start` is true, so the loop goes on for ever.
    with pytest.raises(ModelRunFailed, match="within 2 s"):
        child.run(child.Task("explore", os.fspath(path)), longest_s=2)


def test_a_file_in_the_current_folder_cannot_stand_in_for_a_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = foreign.plain(tmp_path)
    (tmp_path / "onnxruntime.py").write_text("raise SystemExit('run')", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert child.run(child.Task("explore", os.fspath(path)))["opened"]


def test_what_a_killed_process_left_is_swept_away(
    samovar: Run, models: Path, tmp_path: Path
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead, living = (models / f".adding-x-{number}" / "x" for number in (gone.pid, os.getppid()))
    for folder in (dead, living):
        folder.mkdir(parents=True)
    assert samovar("models", "add", foreign.plain(tmp_path), "--models", models).exit_code == 0
    assert not dead.parent.exists()
    assert living.exists()


def test_names_in_a_graph_cannot_write_into_the_manifest(
    samovar: Run, models: Path, tmp_path: Path
) -> None:
    evil = 'x"\n[onnx]\ncustom_domains = ["my.ops"]\n#'
    node = helper.make_node("Softmax", [evil], ["y\n"], axis=1)
    model = foreign.build(
        [node], {evil: (FLOAT, ("n", 2))}, {"y\n": (FLOAT, ("n", 2))}, producer="skl2onnx"
    )
    path = foreign.write(tmp_path, "evil.onnx", model, check=False)
    shown = samovar("models", "add", path, "--models", models)
    assert shown.exit_code == 0, shown.stderr
    manifest = tomllib.loads((models / "evil" / "model.toml").read_text("utf-8"))
    assert "onnx" not in manifest
    assert manifest["post"][0]["tensor"] == "y\n"
