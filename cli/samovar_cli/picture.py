"""An answer drawn onto its picture: boxes with their texts, or the label along the foot."""

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from samovar_cli.forms import Point, box_corners, standard
from samovar_cli.terminal import one_line, percent

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_COLOURS = ("#d81b60", "#1e88e5", "#e65100", "#00796b", "#6a1b9a", "#558b2f")
_WRITABLE_BELOW = 0x250  # Pillow's own font has Latin letters; others are shown by number


def save_picture(body: bytes, answer: Mapping[str, Any], path: Path) -> None:
    """Write the picture of a request with what was found in it.

    Raises typer.BadParameter where there is nothing to draw, or the file cannot be written.
    """
    answer = standard(answer)
    marks = list(_marks(answer))
    caption = _caption(answer)
    if not marks and not caption and not _sought_boxes(answer):
        raise _refusal("this model's answer has neither boxes nor a label to draw")
    picture = _opened(body)
    if marks or not caption:
        _draw(picture, marks)
    else:
        picture = _captioned(picture, caption)
    try:
        picture.save(path)
    except (OSError, ValueError) as error:
        raise _refusal(f"{path} cannot be written: {error}") from None


def _opened(body: bytes) -> "Image":
    """The picture as the model saw it: upright, in colour."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(body)) as picture:
            upright = ImageOps.exif_transpose(picture)
            return (upright or picture).convert("RGB")
    except OSError:
        raise _refusal("the input is no picture to draw on") from None


def _marks(answer: Mapping[str, Any]) -> Iterator[tuple[list[Point], str]]:
    """The corners of each box and what to write beside it."""
    for entry in [*answer.get("lines", []), *answer.get("boxes", [])]:
        corners = box_corners(entry.get("box"))
        if corners:
            yield corners, one_line(str(entry.get("text") or entry.get("label") or ""))


def _sought_boxes(answer: Mapping[str, Any]) -> bool:
    return "lines" in answer or "boxes" in answer


def _draw(picture: "Image", marks: Sequence[tuple[list[Point], str]]) -> None:
    from PIL import ImageDraw

    drawing = ImageDraw.Draw(picture)
    width = max(1, round(max(picture.size) / 500))
    for number, (corners, text) in enumerate(marks, 1):
        colour = _COLOURS[number % len(_COLOURS)]
        drawing.polygon(corners, outline=colour, width=width)
        _tag(drawing, corners[0], _writable(text, number), colour, picture.size)


def _tag(drawing: "ImageDraw", at: Point, text: str, colour: str, size: tuple[int, int]) -> None:
    """A text on a ground of its own, above the point where there is room."""
    from PIL import ImageFont

    height = max(10, round(max(size) / 60))
    font = ImageFont.load_default(height)
    left, top = at[0], at[1] - height - 3
    top = top if top >= 0 else at[1]
    ground = drawing.textbbox((left, top), text, font=font)
    drawing.rectangle((ground[0] - 1, ground[1] - 1, ground[2] + 1, ground[3] + 1), fill=colour)
    drawing.text((left, top), text, font=font, fill="white")


def _captioned(picture: "Image", caption: str) -> "Image":
    """The picture at a size a person can see, with a line below it."""
    from PIL import Image, ImageDraw, ImageFont

    scale = max(1, -(-240 // min(picture.size)))
    large = picture.resize(
        (picture.width * scale, picture.height * scale), Image.Resampling.NEAREST
    )
    height = max(14, large.height // 14)
    whole = Image.new("RGB", (large.width, large.height + height * 2), "white")
    whole.paste(large)
    font = ImageFont.load_default(height)
    ImageDraw.Draw(whole).text(
        (height // 2, large.height + height // 3), caption, font=font, fill="black"
    )
    return whole


def _caption(answer: Mapping[str, Any]) -> str:
    if not answer.get("label"):
        return ""
    score = answer.get("score")
    said = one_line(str(answer["label"]))
    return f"{said}  {percent(score)}" if isinstance(score, int | float) else said


def _writable(text: str, number: int) -> str:
    return text if text and all(ord(char) < _WRITABLE_BELOW for char in text) else f"#{number}"


def _refusal(message: str) -> typer.BadParameter:
    return typer.BadParameter(message, param_hint="--save-picture")
