"""Estimators of scikit-learn as people bring them, fitted on a few rows, with those rows."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

PLANS = ("free", "team", "pro")
TEXTS = (
    "the kettle is on",
    "guests come soon",
    "they're late, aren't they?",
    "Prepare the report: Q3!",
    "ÜBER alles gut",
    "über, nicht gut",
)


@dataclass(frozen=True)
class Fitted:
    """An estimator, the names of its columns, and rows."""

    estimator: Any
    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def write(self, folder: Path, name: str = "churn") -> tuple[Path, Path]:
        """The .skops file and the CSV."""
        folder.mkdir(parents=True, exist_ok=True)
        path, sample = folder / f"{name}.skops", folder / f"{name}.csv"
        skops.io.dump(self.estimator, path)
        write_csv(sample, self.header, self.rows)
        return path, sample


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    """A CSV with a header; NaN is an empty cell."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([["" if str(cell) == "nan" else cell for cell in row] for row in rows])
    return path


def churn() -> Fitted:
    """Numbers that may be missing and a text: who stays and who goes."""
    random = np.random.default_rng(0)
    table = np.empty((60, 3), object)
    table[:, 0] = random.integers(18, 80, 60).astype(float)
    table[:, 1] = random.choice(PLANS, 60)
    table[:, 2] = (random.random(60) * 60).round(1)
    goes = np.where((table[:, 0] > 40) & (table[:, 1] != "free"), "stays", "goes")
    table[::9, 0] = np.nan
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    texts = OneHotEncoder(handle_unknown="ignore")
    columns = ColumnTransformer([("numbers", numbers, [0, 2]), ("texts", texts, [1])])
    estimator = make_pipeline(columns, LogisticRegression()).fit(table, goes)
    return Fitted(estimator, ("age", "plan", "months"), tuple(map(tuple, table.tolist())))


def iris_forest() -> Fitted:
    """A forest behind a scaler: in single precision some of its trees answer otherwise."""
    data = load_iris()
    forest = RandomForestClassifier(30, random_state=0)
    estimator = make_pipeline(StandardScaler(), forest).fit(
        data.data, data.target_names[data.target]
    )
    header = ("sepal_length", "sepal_width", "petal_length", "petal_width")
    return Fitted(estimator, header, tuple(map(tuple, data.data.tolist())))


def rent() -> Fitted:
    """A value from two numbers."""
    table = np.random.default_rng(0).random((40, 2)).round(2)
    estimator = Ridge(0.1).fit(table, 200 * table[:, 0] + 30 * table[:, 1])
    return Fitted(estimator, ("area", "rooms"), tuple(map(tuple, table.tolist())))


def mood() -> Fitted:
    """Texts by their words, pairs of words among them."""
    moods = ["good", "good", "bad", "bad", "good", "bad"]
    words = TfidfVectorizer(ngram_range=(1, 2))
    estimator = make_pipeline(words, LogisticRegression()).fit(TEXTS, moods)
    return Fitted(estimator, ("text",), tuple((text,) for text in TEXTS))
