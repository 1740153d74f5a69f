"""Finding text in a picture: sizes for the detector, and boxes from its map (DB postprocess)."""

import numpy as np

from samovar.programs.components import Runs, outline, regions
from samovar.programs.pixels import resize
from samovar.programs.rectangles import clockwise, grow, hull, row_spans, smallest_rectangle
from samovar.programs.text_page import whole_strides
from samovar.types import Array
from samovar.values import dataclass

SMALLEST_MAP_SIDE = 3.0
SMALLEST_GROWN_SIDE = 5.0
SMALLEST_BOX_SIDE = 3.0
"""Below these (in map pixels, and in the picture's) a region is a speck, not text."""


@dataclass(frozen=True, slots=True)
class DetectParams:
    """How the detector's map becomes boxes; the names are PaddleOCR's own."""

    limit_side_len: int = 736
    """The short side of a smaller picture is enlarged to this for the detector, in pixels."""
    thresh: float = 0.3
    """From this score on a pixel of the map is text."""
    box_thresh: float = 0.5
    """Regions with a lower mean score are left out."""
    unclip_ratio: float = 1.6
    """How far a region is grown: the detector finds the inner part of a line."""
    max_candidates: int = 1000
    """The most regions looked at, largest first."""


def map_size(height: int, width: int, limit: int) -> tuple[int, int]:
    """(height, width) to give the detector: enlarged until the short side has `limit` pixels.

    The long side stops at four times that, which keeps a thread of a picture
    (30 × 2000) from becoming 736 × 49,000.
    """
    up = max(1.0, limit / min(height, width))
    up = min(up, max(1.0, 4 * limit / max(height, width)))
    return whole_strides(height * up), whole_strides(width * up)


def detector_input(picture: Array, size: tuple[int, int]) -> Array:
    """float32 (1, 3, height, width) BGR in [−1, 1] of a uint8 RGB picture, resized to `size`."""
    return normalized(resize(picture, size))[None]


def normalized(picture: Array) -> Array:
    """float32 (3, height, width) BGR in [−1, 1] of a uint8 RGB picture."""
    scaled: Array = picture[:, :, ::-1].transpose(2, 0, 1).astype(np.float32) / 127.5 - 1
    return scaled


def find_boxes(scores: Array, shape: tuple[int, int], params: DetectParams) -> Array:
    """int32 (boxes, 4, 2) in pixels of a picture of `shape`, clockwise from the top left.

    `scores` is the detector's map, float32 (height, width) in [0, 1].
    """
    mask = _dilate(scores > params.thresh)
    sums = np.pad(np.cumsum(scores, axis=1, dtype=np.float64), ((0, 0), (1, 0)))
    found = [_box(sums, region, params) for region in regions(mask, params.max_candidates)]
    scale = np.array([shape[1] / scores.shape[1], shape[0] / scores.shape[0]])
    within = np.array([shape[1] - 1, shape[0] - 1])
    boxes = [
        np.clip(clockwise(np.round(box * scale)), 0, within).astype(np.int32)
        for box in found
        if box is not None
    ]
    kept = [box for box in boxes if min(sides(box)) > SMALLEST_BOX_SIDE]
    return np.stack(kept) if kept else np.zeros((0, 4, 2), np.int32)


def sides(box: Array) -> tuple[int, int]:
    """(width, height) of a box of corners (4, 2): its longer edges, in whole pixels."""
    edges = np.linalg.norm(box - np.roll(box, -1, axis=0), axis=1)
    return int(max(edges[0], edges[2])), int(max(edges[1], edges[3]))


def _dilate(mask: Array) -> Array:
    """Each set pixel also sets its neighbours right, below and between: joins split strokes."""
    tall = mask.copy()
    tall[1:] |= mask[:-1]
    wide = tall.copy()
    wide[:, 1:] |= tall[:, :-1]
    return wide


def _box(sums: Array, region: Runs, params: DetectParams) -> Array | None:
    """The grown rectangle around one region, or None where it is too small or too faint."""
    rectangle = smallest_rectangle(hull(*outline(region)))
    if rectangle.short < SMALLEST_MAP_SIDE:
        return None
    if mean_within(sums, rectangle.corners) < params.box_thresh:
        return None
    grown = grow(rectangle, params.unclip_ratio)
    return grown.corners if grown.short >= SMALLEST_GROWN_SIDE else None


def mean_within(sums: Array, corners: Array) -> float:
    """The mean of the map within a rectangle, its corners cut to whole pixels.

    `sums` are the map's sums from the left, float64 (height, width + 1), the first 0: a row of
    any length costs two look-ups, so that many large boxes cost no more than many small ones.
    """
    height, width = sums.shape[0], sums.shape[1] - 1
    low = np.floor(corners.min(axis=0))
    whole = np.trunc(corners - low) + low
    rows = np.arange(max(int(low[1]), 0), min(int(whole[:, 1].max()), height - 1) + 1)
    first, last = row_spans(whole, rows)
    first, stop = np.clip(first, 0, width), np.clip(last + 1, 0, width)
    stop = np.maximum(first, stop)
    pixels = int((stop - first).sum())
    return float((sums[rows, stop] - sums[rows, first]).sum()) / pixels if pixels else 0.0
