"""Bodies of every kind through real models: columns and inputs are known by the model's names."""

import io

import numpy as np
import orjson
import pytest
from samovar.service import Service
from samovar.types import Payload


def predict(service: Service, model: str, content_type: str, body: bytes) -> dict:
    return orjson.loads(service.predict(model, "", Payload(body, content_type)).body)


def saved(array: np.ndarray) -> bytes:
    target = io.BytesIO()
    np.save(target, array)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"row": {"rooms": 3, "area": 20}}'),
        ("application/json", b'{"row": [3, 20]}'),
        ("", b'{"row": {"area": 20, "rooms": 3}}'),
    ],
)
def test_a_row_by_name_and_a_row_by_place_are_one(service, content_type, body):
    answer = predict(service, "price", content_type, body)
    assert (answer["value"], answer["unit"]) == (70, "EUR")


@pytest.mark.parametrize("content_type", ["text/csv", "", "application/x-www-form-urlencoded"])
def test_a_table_is_answered_row_by_row(service, content_type):
    answer = predict(service, "price", content_type, b"area,rooms\n20,3\n0,1\n")
    assert [row["value"] for row in answer["predictions"]] == [70, 10]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-npy", saved(np.array([[1, 2, 3]], np.float64))),
        ("", saved(np.array([[1, 2, 3]], np.int16))),
        ("application/json", b'{"rows": [[1, 2, 3]]}'),
        ("application/json", b'{"rows": [{"x": [1, 2, 3]}]}'),
    ],
)
def test_an_array_goes_to_the_only_input(service, content_type, body):
    answer = predict(service, "affine", content_type, body)
    assert answer["predictions"] == [{"y": [4, 7, 10]}]


def test_a_request_without_rows_has_no_predictions(service):
    assert predict(service, "price", "text/csv", b"area,rooms\n")["predictions"] == []
    assert predict(service, "mood", "application/json", b'{"text": []}')["predictions"] == []
    empty = saved(np.empty((0, 3), np.float32))
    assert predict(service, "affine", "application/x-npy", empty)["predictions"] == []
