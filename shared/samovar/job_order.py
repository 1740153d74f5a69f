"""Which jobs a worker runs together, and how many of them."""

from collections.abc import Sequence

from samovar.job_attempts import Held
from samovar.rows import is_rows
from samovar.statistics import ModelStatistics


def place(held: Held) -> tuple[str, str, int, int]:
    """Where a job stands in a worker's hands: by its model, the safest and most urgent first."""
    return held.job.model, held.job.version, _danger(held), -held.job.priority


def together(ready: Sequence[Held], most: int) -> int:
    """How many of the first jobs share a batch: those of one model, as dangerous as the first.

    A job that came back may have been its worker's end, and would be the next one's, with all
    that it is run with: so those that came back go in smaller batches, and alone in the end.
    A chunk of rows is a batch already.
    """
    first = ready[0]
    alone = is_rows(first.job.source.content_type)
    most = 1 if alone else max(most >> 2 * _danger(first), 1)
    same = 0
    for held in ready[:most]:
        if place(held)[:3] != place(first)[:3]:
            break
        same += 1
    return same


def mean_ms(known: ModelStatistics | None) -> float:
    """What a request has taken so far, in shared runs for the most part; 0 before the first."""
    count = known.success_count + known.fail_count if known else 0
    return (known.success_ns + known.fail_ns) / count / 1e6 if known and count else 0.0


def _danger(held: Held) -> int:
    """How often the job has come back already."""
    return max(held.delivery.receive_count - 1, held.job.faults)
