"""What a generation is expected to take, by the tokens that it reads and says."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samovar.frozen import replace
from samovar.profile import Profile
from samovar.statistics import ModelStatistics, TokenTrend, count_tokens
from samovar.token_sizes import TokenSize, token_size
from samovar.types import InputSpec, Kind, ModelSpec, Payload, ProgramSpec

PROFILE = Profile(prefill_ms=2.0, decode_ms=10.0)
SPEC = ModelSpec(
    "m",
    input=InputSpec(Kind.PROMPT),
    program=ProgramSpec("generate", params={"context": 1000, "max_tokens": 50, "rows": 2}),
)


def size(said: Any, spec: ModelSpec = SPEC) -> TokenSize | None:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return token_size(spec, Payload(body, "application/json"))


def test_a_prompt_counts_by_its_bytes_and_an_answer_by_what_it_may_be() -> None:
    assert size({"prompt": "x" * 300, "max_tokens": 7}) == TokenSize(100, 7)
    assert size({"prompt": "x" * 300}) == TokenSize(100, 50)
    assert size({"messages": [{"role": "user", "content": "x" * 300}]}) == TokenSize(108, 50)
    assert size({"text": "é" * 3, "max_tokens": None}) == TokenSize(2, 50)


def test_tokens_tools_and_calls_count_as_what_is_read() -> None:
    assert size({"tokens": [1, 2, 3], "max_tokens": 7}) == TokenSize(3, 7)
    bare, tools = {"text": "x"}, [{"type": "function", "function": {"name": "f" * 270}}]
    found, alone = size(bare | {"tools": tools}), size(bare)
    assert found is not None
    assert alone is not None
    assert found.prompt > alone.prompt + 90
    talk = {"messages": [{"role": "assistant", "tool_calls": tools}]}
    assert size(talk) != size({"messages": [{"role": "assistant"}]})


def test_no_answer_is_longer_than_the_context_leaves_it() -> None:
    assert size({"prompt": "x" * 2700, "max_tokens": 5000}) == TokenSize(900, 100)
    assert size({"prompt": "x" * 9000, "max_tokens": 5000}) == TokenSize(1000, 1)


def test_rows_are_read_one_after_another_and_said_together_as_far_as_there_is_room() -> None:
    rows = [{"prompt": "x" * 30, "max_tokens": most} for most in (5, 9, 7)]
    assert size({"rows": rows}) == TokenSize(30, 18)


@pytest.mark.parametrize(
    "said", [b"", b"{", b"[]", b"hello", {}, {"rows": 3}, {"rows": [1]}, {"inputs": []}]
)
def test_what_is_no_prompt_has_no_size(said: Any) -> None:
    assert size(said) is None


def test_other_models_have_no_size_in_tokens() -> None:
    assert size({"prompt": "x"}, replace(SPEC, program=ProgramSpec("single"))) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["rows", "messages", "prompt", "text", "content", "max_tokens"]),
                inner,
            )
        ),
        max_leaves=12,
    )
)
@settings(max_examples=50)
def test_no_body_is_a_fault_of_ours(said: Any) -> None:
    found = size(said)
    assert found is None or (found.prompt >= 0 and found.most >= 1)


@given(st.integers(0, 5000), st.integers(1, 5000), st.floats(1, 1e6))
def test_what_fits_takes_no_longer_than_the_limit(prompt: int, most: int, limit_ms: float) -> None:
    fitting = TokenSize(prompt, most).fitting(PROFILE, limit_ms)
    if fitting:
        assert TokenSize(prompt, fitting).ms(PROFILE) <= limit_ms
    assert TokenSize(prompt, fitting + 1).ms(PROFILE) > limit_ms


def test_without_a_profile_nobody_knows() -> None:
    assert TokenSize(10, 10).ms(Profile(request_ms=5)) == 0.0


def test_a_trend_finds_what_tokens_of_both_kinds_take() -> None:
    trend = TokenTrend()
    for read, said in ((10, 100), (500, 20), (80, 60), (300, 5), (40, 200), (7, 9), (90, 90)):
        trend.add(read, said, int((read * 2 + said * 10) * 1e6))
        assert trend.profile() == Profile()  # too few
    trend.add(200, 30, 700 * 10**6)
    found = trend.profile()
    assert (found.prefill_ms, found.decode_ms) == pytest.approx((2.0, 10.0))


def test_a_trend_of_one_size_tells_nothing_apart() -> None:
    trend = TokenTrend()
    for _ in range(20):
        trend.add(10, 100, 10**9)
    assert trend.profile() == Profile()


@given(st.lists(st.tuples(*[st.integers(1, 2000)] * 2, st.integers(1, 10**11)), min_size=8))
def test_no_trend_foretells_less_than_nothing(seen: list[tuple[int, int, int]]) -> None:
    trend = TokenTrend()
    for each in seen:
        trend.add(*each)
    found = trend.profile()
    assert found.prefill_ms >= 0
    assert found.decode_ms >= 0


def test_tokens_are_counted_from_the_usage_of_an_answer() -> None:
    counts = ModelStatistics()
    usage = b'"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}'
    count_tokens(counts, b'{"text":"x",' + usage + b"}", 10**6)
    count_tokens(counts, b'{"predictions":[{' + usage + b"},{" + usage + b"}]}", 10**6)
    count_tokens(counts, b'{"text":"cut"}', 10**6)
    assert counts.tokens.count == 1
