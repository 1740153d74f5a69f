"""How far a batch has come: a job whose input is a file of many rows, run in parts."""

from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class Batch:
    """How far a batch has come, as its job's item says."""

    lane: str = "light"  # of its parts; the batch itself is always worked on in the light lane
    round: int = 0  # how often it was begun again by an operator
    at: int = 0  # where in the file the next part begins: bytes, or rows, or files, by format
    rows: int = 0  # cut so far
    parts: int = 0  # made of them
    chunk_rows: int = 0  # of the parts to come, as far as `until`; 0: not decided yet
    until: int = 0  # the part before which it is decided again
    split: bool = False  # whether the whole file has been cut
    done: int = 0  # parts that are over, when last looked
    lost: int = 0  # of them those that failed as a whole
    merged: int = 0  # parts whose answers have been put together
    failed: int = 0  # rows of them that failed


def begun_again(batch: Batch) -> Batch:
    """The batch as if nothing of it had been done, under new names."""
    return Batch(lane=batch.lane, round=batch.round + 1)
