"""`samovar models add` of an estimator: the model that comes of it, and what a person is told."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests import fitted_models as fitted
from tests import foreign_models as foreign
from tests.cli.conftest import Run

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def test_an_estimator_becomes_a_model_whose_examples_are_rows_with_its_own_answers(
    samovar: Run, tmp_path: Path
) -> None:
    brought = fitted.churn()
    path, sample = brought.write(tmp_path)
    models = tmp_path / "models"
    shown = samovar("models", "add", path, "--sample", sample, "--models", models, "--json")
    assert shown.exit_code == 0, shown.stderr
    told = json.loads(shown.stdout)
    assert (told["model"], told["task"]) == ("churn", "tabular-classification")
    assert (told["converted"]["rows"], told["converted"]["differing"]) == (60, 0)
    manifest = tomllib.loads((models / "churn" / "model.toml").read_text("utf-8"))
    assert manifest["post"][0]["labels"] == ["goes", "stays"]
    assert manifest["pre"][0]["missing"] == "nan"
    assert len(manifest["examples"]) == 2
    assert sorted(entry.name for entry in (models / "churn").iterdir()) == [
        "1", "model.lock", "model.toml",
    ]  # fmt: skip
    assert samovar("models", "check", "churn", "--models", models).exit_code == 0
    answered = samovar("predict", "churn", sample, "--models", models, "--json")
    labels = [one["label"] for one in json.loads(answered.stdout)["predictions"]]
    assert labels == list(brought.estimator.predict(_table(brought)))


def test_texts_are_asked_as_texts_and_a_person_reads_how_alike_the_answers_are(
    samovar: Run, tmp_path: Path
) -> None:
    path, sample = fitted.mood().write(tmp_path, "mood")
    models = tmp_path / "models"
    words = ("--sample", sample, "--labels", "grim,glad", "--models", models)
    shown = samovar("models", "add", path, *words)
    assert shown.exit_code == 0, shown.stderr
    for said in (
        "mood is added · text-classification",
        "parity: 6 of 6 rows of mood.csv are answered as scikit-learn answers them",
        "steps: text → text_tensor → classify",
    ):
        assert said in shown.stdout
    answered = samovar("predict", "mood", "ÜBER, nicht gut!", "--models", models, "--json")
    assert json.loads(answered.stdout)["label"] == "grim"


def test_what_is_refused_leaves_nothing_and_says_what_to_do(samovar: Run, tmp_path: Path) -> None:
    models = tmp_path / "models"
    (tmp_path / "model.pkl").write_bytes(b"cos\nsystem\n(S'touch owned'\ntR.")
    shown = samovar("models", "add", tmp_path / "model.pkl", "--models", models)
    assert shown.exit_code == 5
    assert "--trust-pickle" in shown.stderr
    graph = foreign.plain(tmp_path)
    wrong = samovar("models", "add", graph, "--sample", tmp_path / "x.csv", "--models", models)
    assert wrong.exit_code == 1
    assert "--sample is for an estimator" in wrong.stderr
    (tmp_path / "a.skops").write_bytes(b"PK")
    looked = samovar("models", "inspect", tmp_path / "a.skops")
    assert "--sample rows.csv` makes one" in " ".join(looked.stderr.split())
    assert not models.exists()


def _table(brought: fitted.Fitted) -> Any:
    import numpy as np

    table = np.empty((len(brought.rows), len(brought.header)), object)
    for number, row in enumerate(brought.rows):
        table[number] = row
    return table
