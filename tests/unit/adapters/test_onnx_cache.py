"""Memory for keys and values is taken as texts grow."""

from pathlib import Path

import numpy as np
import pytest
from samovar.adapters.onnx_cache import room

STATM = Path("/proc/self/statm")
PAGE = 4096


def resident():
    return int(STATM.read_text().split()[1]) * PAGE


@pytest.mark.skipif(not STATM.exists(), reason="it is Linux that is asked how much is held")
def test_what_is_written_to_here_and_there_takes_a_page_each_and_no_huge_ones():
    held = room((64, 1024, 256), np.float32)
    before = resident()
    held[:, 0, 0] = 1.0
    assert resident() - before < 64 * PAGE + 4_000_000 < held.nbytes / 8


def test_room_is_zeros_that_may_be_written_to():
    held = room((2, 3, 5), np.float16)
    assert held.dtype == np.float16
    assert not held.any()
    held[1, 2, 4] = 7
    assert held.sum() == 7


def test_there_may_be_no_room_at_all():
    assert room((0, 4), np.float32).shape == (0, 4)
