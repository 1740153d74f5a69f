"""The Palmer penguins, which lie in scikit-learn's wheel among the files of its own tests."""

import csv
import gzip
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

DATA = "tests/data/openml/id_42585/data-v1-dl-21854866.arff.gz"
NUMBERS = ("culmen_length_mm", "culmen_depth_mm", "flipper_length_mm", "body_mass_g")
SPECIES = ("Adelie", "Chinstrap", "Gentoo")
ISLANDS = ("Biscoe", "Dream", "Torgersen")
SEXES = ("female", "male")
UNKNOWN = ""
"""A text that is not known; it has no column of its own."""

SEED = 0
HELD_OUT = 0.3

Columns = dict[str, NDArray[Any]]
"""Columns by name: float32 (rows,) with NaN, or texts (rows,)."""


def read_penguins() -> Columns:
    """The birds of which anything was measured: species, island, sex and NUMBERS; 342 rows."""
    with gzip.open(str(files("sklearn.datasets") / DATA), "rt", encoding="utf-8") as file:
        lines = [line for line in file if line.strip() and line[0] not in "%@"]
    names = ("species", "island", *NUMBERS, "sex")
    rows = [row for row in csv.reader(lines) if set(row[2:6]) != {"?"}]
    held = dict(zip(names, zip(*rows, strict=True), strict=True))
    sexes = [sex.lower() if sex.lower() in SEXES else UNKNOWN for sex in held["sex"]]
    texts = {"species": held["species"], "island": held["island"], "sex": sexes}
    numbers = {name: [np.nan if text == "?" else text for text in held[name]] for name in NUMBERS}
    return {
        **{name: np.array(column, object) for name, column in texts.items()},
        **{name: np.array(column, np.float32) for name, column in numbers.items()},
    }


def split(birds: Columns) -> tuple[Columns, Columns]:
    """Birds to learn from and birds held out, of each species alike."""
    rows = np.arange(len(birds["species"]))
    parts = train_test_split(rows, test_size=HELD_OUT, stratify=birds["species"], random_state=SEED)
    seen, unseen = ({name: column[part] for name, column in birds.items()} for part in parts)
    return seen, unseen
