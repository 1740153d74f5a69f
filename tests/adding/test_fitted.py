"""A fitted estimator of scikit-learn becomes a graph that answers each row as it does."""

import os
import sys
import zipfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import skops.io
from samovar.adapters.onnx import OnnxRunner
from samovar_cli.adding.fitted import converting, parity
from samovar_cli.adding.fitted.sample import Rows
from samovar_cli.adding.fitted.work import convert
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import LinearSVC

from tests import fitted_models as fitted

pytestmark = pytest.mark.filterwarnings("ignore")  # of scikit-learn's and skl2onnx's own making


def converted(folder: Path, path: Path, sample: Path | str = "", **said: Any) -> dict[str, Any]:
    options = {"path": path, "out": folder / "out.onnx", "sample": sample, "columns": []}
    return convert({**options, "trust_pickle": False, **said})


def saved(folder: Path, estimator: Any, name: str = "model.skops") -> Path:
    skops.io.dump(estimator, folder / name)
    return folder / name


def refusal(folder: Path, path: Path, sample: Path | str = "", **said: Any) -> str:
    found = converted(folder, path, sample, **said)
    assert set(found) == {"said", "kind"}
    return str(found["said"])


@pytest.mark.parametrize(
    ("make", "columns", "label"),
    [
        (fitted.churn, ["age", "plan", "months"], "label"),
        (fitted.rent, ["area", "rooms"], "value"),
        (fitted.mood, ["text"], "label"),
    ],
)
def test_every_row_of_a_sample_is_answered_alike(
    tmp_path: Path, make: Any, columns: list[str], label: str
) -> None:
    brought = make()
    found = converted(tmp_path, *brought.write(tmp_path))
    assert not found["said"]
    assert found["columns"] == columns
    assert found["parity"]["rows"] == len(brought.rows)
    assert found["parity"]["differing"] == 0
    assert all(label in answer for answer in found["answers"])


def test_the_graph_that_is_written_answers_as_scikit_learn_does(tmp_path: Path) -> None:
    brought = fitted.rent()
    converted(tmp_path, *brought.write(tmp_path))
    table = np.array(brought.rows)
    got = OnnxRunner(tmp_path / "out.onnx").run({"features": table.astype(np.float32)}, ())
    np.testing.assert_allclose(got["variable"][:, 0], brought.estimator.predict(table), rtol=1e-5)


def test_a_forest_that_answers_otherwise_in_single_precision_gets_double(tmp_path: Path) -> None:
    found = converted(tmp_path, *fitted.iris_forest().write(tmp_path))
    assert "FP64" in found["way"]
    assert found["parity"]["differing"] == 0
    assert [answer["label"] for answer in found["answers"][:3]] == found["labels"]


def test_without_a_sample_rows_lie_where_the_estimator_tells_values_apart(tmp_path: Path) -> None:
    path, _ = fitted.churn().write(tmp_path)
    found = converted(tmp_path, path, columns=["age", "plan", "months"])
    assert found["parity"]["answers"] == 2
    assert {row["plan"] for row in found["rows"]} == set(fitted.PLANS)
    random = np.random.default_rng(0)
    table = random.normal(5000, 10, (60, 2))
    forest = RandomForestRegressor(5, random_state=0).fit(table, table[:, 0])
    values = [answer["value"] for answer in converted(tmp_path, saved(tmp_path, forest))["answers"]]
    assert len(set(np.round(values, 1))) > 10  # many of its leaves


def test_histogram_boosting_searches_and_truth_values_are_taken(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    table = random.random((60, 2))
    truth = table[:, 0] > 0.5
    boosted = HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=5).fit(table, truth)
    found = converted(tmp_path, saved(tmp_path, boosted))
    assert (found["labels"], found["parity"]["differing"]) == (["False", "True"], 0)
    search = GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=2).fit(table, truth)
    assert converted(tmp_path, saved(tmp_path, search))["estimator"] == "LogisticRegression"


def test_gaps_are_filled_in_double_precision_too(tmp_path: Path) -> None:
    data = load_iris()
    table = data.data.copy()
    table[::5, 2] = np.nan
    steps = (SimpleImputer(), StandardScaler(), RandomForestClassifier(30, random_state=0))
    estimator = make_pipeline(*steps).fit(table, data.target)
    rows = Rows(("a", "b", "c", "d"), tuple(table.T))
    graph = converting.convert(estimator, rows, converting.WAYS[2])
    (tmp_path / "out.onnx").write_bytes(graph.SerializeToString())
    outputs = OnnxRunner(tmp_path / "out.onnx").run({"features": table}, ())
    wanted = parity.expected(estimator, rows)
    assert parity.compare(wanted, outputs, rows).differing == 0


def test_a_text_that_an_imputer_stands_in_for_is_sent_as_an_empty_one(tmp_path: Path) -> None:
    table = np.array([["a", 1.0], ["b", 2.0], [np.nan, 3.0], ["b", 4.0]] * 5, object)
    texts = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
    )
    columns = ColumnTransformer([("texts", texts, [0]), ("rest", StandardScaler(), [1])])
    estimator = make_pipeline(columns, LogisticRegression()).fit(table, [0, 1, 1, 1] * 5)
    path = saved(tmp_path, estimator)
    sample = fitted.write_csv(tmp_path / "t.csv", ("city (of birth)", "size"), table.tolist())
    found = converted(tmp_path, path, sample)
    assert found["notes"] == ["a text that is missing is sent as an empty one: city (of birth)"]
    assert (found["parity"]["rows"], found["parity"]["differing"]) == (20, 0)
    assert converted(tmp_path, path)["parity"]["differing"] == 0


def test_columns_of_true_and_false_are_numbers_and_it_is_told(tmp_path: Path) -> None:
    rows = [(True, 1.0), (False, 2.0), (True, 3.0), (False, 4.0)] * 5
    estimator = LogisticRegression().fit(np.array(rows), [0, 1, 1, 1] * 5)
    sample = fitted.write_csv(tmp_path / "t.csv", ("active", "size"), rows)
    found = converted(tmp_path, saved(tmp_path, estimator), sample)
    assert found["notes"] == ["send 1 for true and 0 for false in active"]
    assert found["rows"][0] == {"active": 1, "size": 1}
    assert found["parity"]["differing"] == 0


@pytest.mark.parametrize("machine", [LinearSVC(), LogisticRegression()])
def test_words_that_come_more_than_once_count_as_scikit_learn_counts_them(
    tmp_path: Path, machine: Any
) -> None:
    texts = [f"{word} {word} {word} tea {other} x" for word in "abcd" for other in ("pot", "größe")]
    words = TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    estimator = make_pipeline(words, machine).fit(texts, ["yes", "no"] * 4)
    found = converted(tmp_path, saved(tmp_path, estimator))
    assert (found["said"], found["parity"]["differing"]) == ("", 0)


def test_a_classifier_without_probabilities_is_told(tmp_path: Path) -> None:
    table = np.random.default_rng(0).random((60, 2))
    found = converted(tmp_path, saved(tmp_path, LinearSVC().fit(table, table[:, 0] > 0.5)))
    assert not found["has_scores"]
    scores = OnnxRunner(tmp_path / "out.onnx").run({"features": np.float32([[0, 0], [1, 0]])}, ())
    assert scores["probabilities"].argmax(axis=1).tolist() == [0, 1]
    assert all(set(answer) == {"label"} for answer in found["answers"])


def test_columns_that_were_chosen_by_name_need_no_data_frame(tmp_path: Path) -> None:
    brought = fitted.churn()
    steps = brought.estimator.steps[0][1]
    steps.feature_names_in_ = np.array(brought.header, object)  # as a fit on a frame leaves it
    steps.transformers_ = [
        (name, step, [brought.header[place] for place in places])
        for name, step, places in steps.transformers_
    ]
    path, sample = brought.write(tmp_path)
    found = converted(tmp_path, path, sample)
    assert (found["columns"], found["parity"]["differing"]) == (list(brought.header), 0)


def test_columns_of_the_sample_that_are_no_features_are_told(tmp_path: Path) -> None:
    brought = fitted.rent()
    path, _ = brought.write(tmp_path)
    rows = [(row[1], "Oslo", row[0]) for row in brought.rows]
    sample = fitted.write_csv(tmp_path / "more.csv", ("rooms", "city", "area"), rows)
    found = converted(tmp_path, path, sample, columns=["area", "rooms"])
    assert found["notes"] == ["of more.csv these columns are no features: city"]
    assert found["columns"] == ["area", "rooms"]
    said = refusal(tmp_path, path, sample)
    assert "the sample has 3 columns (rooms, city, area), but the estimator was fitted on 2" in said


def test_rows_that_lack_a_text_are_left_out_and_counted(tmp_path: Path) -> None:
    brought = fitted.churn()
    path, _ = brought.write(tmp_path)
    rows = [*brought.rows[:9], (40, "", 3.0)]
    sample = fitted.write_csv(tmp_path / "gaps.csv", brought.header, rows)
    found = converted(tmp_path, path, sample)
    assert found["parity"]["rows"] == 9
    assert any(note.startswith("1 rows lack a text") for note in found["notes"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty; its first line must name the columns"),
        ("area,rooms\n", "has a header and no rows"),
        ("area,area\n1,2\n", "wrong.csv:1: each column needs a name of its own"),
        ("1,2\n3,4\n", "wrong.csv:1: these are numbers"),
        ("area;rooms\n1;2\n", "wrong.csv:1: cells are parted by ';'"),
        ("area,rooms\n1,2\n3\n", "wrong.csv:3: 1 cells, and the header has 2"),
        ("area,rooms\n1,2\n3,n/a\n4,5\n", "wrong.csv:3: column 'rooms' has 'n/a' among numbers"),
        ('area,rooms\n1,"2\n', "wrong.csv:"),
        ("area,rooms\n1,\n", "scikit-learn itself does not answer the rows of the sample"),
    ],
)
def test_a_sample_that_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path, _ = fitted.rent().write(tmp_path)
    (tmp_path / "wrong.csv").write_text(text, "utf-8")
    assert said in refusal(tmp_path, path, tmp_path / "wrong.csv", columns=[])


def test_a_sample_without_a_column_that_was_fitted_is_refused(tmp_path: Path) -> None:
    path, sample = fitted.rent().write(tmp_path)
    assert "lacks the column 'floor'" in refusal(tmp_path, path, sample, columns=["area", "floor"])
    assert "there is no file" in refusal(tmp_path, path, tmp_path / "nowhere.csv")


def test_a_pickle_is_opened_only_where_somebody_vouches_for_it(tmp_path: Path) -> None:
    joblib.dump(fitted.rent().estimator, tmp_path / "rent.joblib")
    assert "to open a pickle is to run the code" in refusal(tmp_path, tmp_path / "rent.joblib")
    found = converted(tmp_path, tmp_path / "rent.joblib", trust_pickle=True)
    assert found["parity"]["differing"] == 0


def test_types_that_nobody_knows_are_refused_by_name(tmp_path: Path) -> None:
    strange = LinearRegression().fit([[1.0]], [1.0])
    strange.hook = os.system
    assert "holds posix.system" in refusal(tmp_path, saved(tmp_path, strange))


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda path: path.write_bytes(b"hello"), "it is no zip archive"),
        (lambda path: zipfile.ZipFile(path, "w").close(), "cannot be opened"),
        (lambda path: skops.io.dump([1, 2], path), "which is no estimator"),
        (lambda path: skops.io.dump(LinearRegression(), path), "that was never fitted"),
    ],
)
def test_what_holds_no_fitted_estimator_is_refused(tmp_path: Path, write: Any, said: str) -> None:
    write(tmp_path / "model.skops")
    assert said in refusal(tmp_path, tmp_path / "model.skops")


@pytest.mark.parametrize("missing", ["skops.io", "sklearn", "skl2onnx"])
def test_a_package_that_is_missing_is_told_with_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    path, _ = fitted.rent().write(tmp_path)
    monkeypatch.setitem(sys.modules, missing, None)
    assert "pip install 'samovar[sklearn]'" in refusal(tmp_path, path)


def test_an_estimator_without_a_converter_is_named(tmp_path: Path) -> None:
    from sklearn.kernel_ridge import KernelRidge

    path = saved(tmp_path, KernelRidge().fit([[1.0], [2.0]], [1.0, 2.0]))
    assert "no converter for KernelRidge" in refusal(tmp_path, path)


def test_whole_number_codes_stay_texts_where_the_encoder_learnt_texts(tmp_path: Path) -> None:
    table = np.array([["1", 0.5], ["2", 1.5], ["1", 2.5], ["2", 0.1]], object)
    columns = ColumnTransformer([("codes", OrdinalEncoder(), [0]), ("rest", StandardScaler(), [1])])
    estimator = make_pipeline(columns, LogisticRegression()).fit(table, ["a", "b", "a", "b"])
    path = saved(tmp_path, estimator)
    sample = fitted.write_csv(tmp_path / "codes.csv", ("code", "size"), table.tolist())
    found = converted(tmp_path, path, sample)
    assert found["rows"][0] == {"code": "1", "size": 0.5}
    assert found["parity"]["differing"] == 0
