"""Text in a picture: find its lines, turn them upright, read them (PP-OCR's three graphs)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from samovar.errors import InvalidInput, ModelCorrupt, WrongShape
from samovar.ports import Runner
from samovar.programs import text_lines
from samovar.programs.ctc import greedy_decode, read_charset
from samovar.programs.single import chain
from samovar.programs.text_boxes import DetectParams, detector_input, find_boxes, map_size
from samovar.programs.text_page import lay_out
from samovar.programs.word_gaps import with_spaces
from samovar.steps.params import ParamError
from samovar.types import Array, ModelSpec, ReadAsset, Signature, Tensors, TensorSpec
from samovar.values import dataclass

SIGNATURE = Signature(
    inputs=(TensorSpec("image", "UINT8", (-1, -1, 3)),),
    outputs=(
        TensorSpec("text", "BYTES", (-1,)),
        TensorSpec("score", "FP32", (-1,)),
        TensorSpec("box", "FP32", (-1, 4, 2)),
    ),
)
"""A picture, RGB → its lines: text, mean probability of the characters in [0, 1], and corners
x, y in the picture's pixels, clockwise from the top left of the text as found."""


@dataclass(frozen=True, slots=True)
class Ocr(DetectParams):
    """PP-OCR's graphs `detect`, `orient` and `recognise`, one picture a run."""

    roles: ClassVar[tuple[str, ...]] = ("detect", "orient", "recognise")
    batched: ClassVar[bool] = False

    charset: str = "charset.txt"
    """The file with the recogniser's characters, one a line, without blank and space."""
    max_side_len: int = 2000
    """The long side of a larger picture is reduced to this, in pixels."""
    orient_thresh: float = 0.9
    text_score: float = 0.5
    """Lines that are read with a lower score are left out."""
    word_gap: float = 0.15
    """How much wider than between letters a gap must be to get a space, of a line's height."""

    def __post_init__(self) -> None:
        for name in ("limit_side_len", "max_side_len", "max_candidates", "unclip_ratio"):
            if getattr(self, name) <= 0:
                raise ParamError(name, f"must be above 0, not {getattr(self, name)}")
        for name in ("thresh", "box_thresh", "orient_thresh", "text_score", "word_gap"):
            if not 0 <= getattr(self, name) <= 1:
                raise ParamError(name, f"must lie in [0, 1], not {getattr(self, name)}")

    def bind(self, spec: ModelSpec, runners: Mapping[str, Runner], read: ReadAsset) -> "OcrProgram":
        """The program over its three graphs. Raises ModelCorrupt where the characters misfit."""
        charset = read_charset(read(self.charset).decode(errors="replace"))
        scored = runners["recognise"].signature.outputs[0].shape[-1:]
        if scored not in ((), (-1,), (len(charset),)):
            raise ModelCorrupt(
                f"{self.charset} has {len(charset) - 2} characters; with blank and space that is "
                f"{len(charset)}, but the recogniser gives {scored[0]}"
            )
        return OcrProgram(self, runners, charset, chain(spec.pre, read))


@dataclass(frozen=True, slots=True)
class OcrProgram:
    """`prepare`, `run` and `answer` of one picture."""

    params: Ocr
    runners: Mapping[str, Runner]
    charset: tuple[str, ...]
    pre: Callable[[Any], Any]
    signature: Signature = SIGNATURE

    def prepare(self, items: Sequence[Any]) -> dict[str, Array]:
        """One picture uint8 (height, width, 3), RGB → `image`. Raises InvalidInput."""
        if len(items) != 1:
            raise InvalidInput(f"this model reads one picture a request, not {len(items)}")
        return {"image": self.pre(list(items))[0]}

    def run(self, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
        """`image` → `text`, `score` and `box` in reading order; no text gives empty tensors."""
        picture = tensors["image"]
        if 0 in picture.shape:
            raise WrongShape(f"tensor 'image' has no pixels: its shape is {list(picture.shape)}")
        page = lay_out(picture, self.params.max_side_len)
        boxes = self._find(page.pixels)
        lines = text_lines.cut_lines(page.pixels, boxes)
        turned = text_lines.upside_down(lines, self.runners["orient"], self.params.orient_thresh)
        read = self._read(
            [np.rot90(line, 2 * turn) for line, turn in zip(lines, turned, strict=True)]
        )
        order = text_lines.reading_order(boxes, headlong=2 * turned.sum() > len(turned))
        kept = [line for line in order if read[line][1] >= self.params.text_score]
        found = {
            "text": np.array([read[line][0] for line in kept], object),
            "score": np.array([read[line][1] for line in kept], np.float32),
            "box": page.to_picture(boxes[kept]).reshape(-1, 4, 2),
        }
        return {name: found[name] for name in outputs or found}

    def answer(self, tensors: Tensors, rows: int) -> list[dict[str, Any]]:
        """`text` of the whole picture, a line of it a line, and `lines` with score and box."""
        if not rows:
            return []
        found = zip(tensors["text"], tensors["score"], tensors["box"], strict=True)
        lines = [
            {"text": text, "score": float(score), "box": box.tolist()} for text, score, box in found
        ]
        return [{"text": "\n".join(tensors["text"]), "lines": lines}]

    def _find(self, pixels: Array) -> Array:
        """Boxes int32 (boxes, 4, 2) on the page."""
        shape = pixels.shape[0], pixels.shape[1]
        tensor = detector_input(pixels, map_size(*shape, self.params.limit_side_len))
        scores = text_lines.run_one(self.runners["detect"], tensor)[0, 0]
        return find_boxes(scores, shape, self.params)

    def _read(self, lines: Sequence[Array]) -> list[tuple[str, float]]:
        """(text, score) of each line."""
        read = [("", 0.0)] * len(lines)
        for rows in text_lines.batches(lines):
            tensor = text_lines.stack(lines, rows)
            scores = text_lines.run_one(self.runners["recognise"], tensor)
            step = tensor.shape[3] / max(scores.shape[1], 1)
            for row, reading in zip(rows, greedy_decode(scores, self.charset), strict=True):
                middles = (reading.middles + 0.5) * step
                gap = self.params.word_gap
                text = with_spaces(reading.characters, middles, lines[row], gap)
                read[row] = text, reading.score
        return read
