"""`ocr` reads what the reference implementation reads, where it reads it, and no more."""

from difflib import SequenceMatcher
from functools import cache
from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.data.pages import pages, reference

PAGES = pages()


@pytest.fixture(scope="module")
def read(opened):
    """read(name): the answer to one of the pages, each read once."""
    program = opened("ocr").program

    @cache
    def read(name):
        image = np.asarray(PAGES[name].convert("RGB"))
        return program.answer(program.run(program.prepare([image]), ()), 1)[0]

    return read


def overlap(one, other):
    """Intersection over union of two boxes (4, 2), in whole pixels."""
    corner = np.minimum(np.min(one, axis=0), np.min(other, axis=0))
    size = np.maximum(np.max(one, axis=0), np.max(other, axis=0)) - corner + 1
    drawn = []
    for box in (one, other):
        mask = Image.new("1", tuple(int(side) for side in size))
        outline = [tuple(point) for point in (np.array(box) - corner)]
        ImageDraw.Draw(mask).polygon(outline, fill=1)
        drawn.append(np.asarray(mask))
    return (drawn[0] & drawn[1]).sum() / (drawn[0] | drawn[1]).sum()


def likeness(one, other):
    """How much of two texts is the same, 0 to 1, but for spaces, on which the graph wavers."""
    one, other = one.replace(" ", ""), other.replace(" ", "")
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


@pytest.mark.parametrize("name", PAGES)
def test_every_line_of_the_reference_is_read_alike_in_the_same_place(read, name):
    found, expected = read(name)["lines"], reference()[name]
    assert len(expected) <= len(found) <= len(expected) + 1
    likenesses = []
    for box, text, score in expected:
        nearest = max(found, key=lambda line: overlap(line["box"], box))
        assert overlap(nearest["box"], box) > 0.8
        assert nearest["score"] == pytest.approx(score, abs=0.1)
        likenesses.append(likeness(nearest["text"], text))
    assert min(likenesses, default=1) > 0.9
    assert np.mean(likenesses or [1]) > 0.985


def test_words_are_parted_as_they_are_printed(answer):
    lines = [
        "Samovar Tea House",
        "three cups with sugar",
        "Due 30 November 2026",
        "at 12 o'clock",
    ]
    page, held = Image.new("L", (560, 320), 255), BytesIO()
    for row, line in enumerate(lines):
        font = ImageFont.load_default(30)
        ImageDraw.Draw(page).text((30, 30 + 70 * row), line, 0, font)
    page.save(held, "png")
    assert answer("ocr", held.getvalue(), "image/png")["text"].split("\n") == lines


def test_columns_are_read_line_by_line_across(read):
    tops = [np.mean(line["box"], axis=0)[1] for line in read("columns")["lines"]]
    assert all(later > earlier - 20 for earlier, later in pairwise(tops))


def test_an_upside_down_page_is_read_as_the_page(read):
    pairs = zip(
        read("upside down")["text"].split("\n"),
        read("plain")["text"].split("\n"),
        strict=True,
    )
    assert all(likeness(turned, upright) > 0.9 for turned, upright in pairs)


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (700, 1), (30, 30), (4000, 24)])
def test_a_picture_with_nothing_to_read_gives_no_lines(answer, size):
    held = BytesIO()
    Image.new("L", size, 200).save(held, "png")
    found = answer("ocr", held.getvalue(), "image/png")
    assert (found["text"], found["lines"]) == ("", [])


def test_noise_is_not_read(answer):
    held = BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), np.uint8)
    Image.fromarray(noise).save(held, "png")
    assert answer("ocr", held.getvalue(), "image/png")["lines"] == []
