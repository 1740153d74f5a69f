"""Reading cut-out lines of text: their batches, their orientation and their order."""

from collections.abc import Iterator, Sequence

import numpy as np

from samovar.ports import Runner
from samovar.programs.pixels import cut_out, resize
from samovar.programs.text_boxes import normalized, sides
from samovar.types import Array

LINE_HEIGHT = 48
ORIENT_WIDTH = 192
NARROWEST = 320
WIDEST = 4800
"""Pixels of the recogniser's and the classifier's inputs (PP-OCRv4 rec, PP-OCR v2.0 cls)."""

ROWS_A_RUN = 6
"""Lines that share a run of the recogniser; they are padded to the widest of them."""

TALL = 1.5
"""From this height ÷ width a cut-out is taken for text that runs downwards, and turned."""


def cut_lines(picture: Array, boxes: Array) -> list[Array]:
    """The cut-out of each box int32 (boxes, 4, 2), uint8 (LINE_HEIGHT, width, 3).

    Tall ones are turned a quarter to the left. At this height at once, so that many large
    boxes do not hold many large pictures.
    """
    return [_at_height(_upright(cut_out(picture, box, sides(box)[::-1]))) for box in boxes]


def upside_down(lines: Sequence[Array], runner: Runner, threshold: float) -> Array:
    """Bool (lines,): which of them stand on their head, by the classifier's score."""
    turned = np.zeros(len(lines), bool)
    squeezed = [_squeezed(line) for line in lines]
    for rows in batches(squeezed):
        scores = run_one(runner, stack(squeezed, rows, ORIENT_WIDTH))
        turned[rows] = scores[:, 1] > threshold
    return turned


def batches(lines: Sequence[Array]) -> Iterator[list[int]]:
    """Positions of lines of like widths, narrowest first, a run's worth at a time."""
    order = np.argsort([line.shape[1] for line in lines], kind="stable").tolist()
    for first in range(0, len(order), ROWS_A_RUN):
        yield order[first : first + ROWS_A_RUN]


def stack(lines: Sequence[Array], rows: Sequence[int], width: int = NARROWEST) -> Array:
    """float32 (rows, 3, LINE_HEIGHT, columns) in [−1, 1]; what is right of a line is 0.

    There are `width` columns, or as many as the widest line has where that is more.
    """
    columns = max(width, *(lines[row].shape[1] for row in rows))
    batch = np.zeros((len(rows), 3, LINE_HEIGHT, columns), np.float32)
    for place, row in enumerate(rows):
        batch[place, :, :, : lines[row].shape[1]] = normalized(lines[row])
    return batch


def run_one(runner: Runner, tensor: Array) -> Array:
    """The first output of a graph for its first input, whatever their names are."""
    signature = runner.signature
    name = signature.outputs[0].name
    return runner.run({signature.inputs[0].name: tensor}, [name])[name]


def reading_order(boxes: Array, *, headlong: bool = False) -> list[int]:
    """Positions of boxes (boxes, 4, 2) line by line from the top, each from the left.

    Lines run along the boxes' middle slope; a page of mostly tall boxes is turned as they are.
    A box is on the line above it when its middle is higher than the lower half of that line's
    last box. With `headlong` the page is read the other way round.
    """
    if not len(boxes):
        return []
    tall = [height >= TALL * width for width, height in map(sides, boxes)]
    if 2 * sum(tall) > len(tall):
        boxes = np.roll(boxes, -1, axis=1)[:, :, ::-1] * np.array([1, -1])
    along, across = _level(boxes)
    half = np.linalg.norm(boxes[:, 0] - boxes[:, 3], axis=1) / 2
    lines: list[list[int]] = []
    for box in np.argsort(across, kind="stable").tolist():
        last = lines[-1][-1] if lines else box
        if lines and across[box] - across[last] < min(half[box], half[last]):
            lines[-1].append(box)
        else:
            lines.append([box])
    ordered = [box for line in lines for box in sorted(line, key=lambda box: along[box])]
    return ordered[::-1] if headlong else ordered


def _level(boxes: Array) -> tuple[Array, Array]:
    """The boxes' left ends along the lines, and their middles across them; float64 (boxes,)."""
    edge = (boxes[:, 1] - boxes[:, 0]).astype(np.float64)
    flat = edge[np.abs(edge[:, 1]) < edge[:, 0]]
    slope = float(np.median(flat[:, 1] / flat[:, 0])) if len(flat) else 0.0
    middle, left = boxes.mean(axis=1), boxes[:, [0, 3]].mean(axis=1)
    return left[:, 0] + slope * left[:, 1], middle[:, 1] - slope * middle[:, 0]


def _upright(line: Array) -> Array:
    return np.rot90(line) if line.shape[0] >= TALL * line.shape[1] else line


def _at_height(line: Array) -> Array:
    """A line at LINE_HEIGHT, its shape kept as far as WIDEST."""
    width = int(np.ceil(LINE_HEIGHT * line.shape[1] / line.shape[0]))
    return resize(line, (LINE_HEIGHT, min(width, WIDEST)))


def _squeezed(line: Array) -> Array:
    """A line no wider than the classifier of orientation sees."""
    return resize(line, (LINE_HEIGHT, min(line.shape[1], ORIENT_WIDTH)))
