"""`digits` on the pictures that its training never saw, by the tensor door and as a person."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from samovar.model import Model
from sklearn.datasets import load_digits
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split


@pytest.fixture(scope="module")
def digits(opened) -> Model:
    return opened("digits")


@pytest.fixture(scope="module")
def held_out():
    """Pictures (450, 8, 8), 0 to 16, and labels, as the recipe holds them out."""
    data = load_digits()
    _, pictures, _, labels = train_test_split(
        data.images, data.target, test_size=0.25, stratify=data.target, random_state=0
    )
    return pictures, labels


def as_sent(picture, zoom, *, dark):
    """A grey uint8 picture (8 zoom, 8 zoom, 3) of one digit."""
    grey = np.kron(picture * 255 / 16, np.ones((zoom, zoom))).round().astype(np.uint8)
    return np.repeat((255 - grey if dark else grey)[..., None], 3, axis=2)


def test_the_tensor_door_has_the_accuracy_and_confusion_of_the_lock(digits, held_out):
    pictures, labels = held_out
    image = (pictures[:, None] / 16).astype(np.float32)
    found = digits.program.run({"image": image}, ("logits",))["logits"].argmax(axis=1)
    metrics = digits.spec.metrics
    assert (found == labels).mean() == pytest.approx(metrics["accuracy"], abs=1e-4)
    assert metrics["accuracy"] >= 0.98
    assert confusion_matrix(labels, found).tolist() == metrics["confusion"]


@pytest.mark.parametrize(("zoom", "dark"), [(1, False), (4, True), (13, False), (13, True)])
def test_held_out_pictures_of_any_size_and_either_ink_are_read_by_predict(
    digits, held_out, zoom, dark
):
    pictures, labels = held_out
    items = [as_sent(picture, zoom, dark=dark) for picture in pictures]
    program = digits.program
    answers = program.answer(program.run(program.prepare(items), ()), len(items))
    right = [answer["label"] == str(label) for answer, label in zip(answers, labels, strict=True)]
    assert np.mean(right) >= 0.98


def test_a_blank_picture_has_an_answer_all_the_same(answer):
    held = BytesIO()
    Image.new("L", (50, 40), 255).save(held, "png")
    found = answer("digits", held.getvalue(), "image/png")
    assert sum(each["score"] for each in found["probabilities"]) == pytest.approx(1)
