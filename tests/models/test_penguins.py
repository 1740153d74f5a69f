"""`penguins` and `penguin-mass`: rows with texts, numbers and gaps, as scikit-learn judged them."""

import csv
import io

import numpy as np
import orjson
import pytest
from samovar.types import OIP_JSON, Payload

from recipes.penguin_data import NUMBERS, read_penguins, split

BIRD = {
    "island": "Biscoe",
    "sex": "male",
    "culmen_length_mm": 50.4,
    "culmen_depth_mm": 15.7,
    "flipper_length_mm": 222,
    "body_mass_g": 5750,
}
HEAVY = {"species": "Gentoo", **{name: BIRD[name] for name in BIRD if name != "body_mass_g"}}


@pytest.fixture(scope="module")
def unseen():
    """The 103 birds held out, as JSON rows."""
    _, birds = split(read_penguins())
    return [
        {
            name: None if value != value else value  # noqa: PLR0124 - NaN
            for name, value in zip(birds, row, strict=True)
        }
        for row in zip(*(column.tolist() for column in birds.values()), strict=True)
    ]


def without(row, *names):
    return {name: value for name, value in row.items() if name not in names}


def test_held_out_rows_sent_as_json_have_the_accuracy_of_the_lock(answer, opened, unseen):
    rows = [without(row, "species") for row in unseen]
    found = answer("penguins", {"rows": rows})["predictions"]
    right = [each["label"] == row["species"] for each, row in zip(found, unseen, strict=True)]
    metrics = opened("penguins").spec.metrics
    assert np.mean(right) == pytest.approx(metrics["accuracy"], abs=1e-4)
    assert metrics["accuracy"] >= 0.97


def test_the_same_rows_in_csv_get_the_same_answers(answer, unseen):
    rows = [without(row, "species") for row in unseen[:20]]
    table = io.StringIO()
    writer = csv.DictWriter(table, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    by_csv = answer("penguins", table.getvalue().encode(), "text/csv")["predictions"]
    assert by_csv == answer("penguins", {"rows": rows})["predictions"]


def test_held_out_birds_are_weighed_with_the_error_of_the_lock(answer, opened, unseen):
    rows = [without(row, "body_mass_g") for row in unseen]
    found = answer("penguin-mass", {"rows": rows})["predictions"]
    errors = [each["value"] - row["body_mass_g"] for each, row in zip(found, unseen, strict=True)]
    metrics = opened("penguin-mass").spec.metrics
    assert np.abs(errors).mean() == pytest.approx(metrics["mae_g"], abs=0.1)
    assert metrics["r2"] > 0.85


def test_texts_go_to_the_graph_as_bytes_tensors_and_come_back_as_one(real_service):
    inputs = [
        {
            "name": name,
            "shape": [2, 1],
            "datatype": "BYTES" if isinstance(value, str) else "FP32",
            "data": [value, value],
        }
        for name, value in BIRD.items()
    ]
    body = orjson.dumps({"inputs": inputs, "outputs": [{"name": "species"}]})
    said = real_service.predict("penguins", "", Payload(body, OIP_JSON))
    (species,) = orjson.loads(said.body)["outputs"]
    assert species == {
        "name": "species",
        "datatype": "BYTES",
        "shape": [2],
        "data": ["Gentoo", "Gentoo"],
    }


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_was_not_measured_may_be_null(answer, name):
    assert answer("penguins", {"row": {**BIRD, name: None}})["label"] == "Gentoo"


@pytest.mark.parametrize("gap", [{"sex": None}, {"island": None}, {"sex": "", "island": ""}])
def test_a_text_that_is_not_known_may_be_null_or_empty(answer, gap):
    assert answer("penguins", {"row": {**BIRD, **gap}})["label"] == "Gentoo"


def test_an_island_nobody_knows_counts_as_none(answer):
    unknown = answer("penguins", {"row": {**BIRD, "island": "Atlantis"}})
    assert (
        unknown["probabilities"]
        == answer("penguins", {"row": without(BIRD, "island")})["probabilities"]
    )


def test_a_size_left_out_is_the_median_of_the_birds_learned_from(answer):
    seen, _ = split(read_penguins())
    name = "flipper_length_mm"
    filled = {**HEAVY, name: float(np.nanmedian(seen[name]))}
    left_out = answer("penguin-mass", {"row": without(HEAVY, name)})
    assert left_out["value"] == answer("penguin-mass", {"row": filled})["value"]
    assert left_out["unit"] == "g"


def test_no_rows_have_no_predictions(answer):
    assert answer("penguins", {"rows": []})["predictions"] == []
    assert answer("penguin-mass", {"rows": []})["predictions"] == []
