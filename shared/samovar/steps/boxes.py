"""Detectors' raw boxes → the few that a person wants to see."""

from collections.abc import Callable
from typing import Any, ClassVar, Literal

import numpy as np

from samovar.errors import ManifestInvalid
from samovar.steps.answers import check_columns, check_threshold
from samovar.steps.image import fitted_size, letterbox_offset
from samovar.steps.labels import Labels, check_labels, label_files, read_labels
from samovar.steps.params import ParamError
from samovar.steps.selection import pick
from samovar.types import Array, Kind, ReadAsset, Tensors
from samovar.values import dataclass

Form = Literal["xyxy", "xywh", "cxcywh"]

_MAX_CANDIDATES = 1000


@dataclass(frozen=True, slots=True)
class DetectBoxes:
    """`{"boxes": [{"label", "score", "box": [left, top, right, bottom]}, …]}`, best first.

    A box is in fractions of the picture that the model saw, clipped to [0, 1]. `boxes` is
    (rows, anchors, 4) in `form`, in pixels of `input_size` [height, width] where given, else
    in fractions. `scores` is (rows, anchors, classes) of probabilities, of which the best
    class counts; with `scores` "" `boxes` is (rows, 4 + classes, anchors), as YOLOv8 has it.
    Boxes under `score_threshold` are dropped, then of the best 1,000 those that overlap a
    better one of their class by more than `iou_threshold`. NaN drops a box.
    """

    takes: ClassVar[Kind] = Kind.TENSORS
    gives: ClassVar[Kind] = Kind.ANSWERS

    labels: Labels
    boxes: str = ""
    scores: str = ""
    form: Form = "xyxy"
    input_size: tuple[int, int] | None = None
    score_threshold: float = 0.25
    iou_threshold: float = 0.45
    max_boxes: int = 100

    def __post_init__(self) -> None:
        check_labels(self.labels)
        check_threshold(self.score_threshold, "score_threshold")
        check_threshold(self.iou_threshold, "iou_threshold")
        if self.max_boxes < 1:
            raise ParamError("max_boxes", f"must be 1 or more, not {self.max_boxes}")
        if self.input_size is not None and min(self.input_size) < 1:
            raise ParamError("input_size", "must be [height, width] in pixels")

    def assets(self) -> tuple[str, ...]:
        """The file of labels, if they are in one."""
        return label_files(self.labels)

    def bind(self, read: ReadAsset) -> Callable[[Tensors], list[dict[str, Any]]]:
        """The function over tensors."""
        labels = read_labels(self.labels, read)

        def detect(tensors: Tensors) -> list[dict[str, Any]]:
            boxes, scores = self._split(tensors)
            for row_scores in scores[:1]:
                check_columns(row_scores, len(labels), "detect_boxes")
            return [{"boxes": self._row(*row, labels)} for row in zip(boxes, scores, strict=True)]

        return detect

    def _split(self, tensors: Tensors) -> tuple[Array, Array]:
        boxes = pick(tensors, self.boxes, "detect_boxes")
        if self.scores:
            scores = pick(tensors, self.scores, "detect_boxes")
        else:
            boxes, scores = np.split(boxes.swapaxes(1, 2), [4], axis=2)
        if boxes.ndim != 3 or boxes.shape[2] != 4 or scores.shape[:2] != boxes.shape[:2]:
            raise ManifestInvalid(
                [f"step 'detect_boxes' got boxes {boxes.shape} and scores {scores.shape}"]
            )
        return boxes, scores

    def _row(self, boxes: Array, scores: Array, labels: tuple[str, ...]) -> list[dict[str, Any]]:
        best, classes = scores.max(axis=1), scores.argmax(axis=1)
        corners = as_fractions(as_corners(boxes, self.form), self.input_size)
        good = (best >= self.score_threshold) & ~np.isnan(corners).any(axis=1)
        chosen = np.flatnonzero(good)[np.argsort(-best[good], kind="stable")][:_MAX_CANDIDATES]
        corners, best, classes = corners[chosen], best[chosen], classes[chosen]
        kept = suppressed(corners, classes, self.iou_threshold)[: self.max_boxes]
        return [
            {"label": labels[index], "score": score, "box": box}
            for index, score, box in zip(
                classes[kept].tolist(), best[kept].tolist(), corners[kept].tolist(), strict=True
            )
        ]


def as_corners(boxes: Array, form: Form) -> Array:
    """float64 (boxes, 4): left, top, right, bottom."""
    boxes = boxes.astype(np.float64)
    if form == "xyxy":
        return boxes
    sizes = boxes[:, 2:]
    start = boxes[:, :2] - (sizes / 2 if form == "cxcywh" else 0)
    return np.concatenate([start, start + sizes], axis=1)


def as_fractions(corners: Array, size: tuple[int, int] | None) -> Array:
    """Corners in [0, 1] of a picture of `size` (height, width); None: they already are."""
    if size is not None:
        height, width = size
        corners = corners / (width, height, width, height)
    return np.clip(corners, 0, 1)


def suppressed(corners: Array, classes: Array, iou_threshold: float) -> Array:
    """Indexes of the boxes to keep, of (boxes, 4) sorted best first: class-wise NMS.

    A box goes when it overlaps a better one of its class by more than `iou_threshold`.
    Equal to torchvision's `batched_nms`.
    """
    kept: list[int] = []
    left = np.arange(len(corners))
    while left.size:
        best, left = int(left[0]), left[1:]
        kept.append(best)
        overlap = intersection_over_union(corners[best], corners[left])
        left = left[(overlap <= iou_threshold) | (classes[left] != classes[best])]
    return np.array(kept, np.int64)


def intersection_over_union(box: Array, others: Array) -> Array:
    """float64 (others,) in [0, 1]; 0 where both boxes have no area."""
    low = np.maximum(box[:2], others[:, :2])
    high = np.minimum(box[2:], others[:, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=1)
    union = _area(box[None]) + _area(others) - shared
    ratio: Array = shared / np.where(union > 0, union, 1)
    return ratio


def _area(corners: Array) -> Array:
    area: Array = np.prod(np.maximum(corners[:, 2:] - corners[:, :2], 0), axis=1)
    return area


def from_letterbox(corners: Array, shape: tuple[int, int], target: tuple[int, int]) -> Array:
    """Corners in pixels of a picture of `shape`, from pixels of its letterbox in `target`.

    Both are (height, width); the letterbox is that of the step `letterbox` in its middle.
    """
    inner = fitted_size(shape, target)
    top, left = letterbox_offset(inner, target)
    scale_y, scale_x = shape[0] / inner[0], shape[1] / inner[1]
    moved = (corners - (left, top, left, top)) * (scale_x, scale_y, scale_x, scale_y)
    return np.clip(moved, 0, (shape[1], shape[0], shape[1], shape[0]))
