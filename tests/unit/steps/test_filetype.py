"""`file_type`: magika's rules on what the graph says and on files too small to ask it."""

import json

import numpy as np
import pytest
from samovar.errors import ManifestInvalid, ModelCorrupt

from tests.data.binding import bound, faults

LABELS = ("python", "markdown", "png", "randomtxt")
TYPES = {
    label: {
        "mime_type": f"x/{label}",
        "group": "some",
        "description": label.title(),
        "is_text": label not in ("png", "empty", "unknown"),
    }
    for label in (*LABELS, "txt", "unknown", "empty")
}
FILES = {"labels.txt": "\n".join(LABELS).encode(), "types.json": json.dumps(TYPES).encode()}
PARAMS = {
    "tensor": "scores",
    "head": "head",
    "thresholds": {"markdown": 0.75},
    "overwrite": {"randomtxt": "txt"},
    "top_k": 2,
}
FULL = list(range(8))


def answers(scores, heads, files=None):
    step = bound("file_type", files=files or FILES, **PARAMS)
    return step(
        {
            "scores": np.array(scores, np.float32).reshape(-1, 4),
            "head": np.array(heads, np.int32).reshape(-1, 8),
        }
    )


def head(content):
    return [*content, *[256] * (8 - len(content))]


@pytest.mark.parametrize(
    ("scores", "label"),
    [
        ([0.9, 0, 0, 0], "python"),
        ([0.5, 0, 0, 0], "python"),
        ([0.49, 0, 0, 0], "txt"),
        ([0, 0.75, 0, 0], "markdown"),
        ([0, 0.74, 0, 0], "txt"),
        ([0, 0, 0.49, 0], "unknown"),
        ([0, 0, 0, 0.9], "txt"),
    ],
)
def test_a_label_under_its_threshold_becomes_a_generic_one(scores, label):
    (answer,) = answers([scores], [FULL])
    assert answer["label"] == label
    assert answer["score"] == pytest.approx(max(scores))
    assert answer["mime_type"] == f"x/{label}"


def test_the_graphs_own_opinion_is_given_best_first():
    (answer,) = answers([[0.2, 0.7, 0.1, 0]], [FULL])
    assert [best["label"] for best in answer["probabilities"]] == ["markdown", "python"]


@pytest.mark.parametrize(
    ("content", "label"),
    [
        (b"", "empty"),
        (b" ", "txt"),
        (b"abc", "txt"),
        ("héé".encode(), "txt"),
        (b"\xff\xfe", "unknown"),
        ("é".encode()[:1], "unknown"),
        (b"1234567", "txt"),
    ],
)
def test_a_file_of_few_bytes_is_judged_without_the_graph(content, label):
    (answer,) = answers([[0.99, 0, 0, 0]], [head(content)])
    assert (answer["label"], answer["score"], answer["probabilities"]) == (label, 1.0, [])


def test_files_of_a_batch_are_judged_each_on_its_own():
    found = answers([[0.9, 0, 0, 0], [0, 0, 0.8, 0], [0, 0, 0, 0]], [head(b""), FULL, FULL])
    assert [answer["label"] for answer in found] == ["empty", "png", "txt"]


def test_no_files_have_no_answers():
    assert answers([], []) == []


def test_a_row_of_nan_has_no_label():
    (answer,) = answers([[np.nan] * 4], [FULL])
    assert (answer["label"], answer["score"]) == (None, None)


def test_a_label_that_the_types_lack_is_a_fault_of_the_folder():
    lacking = {label: TYPES[label] for label in TYPES if label != "png"}
    with pytest.raises(ModelCorrupt, match="'png'"):
        answers([], [], {**FILES, "types.json": json.dumps(lacking).encode()})


def test_types_that_are_not_json_are_a_fault_of_the_folder():
    with pytest.raises(ModelCorrupt, match="not JSON"):
        answers([], [], {**FILES, "types.json": b"{"})


def test_a_count_of_scores_that_is_not_the_labels_is_refused():
    step = bound("file_type", files=FILES, **PARAMS)
    with pytest.raises(ManifestInvalid, match="4 column"):
        step({"scores": np.zeros((1, 3), np.float32), "head": np.zeros((1, 8), np.int32)})


@pytest.mark.parametrize(
    ("params", "key"),
    [
        ({"threshold": 1.2}, "threshold"),
        ({"thresholds": {"python": -1.0}}, "thresholds"),
        ({"top_k": 0}, "top_k"),
    ],
)
def test_a_bad_parameter_is_told_by_its_key(params, key):
    assert key in faults("file_type", tensor="scores", head="head", **params)
