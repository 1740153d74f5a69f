"""`samovar models add`: what a stranger's graph becomes, and that it answers as it says."""

import json
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests import foreign_models as foreign
from tests.cli.conftest import Run


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Where models are added; not there yet."""
    return tmp_path / "models"


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    """Where strangers' files lie."""
    return tmp_path / "bench"


def added(samovar: Run, models: Path, *words: object) -> dict[str, Any]:
    """What `add` tells, and what is written: under `manifest` and `lock`."""
    shown = samovar("models", "add", *words, "--models", models, "--json")
    assert shown.exit_code == 0, shown.stderr
    told: dict[str, Any] = json.loads(shown.stdout)
    for key, file in (("manifest", "model.toml"), ("lock", "model.lock")):
        told[key] = tomllib.loads((models / told["model"] / file).read_text("utf-8"))
    return told


def check(samovar: Run, models: Path, name: str) -> None:
    """Its golden example holds, and the command that was told works as it stands."""
    checked = samovar("models", "check", name, "--models", models)
    assert checked.exit_code == 0, checked.stdout


def test_tensors_of_no_known_shape_are_served_as_they_are(
    samovar: Run, models: Path, bench: Path
) -> None:
    told = added(samovar, models, foreign.plain(bench))
    assert (told["model"], told["task"], told["steps"]) == ("product", "tensors", [])
    assert told["manifest"]["batch"] == {"axis": False}
    assert told["answer"]["outputs"][0]["shape"] == [2, 2]
    check(samovar, models, "product")


def test_a_classifier_of_scikit_learn_names_its_own_classes(
    samovar: Run, models: Path, bench: Path
) -> None:
    told = added(samovar, models, foreign.scikit_classifier(bench), "--columns", "size,age")
    assert told["task"] == "tabular-classification"
    assert told["manifest"]["input"]["columns"] == ["size", "age"]
    assert told["manifest"]["post"][0]["labels"] == ["cat", "dog", "newt"]
    assert told["manifest"]["post"][0]["scores"] == "probabilities"
    assert told["rows_share_runs"]
    assert told["answer"]["label"] in ("cat", "dog", "newt")
    check(samovar, models, "pets")


def test_a_regressor_of_scikit_learn_answers_a_value(
    samovar: Run, models: Path, bench: Path
) -> None:
    told = added(samovar, models, foreign.scikit_regressor(bench))
    assert told["task"] == "tabular-regression"
    row = json.loads(shlex.split(told["commands"][0])[-1])["row"]
    assert list(row) == ["feature_1", "feature_2"]
    expected = 2 * row["feature_1"] + 3 * row["feature_2"] + 1
    assert told["answer"]["value"] == pytest.approx(expected)
    check(samovar, models, "rent")


def test_texts_and_numbers_are_columns_of_a_row(samovar: Run, models: Path, bench: Path) -> None:
    told = added(samovar, models, foreign.texts_and_numbers(bench), "--labels", "stays,goes")
    assert told["task"] == "tabular-classification"
    datatypes = {t["name"]: t["datatype"] for t in told["manifest"]["pre"][0]["tensors"]}
    assert datatypes == {"plan": "BYTES", "months": "FP32"}
    assert told["manifest"]["post"][0]["labels"] == ["stays", "goes"]
    check(samovar, models, "churn")


def test_token_vectors_become_an_embedding_of_the_text_alone(
    samovar: Run, models: Path, bench: Path
) -> None:
    graph = foreign.text_encoder(bench)
    tokenizer = foreign.write_tokenizer(bench / "words" / "tokenizer.json")
    told = added(samovar, models, graph, "--tokenizer", tokenizer)
    assert told["task"] == "text-embedding"
    assert [step["step"] for step in told["steps"]] == [
        "tokenize", "pool", "l2_normalize", "embedding",
    ]  # fmt: skip
    assert told["manifest"]["batch"] == {"axis": False}  # padding would count in the mean
    assert len(told["answer"]["embedding"]) == 4
    check(samovar, models, "encoder")


def test_a_text_model_without_its_tokenizer_says_what_it_lacks(
    samovar: Run, models: Path, bench: Path
) -> None:
    told = added(samovar, models, foreign.text_encoder(bench))
    assert told["task"] == "tensors"
    assert "--tokenizer tokenizer.json --force" in told["notes"][0]


def test_a_tokenizer_that_lies_beside_a_graph_is_taken_and_texts_are_cut_to_its_places(
    samovar: Run, models: Path, bench: Path
) -> None:
    told = added(samovar, models, foreign.text_classifier(bench, longest=64))
    assert told["task"] == "text-classification"
    assert told["manifest"]["pre"][0]["max_length"] == 64
    assert "1/tokenizer.json" in told["lock"]["files"]
    assert told["answer"]["label"] in ("class 0", "class 1")
    assert any("does not name its 2 classes" in note for note in told["notes"])
    check(samovar, models, "mood")


def test_texts_are_filled_up_for_a_graph_of_one_length_and_of_its_own_datatypes(
    samovar: Run, models: Path, bench: Path
) -> None:
    told = added(samovar, models, foreign.fixed_text_classifier(bench), "--labels", "good,bad")
    assert told["task"] == "text-classification"
    step = told["manifest"]["pre"][0]
    form = {key: step[key] for key in ("max_length", "length", "datatype", "mask_datatype")}
    assert form == {"max_length": 16, "length": 16, "datatype": "INT32", "mask_datatype": "BOOL"}
    assert told["rows_share_runs"]
    check(samovar, models, "verdict")


def test_vectors_of_texts_that_are_filled_up_are_not_averaged(
    samovar: Run, models: Path, bench: Path
) -> None:
    tokenizer = foreign.write_tokenizer(bench / "tokenizer.json")
    told = added(samovar, models, foreign.text_encoder(bench, length=16), "--tokenizer", tokenizer)
    assert [step["step"] for step in told["steps"]] == ["tokenize"]
    assert any("would count in their mean" in note for note in told["notes"])


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_a_picture_of_any_size_is_brought_to_a_classifiers_own(
    samovar: Run, models: Path, bench: Path, layout: str
) -> None:
    graph = foreign.image_classifier(bench, layout)
    told = added(samovar, models, graph, "--labels", "red,green,blue")
    assert told["task"] == "image-classification"
    steps = {step["step"]: step for step in told["steps"]}
    assert steps["resize"]["size"] == [8, 8]
    assert steps["image_tensor"]["layout"] == layout
    assert told["answer"]["label"] in ("red", "green", "blue")
    check(samovar, models, graph.stem)


def test_rows_that_depend_on_each_other_share_no_run(
    samovar: Run, models: Path, bench: Path
) -> None:
    told = added(samovar, models, foreign.mixing_rows(bench))
    assert not told["rows_share_runs"]
    text = (models / "centred" / "model.toml").read_text("utf-8")
    assert "a row's y depends on the rows that it shares a run with" in text


def test_an_input_that_stands_alone_is_called_by_the_open_protocol(
    samovar: Run, models: Path, bench: Path
) -> None:
    told = added(samovar, models, foreign.with_scalar(bench))
    assert "/v2/models/rated/infer" in told["commands"][1]
    check(samovar, models, "rated")


@pytest.mark.parametrize("make", [foreign.plain, foreign.scikit_classifier, foreign.with_scalar])
def test_the_predict_command_that_is_told_works_as_it_stands(
    samovar: Run, models: Path, bench: Path, make: Any
) -> None:
    told = added(samovar, models, make(bench))
    answered = samovar(*shlex.split(told["commands"][0])[1:])
    assert answered.exit_code == 0, answered.stderr


def test_a_person_reads_what_was_found_and_how_to_call_it(
    samovar: Run, models: Path, bench: Path
) -> None:
    shown = samovar("models", "add", foreign.scikit_classifier(bench), "--models", models)
    for said in (
        "pets is added · tabular-classification · light lane",
        "steps: row → columns → classify",
        "It answers a made-up input",
        "$ samovar predict",
        "curl -s http://127.0.0.1:8000/v1/models/pets/predict",
    ):
        assert said in shown.stdout


def test_texts_that_an_encoder_knows_are_made_up_where_it_refuses_others(
    samovar: Run, models: Path, bench: Path
) -> None:
    told = added(samovar, models, foreign.strict_categories(bench))
    row = told["manifest"]["examples"][0]["json"]["row"]
    assert row == {"city": "Oslo", "kind": "flat"}
    check(samovar, models, "homes")


def test_probabilities_in_maps_are_a_tensor_in_the_copy_that_is_added(
    samovar: Run, models: Path, bench: Path
) -> None:
    graph = foreign.with_a_map(bench)
    before = graph.read_bytes()
    told = added(samovar, models, graph, "--columns", "size,age")
    assert told["task"] == "tabular-classification"
    assert told["answer"]["label"] in ("cat", "dog")
    assert any("ZipMap" in note for note in told["notes"])
    assert graph.read_bytes() == before
    check(samovar, models, "mapped")


def test_labels_and_scaling_that_lie_beside_a_graph_are_taken(
    samovar: Run, models: Path, bench: Path
) -> None:
    graph = foreign.image_classifier(bench)
    (bench / "config.json").write_text('{"id2label": {"1": "green", "0": "red", "2": "blue"}}')
    (bench / "preprocessor_config.json").write_text(
        '{"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 3}'
    )
    told = added(samovar, models, graph)
    steps = {step["step"]: step for step in told["steps"]}
    assert steps["classify"]["labels"] == ["red", "green", "blue"]
    assert steps["image_tensor"]["mean"] == [0.5, 0.5, 0.5]
    assert steps["resize"]["interpolation"] == "bicubic"
    assert told["notes"] == []


def test_many_labels_lie_in_a_file_beside_the_graph(
    samovar: Run, models: Path, bench: Path
) -> None:
    (bench / "names.txt").parent.mkdir(parents=True)
    (bench / "names.txt").write_text("\n".join(f"shade {number}" for number in range(30)))
    graph = foreign.image_classifier(bench, classes=30)
    told = added(samovar, models, graph, "--labels", bench / "names.txt", "--name", "shades")
    assert told["manifest"]["post"][0]["labels"] == "labels.txt"
    assert len(told["answer"]["probabilities"]) == 5
    assert (models / "shades" / "1" / "labels.txt").read_text().count("\n") == 30


def test_a_task_that_is_asked_for_is_what_it_becomes(
    samovar: Run, models: Path, bench: Path
) -> None:
    graph = foreign.image_classifier(bench)
    assert added(samovar, models, graph, "--task", "tensors")["steps"] == []
    told = added(samovar, models, graph, "--task", "image-embedding", "--name", "vectors")
    assert told["task"] == "image-embedding"
    assert len(told["answer"]["embedding"]) == 3
