"""What tokens take, from texts that were measured."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.profile import Profile
from samovar_cli.models.opening import Opening
from samovar_cli.models.profile_lines import profile_lines
from samovar_cli.models.profiling import lines
from samovar_cli.models.token_times import Generation, TokenTimes, fit_tokens, measure_tokens

from tests.onnx_models import doubled, write_folder
from tests.tiny_generation import write_babble

SIZES = [(20, 2), (20, 30), (100, 2), (100, 30), (300, 2), (300, 30)]


@given(st.floats(0.01, 50), st.floats(0.01, 50))
def test_the_two_times_are_found_whatever_they_are(read_ms: float, said_ms: float) -> None:
    texts = [Generation(read, said, read * read_ms + said * said_ms) for read, said in SIZES]
    found = fit_tokens(texts)
    assert (found.prefill_ms, found.decode_ms) == pytest.approx((read_ms, said_ms), rel=1e-6)
    assert found.error < 1e-6


def test_no_time_is_below_zero() -> None:
    falling = [Generation(read, said, said * 10 - read * 0.01) for read, said in SIZES[1::2]]
    found = fit_tokens(falling)
    assert found.prefill_ms == 0
    assert found.decode_ms > 0


def test_one_text_tells_nothing() -> None:
    assert fit_tokens([Generation(10, 10, 5.0)]) == TokenTimes()


def test_models_that_generate_are_measured_and_others_not(tmp_path: Path) -> None:
    write_folder(write_babble(tmp_path), "plain", doubled())
    found = measure_tokens(Opening(threads=1).open(tmp_path, "babble"), 0.0)
    assert found.texts >= 4  # a prompt that has no room is left out
    assert found.decode_ms + found.prefill_ms > 0
    assert measure_tokens(Opening(threads=1).open(tmp_path, "plain"), 0.0) == TokenTimes()


def test_the_profile_tells_of_tokens() -> None:
    profile = Profile(request_ms=100, prefill_ms=1.5, decode_ms=12)
    assert ("a token that is said", "12 ms") in list(profile_lines(profile))
    assert {"prefill_ms = 1.5", "decode_ms = 12"} <= set(lines(profile))
