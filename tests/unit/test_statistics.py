"""Counts of what a process has done."""

from hypothesis import given
from hypothesis import strategies as st
from samovar.statistics import ModelStatistics

NS = st.integers(0, 10**12)


@given(st.lists(st.tuples(st.booleans(), NS, NS), max_size=20))
def test_counts_are_the_sums_of_what_happened(events: list[tuple[bool, int, int]]) -> None:
    counts = ModelStatistics()
    for good, duration, now in events:
        if good:
            counts.succeeded(duration, now)
        else:
            counts.failed(duration)
    good = [(duration, now) for fine, duration, now in events if fine]
    bad = [duration for fine, duration, _ in events if not fine]
    assert (counts.success_count, counts.success_ns) == (len(good), sum(d for d, _ in good))
    assert (counts.fail_count, counts.fail_ns) == (len(bad), sum(bad))
    assert counts.last_inference_ms == (good[-1][1] // 10**6 if good else 0)
