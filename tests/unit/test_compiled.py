"""Which compiled form a machine opens, and what a record of them can and cannot say."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.compiled import (
    FORM_KINDS,
    FileFact,
    Form,
    GraphForms,
    Machine,
    Record,
    choose,
    folder_of,
    read_record,
    write_record,
)

FACT = FileFact(10, "0" * 64)
BOUND = Form("mapped", "a.onnx", {"a.onnx": FACT}, ("avx2",))
PORTABLE = Form("prepacked", "b.onnx", {"b.onnx": FACT, "b.bin": FACT})
RECORD = Record(
    "1.32.0",
    "x86_64",
    ("avx2",),
    {"model.onnx": GraphForms({"model.onnx": FACT}, (BOUND, PORTABLE))},
)
HERE = Machine("x86_64", "1.32.0", ("avx2",))
SIZES = {"model.onnx": 10}


def test_a_record_is_read_as_it_was_written() -> None:
    assert read_record(write_record(RECORD)) == RECORD


def test_the_same_record_gives_the_same_bytes() -> None:
    again = replace(RECORD, graphs=dict(reversed(RECORD.graphs.items())))
    assert write_record(RECORD) == write_record(again)


def test_the_first_form_that_fits_is_chosen() -> None:
    assert choose(RECORD, "model.onnx", SIZES, HERE).form == BOUND


def test_another_cpu_gets_the_first_form_that_any_cpu_opens() -> None:
    other = replace(HERE, features=("avx2", "avx512f"))
    assert choose(RECORD, "model.onnx", SIZES, other).form == PORTABLE


@pytest.mark.parametrize(
    ("machine", "sizes", "reason"),
    [
        (replace(HERE, onnxruntime="1.33.0"), SIZES, "onnxruntime 1.32.0"),
        (replace(HERE, architecture="aarch64"), SIZES, "for x86_64"),
        (HERE, {"model.onnx": 11}, "model.onnx has changed"),
        (HERE, {}, "model.onnx has changed"),
    ],
)
def test_what_does_not_fit_is_not_chosen_and_the_reason_is_said(
    machine: Machine, sizes: dict[str, int], reason: str
) -> None:
    choice = choose(RECORD, "model.onnx", sizes, machine)
    assert choice.form is None
    assert reason in choice.reason


def test_a_record_of_forms_for_another_cpu_alone_says_so() -> None:
    only = replace(RECORD, graphs={"model.onnx": GraphForms({"model.onnx": FACT}, (BOUND,))})
    choice = choose(only, "model.onnx", SIZES, replace(HERE, features=()))
    assert (choice.form, choice.reason) == (None, "it was compiled for another CPU")


def test_a_graph_that_was_left_as_it_is_is_nothing_to_be_told_of() -> None:
    kept = replace(RECORD, graphs={"model.onnx": GraphForms({"model.onnx": FACT}, (), "small")})
    assert choose(kept, "model.onnx", SIZES, HERE).reason == ""


def test_a_graph_that_the_record_does_not_know_is_told_of() -> None:
    assert "other.onnx" in choose(RECORD, "other.onnx", SIZES, HERE).reason


@pytest.mark.parametrize("machine", ["arm64", "ARM64", "aarch64"])
def test_an_architecture_has_one_folder_whatever_it_is_called(machine: str) -> None:
    assert folder_of(machine) == "compiled/aarch64"


def test_no_kind_of_form_lets_a_graph_go_unoptimised_or_reads_weights_from_bytes() -> None:
    assert {kind.level for kind in FORM_KINDS.values()} == {"basic", "all"}
    entries = {key for kind in FORM_KINDS.values() for key in kind.entries}
    assert "session.use_ort_model_bytes_directly" not in entries


def changed(**form: Any) -> bytes:
    document = orjson.loads(write_record(RECORD))
    document["graphs"]["model.onnx"]["forms"][0].update(form)
    return orjson.dumps(document)


@pytest.mark.parametrize(
    "body",
    [
        changed(kind="of-my-own"),
        changed(file="elsewhere.onnx"),
        changed(file="../x", files={"../x": {"size": 1, "sha256": ""}}),
        changed(file="/etc/passwd", files={"/etc/passwd": {"size": 1, "sha256": ""}}),
        changed(files=None),
        write_record(RECORD).replace(b'"format": 1', b'"format": 2'),
        b"",
        b"[]",
        b"{",
    ],
)
def test_what_is_no_record_of_ours_is_none(body: bytes) -> None:
    assert read_record(body) is None


keys = st.sampled_from(["format", "graphs", "forms", "x"])
documents = st.recursive(
    st.none() | st.integers(0, 2) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=8,
)


@given(st.binary(max_size=100) | documents.map(orjson.dumps))
def test_no_bytes_make_the_reading_of_a_record_fail(body: bytes) -> None:
    found = read_record(body)
    assert found is None or isinstance(found, Record)
