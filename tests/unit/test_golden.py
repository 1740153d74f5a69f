"""The comparison of an answer with a golden example, and examples run alone and in a batch."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper
from samovar.golden import compare, compare_whole
from samovar.golden_run import check
from samovar.settings import Settings
from samovar.wiring import load_model

from tests.onnx_models import model, value
from tests.tiny_models import tiny_models

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=4)
        | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(JSON)
def test_an_answer_is_what_it_is(value: object) -> None:
    found = compare_whole(value, value, 0.0)
    assert found.same
    assert found.largest == 0


@given(st.dictionaries(st.text(), LEAVES), st.dictionaries(st.text(), LEAVES))
def test_an_object_may_say_more_than_is_expected(expected: dict, more: dict) -> None:
    assert compare(expected, more | expected, 0.0).same


@given(st.lists(LEAVES, min_size=1), st.lists(LEAVES))
def test_a_list_may_go_on_after_what_is_expected(expected: list, more: list) -> None:
    assert compare(expected, expected + more, 0.0).same


def test_an_empty_list_stands_for_an_empty_list() -> None:
    assert compare({"segments": []}, {"segments": []}, 0).same
    assert compare({"segments": []}, {"segments": [1]}, 0).faults == (
        "segments: has 1 entries, not 0",
    )


@given(st.floats(-1e6, 1e6), st.floats(-1e3, 1e3), st.floats(0, 1e3))
def test_a_number_passes_exactly_when_it_is_within_the_tolerance(
    expected: float, offset: float, tolerance: float
) -> None:
    actual = expected + offset
    found = compare([expected], [actual], tolerance)
    assert found.largest == abs(expected - actual)
    assert found.same == (abs(expected - actual) <= tolerance)


@given(JSON, JSON)
def test_a_comparison_never_raises_and_knows_equal_from_different(
    one: object, other: object
) -> None:
    found = compare_whole(one, other, 0.0)
    assert found.largest >= 0
    if not found.same:
        assert all(found.faults)


@pytest.mark.parametrize(
    ("expected", "actual", "fault"),
    [
        ({"label": "High"}, {"label": "Low"}, "label: 'Low' is not 'High'"),
        ({"label": "High"}, {}, "label: is not in the answer"),
        ({"label": "High"}, [], "the answer: [] is not an object"),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, "a[0].b: 2 is not 1 ± 0.5"),
        ({"a": [1, 2]}, {"a": [1]}, "a: has 1 entries, not 2"),
        ({"a": [1]}, {"a": 1}, "a: 1 is not a list"),
        ({"a": 1}, {"a": True}, "a: True is not 1"),
        ({"a": True}, {"a": 1}, "a: 1 is not True"),
        ({"a": 1.0}, {"a": None}, "a: null is not 1.0"),
        ({"a": 1}, {"a": "1"}, "a: '1' is not 1"),
    ],
)
def test_a_fault_says_where_it_is_and_what_was_expected(
    expected: object, actual: object, fault: str
) -> None:
    assert compare(expected, actual, 0.5).faults == (fault,)


def test_whole_numbers_and_decimals_are_one_kind() -> None:
    assert compare({"value": 80}, {"value": 80.0}, 0).same


def test_nan_is_expected_as_null() -> None:
    assert compare({"score": math.nan}, {"score": None}, 0).same
    assert not compare({"score": math.nan}, {"score": 1.0}, 1e9).same


def test_numbers_beyond_every_float_can_be_compared() -> None:
    assert compare(10**400, 0.5, 1).largest == math.inf


def test_many_faults_are_told_as_a_few() -> None:
    found = compare(list(range(100)), [n + 1 for n in range(100)], 0)
    assert len(found.faults) == 6
    assert found.faults[-1] == "and 95 more"


def test_a_longer_answer_differs_when_all_of_it_counts() -> None:
    assert compare([1], [1, 2], 0).same
    assert compare_whole([1], [1, 2], 0).faults == ("the answer: has 1 entries, not 2",)


@pytest.mark.parametrize("name", ["mood", "price"])
def test_examples_that_hold_pass_alone_and_in_a_batch(settings: Settings, name: str) -> None:
    opened = load_model(settings, name)
    seen: list[str] = []
    findings = check(opened, lambda example: seen.append(example.name))
    assert seen == [example.name for example in opened.spec.examples]
    assert all(finding.passed and finding.together is not None for finding in findings)


def folder_with(tmp_path: Path, **manifests: bytes) -> Settings:
    """The tiny models, with a manifest of each changed."""
    files = tiny_models() | {f"{name}/model.toml": text for name, text in manifests.items()}
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    return Settings(models_dir=tmp_path)


def test_a_wrong_answer_and_a_refusal_are_faults_of_their_examples(tmp_path: Path) -> None:
    manifest = tiny_models()["price/model.toml"].replace(b"value = 80.0", b"value = 81.0") + (
        b'[[examples]]\nname = "no such column"\njson = { row = { rooms = 2 } }\nexpect = {}\n'
    )
    wrong, refused = check(load_model(folder_with(tmp_path, price=manifest), "price"))
    assert wrong.alone.faults == ("value: 80 is not 81 ± 0.001",)
    assert wrong.together is not None
    assert wrong.together.same
    assert not refused.passed
    assert refused.alone.faults[0].startswith("missing_tensor: ")
    assert refused.together is None


def test_an_answer_that_depends_on_its_batch_mates_is_found(tmp_path: Path) -> None:
    # Without a mask, padding is a token like any other, and [UNK] stands for it here.
    manifest = tiny_models()["mood/model.toml"]
    settings = folder_with(tmp_path, mood=manifest)
    tokenizer = tmp_path / "mood" / "1" / "tokenizer.json"
    tokenizer.write_text(
        tokenizer.read_text().replace('"[PAD]":0', '"[PAD]":7').replace('"hate":7', '"hate":0')
    )
    findings = check(load_model(settings, "mood"))
    assert any(f.together is not None and not f.together.same for f in findings)


def test_rows_of_several_shapes_share_runs_with_their_like(tmp_path: Path) -> None:
    grid = model(
        [helper.make_node("Abs", ["x"], ["y"])],
        [value("x", shape=("n", "w"))],
        [value("y", shape=("n", "w"))],
    )
    manifest = "".join(
        f"[[examples]]\njson = {{ row = {{ x = {row} }} }}\nexpect = {{ y = {row} }}\n"
        for row in ([1, 2], [1, 2, 3], [4, 5])
    )
    (tmp_path / "grid" / "1").mkdir(parents=True)
    (tmp_path / "grid" / "model.toml").write_text(manifest, "utf-8")
    (tmp_path / "grid" / "1" / "model.onnx").write_bytes(grid.SerializeToString())
    findings = check(load_model(Settings(models_dir=tmp_path), "grid"))
    assert len(findings) == 3
    assert all(finding.passed and finding.together is not None for finding in findings)


def test_a_model_whose_requests_share_no_run_is_checked_alone(tmp_path: Path) -> None:
    manifest = tiny_models()["mood/model.toml"] + b"[batch]\naxis = false\n"
    findings = check(load_model(folder_with(tmp_path, mood=manifest), "mood"))
    assert all(finding.passed and finding.together is None for finding in findings)
