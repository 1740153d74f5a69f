"""The committed example files are those that `recipes.examples` draws and synthesises."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recipes import examples

FILES = examples.files()


@pytest.mark.parametrize("name", FILES)
def test_an_example_file_is_the_one_that_is_drawn(name):
    committed = (Path(examples.MODELS) / name).read_bytes()
    if name.endswith(".png"):
        drawn, held = (
            np.asarray(Image.open(io.BytesIO(each)).convert("L"), int)
            for each in (FILES[name], committed)
        )
        assert np.abs(drawn - held).max() <= 8
    elif name.endswith(".wav"):
        drawn, held = (np.frombuffer(each[44:], "<i2") for each in (FILES[name], committed))
        assert np.abs(drawn.astype(int) - held).max() <= 2
    else:
        assert FILES[name] == committed


def test_example_files_are_small():
    assert all(len(content) < 60_000 for content in FILES.values())
