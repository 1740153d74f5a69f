"""A batch: a job whose input is a file of many rows, and how far it has come. Pure.

    queued ──▶ running: split ──▶ running: parts ──▶ running: merged ──▶ succeeded

The file is cut into chunks, each the input of an ordinary job, a *part* of the batch. What a
part is called, where its chunk lies and where its answer will lie follow from the batch's id
and the part's number, so that whoever goes on after a crash does the same thing again. How
large the chunks of a stretch are is decided once, where the stretch begins, and written down
before any of it is cut: two workers that cut at once cut alike.
"""

from dataclasses import replace

from samovar.batch import Batch
from samovar.lanes import HEAVY
from samovar.routing import RouteLimits
from samovar.rows.row import LIMITS, RowLimits, Size
from samovar.submission import job_id_of
from samovar.types import Kind
from samovar.values import dataclass, field

ANSWERED, FAILED = ".json", ".error.json"
"""How the names of parts' answers end; see job_replies."""

_FILES = frozenset({Kind.IMAGE, Kind.AUDIO, Kind.BYTES})


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """What a batch may be, and how it is worked on. Times in milliseconds, sizes in bytes."""

    max_bytes: int = 5 * 1024**3  # of the file; a larger one is refused before it is read
    chunk_rows: int = 1024  # at most; what they are answered with is held in memory
    chunk_bytes: int = 1024 * 1024  # after which a chunk takes no further row
    chunk_ms: int = 1_500  # that a chunk is to run: many wait in one worker's hands
    heavy_ms: int = 30_000  # the same of a chunk for the endpoint
    first_rows: int = 64  # of the first chunks, where nothing is known of the model's time
    first_files: int = 4  # the same of pictures and sounds
    first_wait_ms: int = 15_000  # for the first parts to say what a row takes
    first_parts: int = 4  # after which what a row takes is looked up
    stretch: int = 64  # parts between two checkpoints, and two looks at what a row takes
    segment: int = 64  # parts that are merged at once, between two looks at the time
    reserve_ms: int = 8_000  # kept free at the end of an invocation to write down how far it came
    grace_ms: int = 5_000  # that a message may come too early
    max_receives: int = 5  # of a message, before it is a dead letter
    shortest_ms: int = 1_000  # from one look at the parts to the next
    longest_ms: int = 30_000
    max_faults: int = 30  # passing errors in a row, after which the batch fails: some two hours
    fault_ms: int = 300_000  # the longest wait after one
    looks: int = 64  # at parts that are missing, each time
    rows: RowLimits = LIMITS
    routes: RouteLimits = field(default_factory=RouteLimits)


def part_id(batch_id: str, batch: Batch, number: int) -> str:
    """The id of a part's job."""
    return job_id_of(f"batch\0{batch_id}\0{batch.round}\0{number}")


def chunk_key(batch_id: str, batch: Batch, rows: int) -> str:
    """Where the chunk of the next part lies. Another cut would lie elsewhere."""
    return f"inputs/{batch_id}/{batch.round}/{batch.parts:08d}-{batch.at}-{rows}"


def answers_prefix(batch_id: str, batch: Batch) -> str:
    """What the names of parts' answers begin with."""
    again = f"-{batch.round}" if batch.round else ""
    return f"results/{batch_id}/parts{again}/"


def answer_key(batch_id: str, batch: Batch, number: int) -> str:
    """Where a part's answer will lie, less its ending: the part's `reply_key`."""
    return f"{answers_prefix(batch_id, batch)}{number:08d}"


def segment_key(batch_id: str, batch: Batch, first: int, name: str) -> str:
    """Where the answers, or the errors, of some parts lie, put together: those from `first` on."""
    return f"results/{batch_id}/merged-{batch.round}/{first:08d}.{name}.jsonl"


def whole_key(batch_id: str, reply_key: str, name: str) -> str:
    """Where a batch's answers, or its errors, lie: beside what was uploaded, or under its id."""
    return f"{reply_key}.{name}.jsonl" if reply_key else f"results/{batch_id}/{name}.jsonl"


def cut_on(batch: Batch, rows: int, at: int, *, last: bool) -> Batch:
    """After one more chunk; a chunk without rows is no part."""
    parts = batch.parts + (1 if rows else 0)
    return replace(batch, at=at, rows=batch.rows + rows, parts=parts, split=last)


def decided(batch: Batch, row_ms: float, kind: Kind, limits: BatchLimits) -> Batch:
    """The size of the chunks of the next stretch, by what a row takes; 0: nobody knows.

    The endpoint has no lack of time, and its first answers come when it has woken: its
    chunks are large from the first on.
    """
    heavy = batch.lane == HEAVY
    if row_ms:
        ms = limits.heavy_ms if heavy else limits.chunk_ms
        chunk_rows = min(max(int(ms / row_ms), 1), limits.chunk_rows)
    elif kind in _FILES:
        chunk_rows = limits.first_files * (8 if heavy else 1)
    else:
        chunk_rows = limits.chunk_rows if heavy else limits.first_rows
    length = limits.stretch if batch.parts or heavy else limits.first_parts
    return replace(batch, chunk_rows=chunk_rows, until=batch.parts + length)


def size_of(batch: Batch, limits: BatchLimits) -> Size:
    """How large the next chunk is to be."""
    return Size(batch.chunk_rows, limits.chunk_bytes)


def pause_ms(age_ms: int, limits: BatchLimits) -> int:
    """How long to wait before the next look at the parts: a tenth of what it took so far."""
    return min(max(age_ms // 10, limits.shortest_ms), limits.longest_ms)
