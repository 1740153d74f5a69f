"""What a batch holds does not grow with it: the benchmark's own process, at a smaller size."""

import pytest
from samovar.rows import CSV, JSONL

from benchmarks.batch_rows import MOST_MB, in_a_process


@pytest.mark.parametrize("kind", [JSONL, CSV])
def test_a_file_ten_times_as_large_takes_hardly_more_memory(kind: str) -> None:
    small, large = in_a_process(4_000, kind), in_a_process(40_000, kind)
    assert (small.parts, large.parts) == (4, 40)
    assert large.peak_mb <= MOST_MB
    assert large.peak_mb - small.peak_mb <= 20, "the rows are 3 MB, their answers 7"
