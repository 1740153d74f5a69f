"""`ocr`: the way of a picture through three graphs, here toys that see dark bars as text."""

import numpy as np
import pytest
from samovar.adapters.memory import FunctionRunner
from samovar.errors import InvalidInput, ModelCorrupt, WrongShape
from samovar.programs.ocr import Ocr
from samovar.steps.params import build_dataclass
from samovar.types import ModelSpec, Signature, TensorSpec

CHARSET = b"a\nb\n"
BLANK, A, B, SPACE = range(4)


def signature(shape):
    return Signature((TensorSpec("x", "FP32", (-1, 3, -1, -1)),), (TensorSpec("y", "FP32", shape),))


def dark_is_text(tensors):
    """A detector that is sure of every dark pixel that has a colour."""
    dark = tensors["x"].mean(axis=1, keepdims=True) < 0
    coloured = tensors["x"].max(axis=1, keepdims=True) > -0.9
    return {"y": (dark & coloured).astype(np.float32) * 0.9}


def never_upside_down(tensors):
    return {"y": np.tile(np.float32([0.99, 0.01]), (len(tensors["x"]), 1))}


def always_upside_down(tensors):
    return {"y": np.tile(np.float32([0.01, 0.99]), (len(tensors["x"]), 1))}


def red_is_a(tensors):
    """A recogniser that reads "a" on the red lines and "b" on the others (channels are BGR)."""
    red = tensors["x"][:, 2].min(axis=(1, 2)) > tensors["x"][:, 0].min(axis=(1, 2))
    scores = np.full((len(red), 2, 4), 0.05, np.float32)
    scores[np.arange(len(red)), 0, np.where(red, A, B)] = 0.85
    scores[:, 1, BLANK] = 0.85
    return {"y": scores}


def program(params=None, orient=never_upside_down, recognise=red_is_a, charset=CHARSET):
    runners = {
        "detect": FunctionRunner(signature((-1, 1, -1, -1)), dark_is_text),
        "orient": FunctionRunner(signature((-1, 2)), orient),
        "recognise": FunctionRunner(signature((-1, -1, 4)), recognise),
    }
    params = params or Ocr(unclip_ratio=0.2)
    return params.bind(ModelSpec("ocr"), runners, lambda _: charset), runners


def page(*bars, shape=(800, 800)):
    """A white picture with dark bars (left, top, right, bottom, red)."""
    picture = np.full((*shape, 3), 255, np.uint8)
    for left, top, right, bottom, red in bars:
        picture[top:bottom, left:right] = [90 if red else 0, 0, 0 if red else 90]
    return picture


def read(picture, **how):
    bound, _ = program(**how)
    return bound.run({"image": picture}, ())


def test_bars_are_found_where_they_are_and_read_in_order():
    found = read(
        page((400, 100, 700, 140, False), (60, 300, 400, 340, False), (50, 102, 300, 142, True))
    )
    assert found["text"].tolist() == ["a", "b", "b"]
    assert found["score"] == pytest.approx([0.85] * 3)
    wanted = [[50, 102], [300, 102], [300, 142], [50, 142]]
    assert np.abs(found["box"][0] - wanted).max() < 12
    assert found["box"].dtype == np.float32


def test_an_answer_has_the_text_and_its_lines():
    bound, _ = program()
    tensors = bound.run({"image": page((50, 100, 300, 140, True), (50, 300, 300, 340, False))}, ())
    (answer,) = bound.answer(tensors, 1)
    assert answer["text"] == "a\nb"
    assert [line["text"] for line in answer["lines"]] == ["a", "b"]
    assert isinstance(answer["lines"][0]["score"], float)
    assert len(answer["lines"][0]["box"]) == 4


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (7, 3), (40, 2500), (900, 20)])
def test_a_picture_without_text_gives_empty_tensors_whatever_its_size(shape):
    found = read(np.full((*shape, 3), 255, np.uint8))
    assert {name: array.shape for name, array in found.items()} == {
        "text": (0,),
        "score": (0,),
        "box": (0, 4, 2),
    }
    bound, _ = program()
    assert bound.answer(found, 1) == [{"text": "", "lines": []}]


@pytest.mark.parametrize("shape", [(0, 5, 3), (5, 0, 3), (0, 0, 3)])
def test_a_picture_without_pixels_is_refused(shape):
    with pytest.raises(WrongShape, match="'image' has no pixels"):
        read(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (64, 64), (2500, 40)])
def test_a_picture_that_is_dark_all_over_does_no_harm(shape):
    found = read(np.full((*shape, 3), [90, 0, 0], np.uint8))
    assert len(found["text"]) <= 2
    height, width = shape
    assert (found["box"] >= 0).all()
    assert (found["box"] <= [width, height]).all()


def test_the_detector_never_sees_more_than_the_largest_page():
    for shape in [(30, 30), (20, 4000), (4000, 20), (2, 900), (900, 2), (3000, 3000), (736, 2000)]:
        bound, runners = program()
        bound.run({"image": np.full((*shape, 3), 255, np.uint8)}, ())
        height, width = runners["detect"].calls[0]["x"].shape[2:]
        assert height % 32 == width % 32 == 0
        assert height * width <= 2016 * 2944


def test_boxes_of_a_reduced_picture_are_in_its_own_pixels():
    found = read(page((400, 1200, 3600, 1500, True), shape=(4000, 4000)))
    wanted = [[400, 1200], [3600, 1200], [3600, 1500], [400, 1500]]
    assert np.abs(found["box"][0] - wanted).max() < 60


def test_boxes_of_a_wide_picture_are_free_of_the_bands_laid_around_it():
    found = read(page((100, 20, 900, 44, False), shape=(64, 1000)), params=Ocr(unclip_ratio=0.1))
    assert len(found["text"]) >= 1
    assert (found["box"][:, :, 1] <= 64).all()


def test_a_page_on_its_head_is_read_from_its_own_top():
    bars = page((50, 100, 300, 140, True), (50, 300, 300, 340, False))
    assert read(bars)["text"].tolist() == ["a", "b"]
    assert read(bars, orient=always_upside_down)["text"].tolist() == ["b", "a"]


def test_lines_on_their_head_are_turned_before_they_are_read():
    seen = []

    def left_end(tensors):
        seen.append(tensors["x"][:, :, :, :40].copy())
        return red_is_a(tensors)

    picture = page((50, 100, 600, 150, True))
    picture[100:150, 50:100] = 120
    for orient in (never_upside_down, always_upside_down):
        read(picture, orient=orient, recognise=left_end)
    assert seen[0].mean() > seen[1].mean()


def test_a_tall_line_is_turned_a_quarter_to_the_left():
    shapes = []

    def shape_of(tensors):
        shapes.append(tensors["x"].shape)
        return red_is_a(tensors)

    found = read(page((100, 50, 140, 700, True)), recognise=shape_of)
    assert found["text"].tolist() == ["a"]
    assert shapes[0][3] > 600


def test_lines_read_with_a_low_score_are_left_out():
    assert read(page((50, 100, 300, 140, True)), params=Ocr(text_score=0.9))["text"].tolist() == []


def test_many_lines_are_read_in_runs_of_six_at_most():
    bars = [(50, 60 * row + 20, 300 + 20 * row, 60 * row + 50, row % 2) for row in range(13)]
    bound, runners = program()
    found = bound.run({"image": page(*bars)}, ())
    assert found["text"].tolist() == ["a" if row % 2 else "b" for row in range(13)]
    assert [len(call["x"]) for call in runners["recognise"].calls] == [6, 6, 1]


def test_only_the_outputs_that_are_asked_for_are_given():
    bound, _ = program()
    assert list(bound.run({"image": page()}, ("score",))) == ["score"]


@pytest.mark.parametrize("count", [0, 2])
def test_one_request_is_one_picture(count):
    bound, _ = program()
    with pytest.raises(InvalidInput, match="one picture"):
        bound.prepare([page()] * count)


def test_a_charset_that_misfits_the_recogniser_is_found_when_the_model_is_opened():
    with pytest.raises(ModelCorrupt, match=r"3 characters.*gives 4"):
        program(charset=b"a\nb\nc\n")


@pytest.mark.parametrize(
    ("params", "key"),
    [
        ({"limit_side_len": 0}, "limit_side_len"),
        ({"max_side_len": -1}, "max_side_len"),
        ({"max_candidates": 0}, "max_candidates"),
        ({"unclip_ratio": 0.0}, "unclip_ratio"),
        ({"thresh": 1.1}, "thresh"),
        ({"box_thresh": -0.1}, "box_thresh"),
        ({"orient_thresh": 2.0}, "orient_thresh"),
        ({"text_score": 2.0}, "text_score"),
    ],
)
def test_a_bad_parameter_is_told_by_its_key(params, key):
    (fault,) = build_dataclass(Ocr, params)
    assert fault.key == key
