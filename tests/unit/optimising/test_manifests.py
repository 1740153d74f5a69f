"""A variant's manifest is the original's in every word but what was measured."""

import tomllib

from samovar.manifest import read_manifest
from samovar.types import Signature, TensorSpec
from samovar_cli.optimising.manifests import (
    new_lock,
    record_of,
    with_tolerances,
    with_version,
    without_records,
)

SHA = "ab" * 32
TENSOR = Signature((TensorSpec("x", "FP32", (-1, 2)),), (TensorSpec("y", "FP32", (-1,)),))
MANIFEST = f'''\
# above all
title = "A"
description = """
[files]
is no header here
"""
[files]
"1/model.onnx" = "{SHA}"

[profile]  # measured
request_ms = 3
# about the batch
[batch]
max_size = 8
[[examples]]
name = "one"
text = "a"
expect = {{ value = 1 }}
[[examples]]
name = "two"
tolerance = 0.1
text = "b"
expect = {{ value = 2 }}
'''


def test_what_was_measured_of_the_original_goes_and_all_else_stays():
    found = without_records(MANIFEST)
    held, before = tomllib.loads(found), tomllib.loads(MANIFEST)
    del before["files"], before["profile"]
    assert held == before
    assert found.startswith("# above all\n")
    assert tomllib.loads(record_of(MANIFEST)).keys() == {"files", "profile"}
    assert without_records("") == ""


def test_only_the_examples_that_need_it_get_another_tolerance():
    found = tomllib.loads(with_tolerances(MANIFEST, {0: 0.004, 1: 0.5}))
    assert [one["tolerance"] for one in found["examples"]] == [0.004, 0.5]
    found = tomllib.loads(with_tolerances(MANIFEST, {1: 2.0}))
    assert ["tolerance" in one for one in found["examples"]] == [False, True]


def test_a_lock_is_one_that_a_manifest_reads():
    lock = new_lock({"1/model.onnx": SHA}, {"1": TENSOR}, {"accuracy": 0.5, "variant": "fp16"})
    spec = read_manifest("m", "", lock)
    assert spec.files == {"1/model.onnx": SHA}
    assert spec.signatures == {"1": TENSOR}
    assert spec.metrics == {"accuracy": 0.5, "variant": "fp16"}


def test_a_version_more_leaves_a_lock_as_it_was():
    lock = new_lock({"1/model.onnx": SHA}, {"1": TENSOR}, {"accuracy": 0.5})
    spaced = lock.replace("[files]", "[ files ]  # of all versions")
    for before in (lock, spaced, "", "# mine\n[metrics]\nrows = 3\n"):
        after = with_version(before, "2", {"2/model.onnx": SHA}, TENSOR)
        spec = read_manifest("m", "", after)
        old = read_manifest("m", "", before)
        assert spec.files == {**old.files, "2/model.onnx": SHA}
        assert spec.signatures == {**old.signatures, "2": TENSOR}
        assert spec.metrics == old.metrics
