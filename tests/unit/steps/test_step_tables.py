"""Every step of the table is a frozen value whose bad parameters are told by key."""

import dataclasses
from importlib import import_module

import pytest
from samovar.steps import STEPS, build_step
from samovar.types import Kind

from tests.data.binding import faults


@pytest.mark.parametrize("name", sorted(STEPS))
def test_a_step_is_a_frozen_slotted_dataclass_that_says_what_it_takes_and_gives(name):
    module, _, attribute = STEPS[name].partition(":")
    cls = getattr(import_module(module), attribute)
    assert dataclasses.is_dataclass(cls)
    assert cls.__dataclass_params__.frozen
    assert "__slots__" in cls.__dict__
    assert cls.__doc__
    assert isinstance(cls.takes, Kind)
    assert isinstance(cls.gives, Kind)


def test_an_unknown_step_is_told_with_the_known_ones():
    (fault,) = build_step({"step": "resise"})
    assert fault.key == "step"
    assert "resize" in fault.message


@pytest.mark.parametrize("name", sorted(STEPS))
def test_an_unknown_parameter_is_a_fault_of_every_step(name):
    assert "unknown parameter" in faults(name, colour="red")["colour"]


BAD = [
    ("resize", {"size": 0}, "size"),
    ("resize", {"size": [10, 0]}, "size"),
    ("resize", {"size": [1, 2, 3]}, "size"),
    ("resize", {"size": 70_000}, "size"),
    ("resize", {}, ""),
    ("resize", {"size": 8, "interpolation": "linear"}, "interpolation"),
    ("center_crop", {"size": -1}, "size"),
    ("letterbox", {"size": 8, "pad": 256}, "pad"),
    ("letterbox", {"size": 8, "scale_up": 1}, "scale_up"),
    ("image_tensor", {"tensor": "x", "mean": [0.5, 0.5]}, "mean"),
    ("image_tensor", {"tensor": "x", "std": [1, 0, 1]}, "std"),
    ("image_tensor", {"tensor": "x", "std": 0}, "std"),
    ("image_tensor", {"tensor": "x", "datatype": "UINT8", "scale": 2.0}, "datatype"),
    ("image_tensor", {"tensor": "x", "size": [0, 4]}, "size"),
    ("image_tensor", {"tensor": "x", "layout": "CHW"}, "layout"),
    ("tokenize", {"max_length": 0}, "max_length"),
    ("tokenize", {"ids": ""}, "ids"),
    ("tokenize", {"ids": "x", "mask": "x"}, "ids"),
    ("byte_windows", {"beginning": -1}, "beginning"),
    ("byte_windows", {"end": -1}, "end"),
    ("byte_windows", {"padding": 70_000}, "padding"),
    ("byte_windows", {"block_size": 10}, "block_size"),
    ("impute", {"values": {}}, "values"),
    ("impute", {"values": {"a": [1]}}, "values"),
    ("category_map", {"columns": {}}, "columns"),
    ("category_map", {"columns": {"a": []}}, "columns"),
    ("category_map", {"columns": {"a": ["x", "x"]}}, "columns"),
    ("columns", {"tensors": []}, "tensors"),
    ("columns", {"tensors": [{"name": "x"}]}, "tensors"),
    ("columns", {"tensors": ["x"]}, "tensors"),
    ("columns", {"tensors": [{"name": "x", "columns": []}]}, "tensors"),
    ("columns", {"tensors": [{"name": "x", "columns": ["a", "a"]}]}, "tensors"),
    ("columns", {"tensors": [{"name": "x", "columns": ["a"], "datatype": "FP8"}]}, "tensors"),
    ("columns", {"tensors": [{"name": "x", "columns": ["a"]}] * 2}, "tensors"),
    ("resample", {"rate_hz": 10}, "rate_hz"),
    ("resample", {"rate_hz": True}, "rate_hz"),
    ("audio_tensor", {"tensor": "x", "samples": -1}, "samples"),
    ("audio_tensor", {"tensor": "x", "lengths": "x"}, "lengths"),
    ("frame", {"tensor": "x", "length": 0}, "length"),
    ("frame", {"tensor": "x", "length": 4, "hop": -1}, "hop"),
    ("frame", {"tensor": "x", "length": 4, "counts": "x"}, "counts"),
    ("scale", {"mean": 0.0, "std": 0.0}, "std"),
    ("scale", {"mean": [0.0, 1.0], "std": [1.0]}, "std"),
    ("one_hot", {"categories": []}, "categories"),
    ("one_hot", {"categories": [0]}, "categories"),
    ("one_hot", {"categories": [2_000_000]}, "categories"),
    ("concat", {"tensors": [], "output": "x"}, "tensors"),
    ("concat", {"tensors": ["a", "a"], "output": "x"}, "tensors"),
    ("pool", {"method": "median"}, "method"),
    ("classify", {"labels": []}, "labels"),
    ("classify", {"labels": ""}, "labels"),
    ("classify", {"labels": ["a", "a"]}, "labels"),
    ("classify", {"labels": ["a"], "top_k": -1}, "top_k"),
    ("classify", {"labels": ["a"], "threshold": 1.5}, "threshold"),
    ("multilabel", {"labels": ["a"], "threshold": -0.5}, "threshold"),
    ("multilabel", {"labels": ["a"], "top_k": -1}, "top_k"),
    ("regression", {"minimum": 2.0, "maximum": 1.0}, "minimum"),
    ("detect_boxes", {"labels": ["a"], "iou_threshold": 2.0}, "iou_threshold"),
    ("detect_boxes", {"labels": ["a"], "score_threshold": -1.0}, "score_threshold"),
    ("detect_boxes", {"labels": ["a"], "max_boxes": 0}, "max_boxes"),
    ("detect_boxes", {"labels": ["a"], "input_size": [0, 1]}, "input_size"),
]


@pytest.mark.parametrize(("step", "params", "key"), BAD, ids=lambda value: str(value)[:40])
def test_a_bad_parameter_is_told_by_its_key(step, params, key):
    found = faults(step, **params)
    assert key in found
    assert len(found[key]) > 10


def test_a_bad_table_within_a_list_says_what_is_missing_and_what_is_unknown():
    said = faults("columns", tensors=[{"nam": "x", "columns": ["a"]}])["tensors"]
    assert "'nam'" in said
    assert "'name' is missing" in said
