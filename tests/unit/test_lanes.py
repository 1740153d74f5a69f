"""Which lane runs a request, and what becomes a job by itself."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.errors import ManifestInvalid
from samovar.lanes import LaneLimits, expected_ms, is_job, lane_of
from samovar.manifest import read_manifest
from samovar.profile import Profile
from samovar.statistics import Trend
from samovar.types import ModelSpec

LIMITS = LaneLimits(inline_bytes=1000, sync_ms=25_000)
LIGHT, HEAVY, AUTO = (ModelSpec("m", lane=lane) for lane in ("light", "heavy", "auto"))


def lane(spec: ModelSpec, size: int | None = 10, ms: float = 0.0, *, heavy: bool = True) -> str:
    return lane_of(spec, size, has_heavy=heavy, expected_ms=ms, limits=LIMITS)


def test_a_model_runs_on_the_lane_that_its_manifest_names() -> None:
    assert (lane(LIGHT), lane(HEAVY)) == ("light", "heavy")
    assert lane(LIGHT, 10**9, 1e9) == "light"


@given(st.sampled_from([LIGHT, HEAVY, AUTO]), st.none() | st.integers(0), st.floats(0))
def test_without_a_heavy_queue_the_light_lane_runs_all(
    spec: ModelSpec, size: int | None, ms: float
) -> None:
    assert lane(spec, size, ms, heavy=False) == "light"


@pytest.mark.parametrize(
    ("size", "ms", "found"),
    [
        (1000, 25_000.0, "light"),
        (1001, 0.0, "heavy"),
        (0, 25_001.0, "heavy"),
        (None, 0.0, "heavy"),
    ],
)
def test_auto_is_heavy_for_what_is_large_or_slow_or_of_unknown_size(
    size: int | None, ms: float, found: str
) -> None:
    assert lane(AUTO, size, ms) == found


@pytest.mark.parametrize(
    ("spec", "size", "ms", "heavy", "becomes"),
    [
        (LIGHT, 10**9, 0.0, True, False),
        (LIGHT, 10, 25_001.0, False, True),
        (HEAVY, 10, 0.0, True, True),
        (HEAVY, 10, 0.0, False, False),
        (HEAVY, 10, 25_001.0, False, True),
        (AUTO, 1000, 25_000.0, True, False),
        (AUTO, 1001, 0.0, False, True),
    ],
)
def test_a_call_becomes_a_job_where_its_answer_is_not_to_be_waited_for(
    spec: ModelSpec, size: int, ms: float, heavy: bool, becomes: bool
) -> None:
    assert is_job(spec, size, has_heavy=heavy, expected_ms=ms, limits=LIMITS) is becomes


def test_a_profile_tells_the_time_of_a_request_by_its_size() -> None:
    assert expected_ms(Profile(10, 2), 2048) == 14
    assert expected_ms(Profile(), 10**9) == 0


def test_the_profile_is_read_from_the_manifest_or_from_its_lock_which_was_measured() -> None:
    manifest, lock = "[profile]\nrequest_ms = 5", "[profile]\nrequest_ms = 7\nkb_ms = 0.5"
    assert read_manifest("m", "").profile == Profile()
    assert read_manifest("m", manifest).profile == Profile(5, 0)
    assert read_manifest("m", manifest, lock).profile == Profile(7, 0.5)


@pytest.mark.parametrize("value", ["-1", "nan", "inf", '"5 ms"', "true", "[]"])
def test_a_profile_that_is_no_time_is_a_fault_of_the_manifest(value: str) -> None:
    with pytest.raises(ManifestInvalid, match=r"model.toml:2: .*request_ms"):
        read_manifest("m", f"[profile]\nrequest_ms = {value}")


def test_nothing_is_foretold_until_enough_is_seen() -> None:
    trend = Trend()
    for _ in range(7):
        trend.add(10, 40_000_000_000)
        assert trend.expected_ms(10) == 0
    trend.add(10, 40_000_000_000)
    assert trend.expected_ms(10) == pytest.approx(40_000)


def test_times_that_grow_with_the_size_are_foretold_for_sizes_never_seen() -> None:
    trend = Trend()
    for kb in range(1, 20):
        trend.add(kb * 1024, (3 + 2 * kb) * 1_000_000)
    assert trend.expected_ms(1024 * 1024) == pytest.approx(3 + 2 * 1024)
    assert trend.expected_ms(0) == pytest.approx(3)


@given(st.integers(0, 2**32), st.integers(8, 200))
def test_noise_alone_calls_no_large_request_slow(seed: int, count: int) -> None:
    """Small requests of one kind, some ms each: nothing says that a large one takes minutes."""
    luck, trend = random.Random(seed), Trend()
    sizes = [luck.randint(20, 60) for _ in range(count)]
    for size in sizes:
        trend.add(size, 5_000_000)
    assert trend.expected_ms(4_000_000) == pytest.approx(5)


SEEN = st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**11)), max_size=40)


@given(SEEN, st.integers(0, 10**9))
def test_what_is_foretold_is_a_time_that_does_not_fall_with_the_size(
    seen: list[tuple[int, int]], size: int
) -> None:
    trend = Trend()
    for each in seen:
        trend.add(*each)
    assert 0 <= trend.expected_ms(size) <= trend.expected_ms(size + 1024)


def test_a_profile_says_what_more_vcpus_bring_how_runs_vary_and_what_a_start_takes() -> None:
    said = "[profile]\nrequest_ms = 5\nspeedup = [[1, 1], [2, 1.7]]\nnoise = 0.1\ninit_ms = 300"
    found = Profile(5, speedup=((1.0, 1.0), (2.0, 1.7)), noise=0.1, init_ms=300)
    assert read_manifest("m", said).profile == found


@pytest.mark.parametrize(
    "value",
    ["2", "[1, 2]", "[[1]]", "[[2, 1.7], [1, 1]]", "[[1, 0]]", "[[-1, 1]]", "[[1, nan]]"],
)
def test_a_speedup_that_is_no_table_of_rising_vcpus_is_a_fault_of_the_manifest(value: str) -> None:
    with pytest.raises(ManifestInvalid, match="speedup"):
        read_manifest("m", f"[profile]\nrequest_ms = 5\nspeedup = {value}")
