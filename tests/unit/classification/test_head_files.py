"""A saved head: as it was to the bit, and no file that somebody changed is believed."""

from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samovar.classification.fitting import fit_head, probabilities
from samovar.classification.head_files import (
    Encoder,
    SavedHead,
    encoder_of,
    read_head,
    write_head,
)
from samovar.classification.label_heads import LabelHead
from samovar.errors import ModelCorrupt
from samovar.types import ModelSpec

from tests.unit.classification.test_heads import drawn


def saved(seed: int = 0, share: float | None = 0.05) -> SavedHead:
    rows, truth, names = drawn(seed, 9, 3, 6)
    head = LabelHead(("a", "b", "ß"), fit_head(rows, truth, names), share)
    return SavedHead(Encoder("sense", "1", "ab"), head, ("", "two", ""))


@settings(max_examples=12)
@given(st.integers(0, 1000), st.none() | st.floats(0.01, 0.99))
def test_what_is_read_is_what_was_written(seed: int, share: float | None) -> None:
    body = write_head(saved(seed, share))
    again = read_head(body)
    assert write_head(again) == body
    rows = drawn(seed, 9, 3, 6)[0]
    np.testing.assert_array_equal(
        probabilities(again.label_head.head, rows),
        probabilities(saved(seed).label_head.head, rows),
    )
    assert again.descriptions == ("", "two", "")
    assert again.label_head.share == share


def test_no_example_is_kept() -> None:
    assert set(orjson.loads(write_head(saved()))["labels"][0]) == {
        "name",
        "description",
        "examples",
    }


def changed(**fields: Any) -> bytes:
    return orjson.dumps(orjson.loads(write_head(saved())) | fields)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        write_head(saved())[:-9],
        changed(format=2),
        changed(weight="AAAA"),
        changed(weight="not base64!"),
        changed(bias=7),
        changed(labels=[]),
        changed(labels=[{"name": "a"}]),
        changed(width=-6),
        changed(width=5),
        changed(known={}),
        changed(encoder=None),
        changed(bias="AADAfwAAwH8AAMB/"),  # NaN
    ],
)
def test_what_is_no_head_is_a_fault_of_the_model(body: bytes) -> None:
    with pytest.raises(ModelCorrupt):
        read_head(body)


def test_an_encoder_is_known_by_its_versions_files() -> None:
    spec = ModelSpec("sense", files={"1/model.onnx": "ab", "2/model.onnx": "cd"})
    one, two = encoder_of(spec, "1"), encoder_of(spec, "2")
    assert (one.model, one.version) == ("sense", "1")
    assert one.sha256 != two.sha256
    more = ModelSpec("sense", title="New", files={**spec.files, "3/model.onnx": "ef"})
    assert encoder_of(more, "1") == one
    assert encoder_of(ModelSpec("sense"), "1").sha256 == ""
