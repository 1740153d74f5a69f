"""Manifests: what a good one means, and that every fault of a bad one is told at its line."""

from pathlib import Path

import pytest
from samovar.errors import ManifestInvalid, ModelCorrupt
from samovar.manifest import read_manifest
from samovar.types import BatchSpec, Kind, Limits, ModelSpec, Signature, TensorSpec

SHA = "ab" * 32
FULL = f'''
task = "text-classification"
title = "Mood"
description = """
Several
lines."""
lane = "auto"
bundle = true
licence = "CC0-1.0"
origin = "here"

[input]
kind = "text"

[[pre]]
step = "tokenize"
max_length = 32

[[post]]
step = "classify"
labels = ["good", "bad"]

[batch]
axis = false
max_size = 8

[limits]
max_rows = 2
max_seconds = 3

[onnx]
custom_domains = ["acme"]
external_data = ["weights.bin"]

[files]
"1/model.onnx" = "{SHA}"

[[examples]]
name = "good"
text = "good"
expect = {{ label = "good" }}
'''
LOCK = f'''
[files]
"1/tokenizer.json" = "{SHA}"
[signature.1]
inputs = [{{ name = "ids", datatype = "INT64", shape = [-1, -1] }}]
outputs = [{{ name = "logits", datatype = "FP32", shape = [-1, 2] }}]
[metrics]
accuracy = 0.5
'''


def test_no_manifest_at_all_means_the_graph_speaks_for_itself() -> None:
    # A graph does not say that its rows stand alone, so they do not share a run.
    assert read_manifest("m", "") == ModelSpec("m", batch=BatchSpec(axis=None))
    assert read_manifest("m", 'title = "x"').batch == BatchSpec(axis=0)


def test_a_full_manifest_is_read_whole() -> None:
    spec = read_manifest("mood", FULL, LOCK)
    assert (spec.name, spec.task, spec.lane, spec.bundle) == (
        "mood",
        "text-classification",
        "auto",
        True,
    )
    assert spec.description == "Several\nlines."
    assert spec.input.kind is Kind.TEXT
    assert [type(step).__name__ for step in (*spec.pre, *spec.post)] == ["Tokenize", "Classify"]
    assert spec.batch == BatchSpec(None, 8)
    assert spec.limits == Limits(max_rows=2, max_seconds=3.0)
    assert (spec.custom_domains, spec.external_data) == (("acme",), ("weights.bin",))
    assert spec.files == {"1/model.onnx": SHA, "1/tokenizer.json": SHA}
    assert spec.metrics == {"accuracy": 0.5}
    assert spec.signatures == {
        "1": Signature(
            (TensorSpec("ids", "INT64", (-1, -1)),), (TensorSpec("logits", "FP32", (-1, 2)),)
        )
    }
    assert spec.examples[0].payload.body == b"good"
    assert spec.examples[0].payload.content_type == "text/plain"


def test_bytes_in_utf8_are_read_with_or_without_a_byte_order_mark() -> None:
    text = 'title = "Wörter"\n'
    assert read_manifest("m", text.encode()).title == "Wörter"
    assert read_manifest("m", b"\xef\xbb\xbf" + text.encode()).title == "Wörter"


def test_the_lock_wins_over_the_manifest_for_a_file_that_both_list() -> None:
    other = "cd" * 32
    text = f'[files]\n"1/a" = "{SHA}"\n'
    assert read_manifest("m", text, f'[files]\n"1/a" = "{other}"\n').files == {"1/a": other}


def test_an_example_may_come_from_a_file_beside_the_manifest() -> None:
    text = '[[examples]]\nfile = "examples/a.PNG"\nexpect = {}\n'
    spec = read_manifest("m", text, read={"examples/a.PNG": b"png"}.__getitem__)
    assert spec.examples[0].payload.content_type == "image/png"
    assert spec.examples[0].payload.body == b"png"


def test_an_examples_file_that_is_not_there_is_a_fault_of_the_manifest() -> None:
    def read(_: str) -> bytes:
        raise ModelCorrupt("examples/a.png is not there")

    with pytest.raises(ManifestInvalid, match=r"model.toml:1: examples/a.png is not there"):
        read_manifest("m", '[[examples]]\nfile = "examples/a.png"\nexpect = {}\n', read=read)


def test_examples_that_name_files_are_left_out_where_none_can_be_read() -> None:
    assert read_manifest("m", '[[examples]]\nfile = "a.png"\nexpect = {}\n').examples == ()


def test_dates_in_an_examples_json_travel_as_text() -> None:
    spec = read_manifest("m", "[[examples]]\njson = { d = 2026-01-02 }\nexpect = {}\n")
    assert b"2026-01-02" in spec.examples[0].payload.body


def test_a_programs_parameters_have_the_types_of_its_fields() -> None:
    text = '[input]\nkind="audio"\n[program]\nname="frames"\n[program.params]\nstate_shape=[1, 2]\n'
    assert read_manifest("m", text).program.params == {"state_shape": (1, 2)}


def test_rows_may_go_to_a_graph_by_input_name_after_steps_on_rows() -> None:
    text = '[input]\nkind = "row"\n[[pre]]\nstep = "impute"\nvalues = { age = 3 }\n'
    assert len(read_manifest("m", text).pre) == 1


ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "models").glob("*/model.toml")), ids=lambda p: p.parent.name
)
def test_the_manifests_of_this_repository_are_right(path: Path) -> None:
    lock = path.with_name("model.lock")
    read_manifest(path.parent.name, path.read_bytes(), lock.read_bytes() if lock.exists() else b"")
