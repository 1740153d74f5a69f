"""Detections: thresholds, class-wise suppression, corners, letterboxes undone."""

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from samovar.errors import ManifestInvalid
from samovar.steps.boxes import as_corners, from_letterbox, intersection_over_union, suppressed

from tests.data.binding import bound

BOXES = hnp.arrays(
    np.float64, st.tuples(st.integers(0, 12), st.just(4)), elements=st.integers(0, 9).map(float)
).map(
    lambda raw: np.concatenate(
        [np.minimum(raw[:, :2], raw[:, 2:]), raw.max(1, initial=0, keepdims=True) + raw[:, 2:]], 1
    )
)


def plain_suppression(boxes: np.ndarray, classes: list[int], threshold: float) -> list[int]:
    """Non-maximum suppression as the books have it, box by box."""
    kept: list[int] = []
    for index, (x1, y1, x2, y2) in enumerate(boxes.tolist()):
        for other in kept:
            a1, b1, a2, b2 = boxes[other].tolist()
            shared = max(min(x2, a2) - max(x1, a1), 0) * max(min(y2, b2) - max(y1, b1), 0)
            union = (x2 - x1) * (y2 - y1) + (a2 - a1) * (b2 - b1) - shared
            if classes[other] == classes[index] and union > 0 and shared / union > threshold:
                break
        else:
            kept.append(index)
    return kept


@given(BOXES, st.data(), st.sampled_from([0.0, 0.3, 0.5, 1.0]))
def test_suppression_keeps_what_the_plain_algorithm_keeps(boxes, data, threshold):
    classes = data.draw(st.lists(st.integers(0, 1), min_size=len(boxes), max_size=len(boxes)))
    kept = suppressed(boxes, np.array(classes, np.int64), threshold)
    assert kept.tolist() == plain_suppression(boxes, classes, threshold)


@given(BOXES)
def test_overlap_lies_between_0_and_1_and_is_1_with_itself(boxes):
    for box in boxes:
        overlap = intersection_over_union(box, boxes)
        assert ((overlap >= 0) & (overlap <= 1 + 1e-12)).all()
        area = (box[2] - box[0]) * (box[3] - box[1])
        assert intersection_over_union(box, box[None])[0] == (1 if area else 0)


@pytest.mark.parametrize(
    ("form", "box"), [("xyxy", [1, 2, 5, 8]), ("xywh", [1, 2, 4, 6]), ("cxcywh", [3, 5, 4, 6])]
)
def test_every_form_of_a_box_has_the_same_corners(form, box):
    assert as_corners(np.array([box]), form).tolist() == [[1, 2, 5, 8]]


BOXES_OUT = np.array([[[0, 0, 50, 50], [1, 1, 50, 50], [50, 50, 100, 120], [0, 0, 9, 9]]])
SCORES = np.array([[[0.9, 0.0], [0.8, 0.0], [0.1, 0.7], [0.1, 0.2]]])


def test_a_picture_has_its_best_boxes_first_in_fractions_of_itself():
    step = bound(
        "detect_boxes", labels=["cat", "dog"], boxes="b", scores="s", input_size=[100, 100]
    )
    (answer,) = step({"b": BOXES_OUT, "s": SCORES})
    assert answer == {
        "boxes": [
            {"label": "cat", "score": 0.9, "box": [0.0, 0.0, 0.5, 0.5]},
            {"label": "dog", "score": 0.7, "box": [0.5, 0.5, 1.0, 1.0]},
        ]
    }
    assert orjson.loads(orjson.dumps(answer)) == answer


def test_yolos_one_tensor_gives_the_same_boxes():
    corners = BOXES_OUT.astype(float)
    centred = np.concatenate(
        [(corners[..., :2] + corners[..., 2:]) / 2, corners[..., 2:] - corners[..., :2]], 2
    )
    together = np.concatenate([centred, SCORES], axis=2).swapaxes(1, 2)
    params = {"labels": ["cat", "dog"], "input_size": [100, 100]}
    split = bound("detect_boxes", boxes="b", scores="s", **params)
    yolo = bound("detect_boxes", form="cxcywh", **params)
    assert yolo({"output0": together}) == split({"b": BOXES_OUT, "s": SCORES})


def test_boxes_of_different_classes_may_overlap():
    scores = np.array([[[0.9, 0.0], [0.0, 0.8]]])
    step = bound("detect_boxes", labels=["a", "b"], boxes="b", scores="s", input_size=[100, 100])
    (answer,) = step({"b": BOXES_OUT[:, :2], "s": scores})
    assert len(answer["boxes"]) == 2


def test_nan_drops_its_box_only():
    boxes, scores = BOXES_OUT.astype(float), SCORES.copy()
    boxes[0, 2] = np.nan
    scores[0, 0] = np.nan
    step = bound("detect_boxes", labels=["a", "b"], boxes="b", scores="s", input_size=[100, 100])
    (answer,) = step({"b": boxes, "s": scores})
    assert [box["score"] for box in answer["boxes"]] == [0.8]


def test_max_boxes_keeps_the_best():
    step = bound("detect_boxes", labels=["a", "b"], boxes="b", scores="s", max_boxes=1)
    (answer,) = step({"b": BOXES_OUT / 200, "s": SCORES})
    assert [box["score"] for box in answer["boxes"]] == [0.9]


def test_an_empty_batch_has_no_answers_and_no_anchors_give_no_boxes():
    step = bound("detect_boxes", labels=["a", "b"], boxes="b", scores="s")
    assert step({"b": np.empty((0, 5, 4)), "s": np.empty((0, 5, 2))}) == []
    assert step({"b": np.empty((1, 0, 4)), "s": np.empty((1, 0, 2))}) == [{"boxes": []}]


def test_boxes_that_do_not_match_their_scores_are_a_fault_of_the_manifest():
    step = bound("detect_boxes", labels=["a"], boxes="b", scores="s")
    with pytest.raises(ManifestInvalid, match="detect_boxes"):
        step({"b": np.empty((1, 5, 4)), "s": np.empty((1, 6, 1))})
    with pytest.raises(ManifestInvalid, match="expects 1"):
        step({"b": np.empty((1, 5, 4)), "s": np.empty((1, 5, 2))})


@given(st.integers(1, 300), st.integers(1, 300), st.integers(8, 300), st.integers(8, 300))
def test_the_corners_of_a_letterboxed_picture_are_those_of_the_picture(height, width, h, w):
    from samovar.steps.image import fitted_size, letterbox_offset

    inner = fitted_size((height, width), (h, w))
    top, left = letterbox_offset(inner, (h, w))
    corners = np.array([[left, top, left + inner[1], top + inner[0]]], float)
    got = from_letterbox(corners, (height, width), (h, w))
    np.testing.assert_allclose(got, [[0, 0, width, height]], atol=1e-9)
