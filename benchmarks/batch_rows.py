"""A large batch in bounded memory: `python -m benchmarks.batch_rows [ROWS]`.

A process of its own cuts a file of so many rows (1,000,000 by default) into parts, has them
answered, and merges the answers, over objects on disk and the table and queue in memory: what
a worker does, without AWS between. It tells rows a second and the most memory that it had.
The model is none: a label and two scores for each row, so that only samovar's own work counts.
"""

import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from samovar.adapters.clock import SystemClock
from samovar.adapters.memory_jobs import MemoryJobQueue, MemoryJobTable
from samovar.batch_plan import BatchLimits
from samovar.batch_runs import BatchRunner
from samovar.job_runs import JobRunner
from samovar.job_service import JobService
from samovar.jobs import Delivery, Job, Source, State
from samovar.ports import JobPorts
from samovar.rows import CSV, JSONL
from samovar.submission import Submission

from benchmarks.rows_on_disk import Folder, Label

RESULTS = Path(__file__).parent / "results"
MOST_MB = 300


@dataclass(frozen=True, slots=True)
class Measured:
    """What a batch took: rows a second of each phase, and memory in MB."""

    rows: int
    parts: int
    split: float
    answer: float
    merge: float
    imported_mb: float
    peak_mb: float


def measure(rows: int, kind: str, folder: Path) -> Measured:
    """One batch from end to end, in this process."""
    imported_mb = _peak_mb()
    blobs, clock, model = Folder(folder), SystemClock(), Label()
    table, queue = MemoryJobTable(), MemoryJobQueue(clock)
    ports = JobPorts(table, queue, blobs)
    limits = BatchLimits(first_rows=1024, first_parts=1 << 30, longest_ms=1000)
    batches = BatchRunner(ports, blobs, model, clock, limits)  # type: ignore[arg-type]  # all that is used of a store
    runner = JobRunner(ports, model, clock)  # type: ignore[arg-type]  # all that is used of a host
    uri = blobs.write("uploads/label/rows", _lines(rows, kind), kind)
    service = JobService(model, ports, clock, lambda: "batch")  # type: ignore[arg-type]  # all that is used of a store
    batch = service.submit(Submission("label", Source(kind, uri=uri), batch=True))

    def turn() -> None:
        batches.turn(_job(table, batch.id), Delivery(batch.id, "r", "m"), lambda: 3_600_000)

    split_s = _timed(turn)
    answer_s = _timed(lambda: _answer(queue, runner, batch.id))
    time.sleep(limits.longest_ms / 1000)  # until the next turn is due
    merge_s = _timed(turn)
    job = _job(table, batch.id)
    if job.state is not State.SUCCEEDED or not job.batch or job.batch.rows != rows:
        raise SystemExit(f"the batch went wrong: {job}")
    split, answer, merge = (rows / seconds for seconds in (split_s, answer_s, merge_s))
    return Measured(rows, job.batch.parts, split, answer, merge, imported_mb, _peak_mb())


def _answer(queue: MemoryJobQueue, runner: JobRunner, batch_id: str) -> None:
    """Every part that is queued, as a worker answers it; the batch's own message waits for none."""
    while found := queue.receive(10):
        runner.run([each for each in found if each.job_id != batch_id], lambda: 3_600_000)
        for delivery in found:
            queue.delete(delivery.receipt)


def _lines(rows: int, kind: str) -> Iterator[bytes]:
    if kind == CSV:
        yield b"id,text\n"
        yield from (b'%d,"row %d: ""quoted"", and a\nsecond line"\n' % (n, n) for n in range(rows))
    else:
        yield from (
            b'{"id":"row-%d","text":"Prepare quarterly report number %d"}\n' % (n, n)
            for n in range(rows)
        )


def _job(table: MemoryJobTable, job_id: str) -> Job:
    found = table.get(job_id)
    if found is None:
        raise SystemExit(f"job {job_id} is gone")
    return found


def _timed(do: Callable[[], None]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def _peak_mb() -> float:
    """The most memory that this process had; getrusage would count its parent's before exec."""
    status = Path("/proc/self/status")
    for line in status.read_text().splitlines() if status.exists() else ():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_a_process(rows: int, kind: str) -> Measured:
    """The same in a process of its own, so that nothing else counts."""
    command = [sys.executable, "-m", "benchmarks.batch_rows", "--here", str(rows), kind]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Measured(**json.loads(done.stdout))


def main(arguments: Sequence[str]) -> int:
    """Measure each format; a table, and benchmarks/results/batch_rows.*."""
    if arguments[:1] == ["--here"]:
        with tempfile.TemporaryDirectory() as folder:
            found = measure(int(arguments[1]), arguments[2], Path(folder))
        print(orjson.dumps(found).decode())
        return 0
    rows = int(arguments[0]) if arguments else 1_000_000
    measured = {kind: in_a_process(rows, kind) for kind in (JSONL, CSV)}
    text = _report(measured)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "batch_rows.md").write_text(text)
    (RESULTS / "batch_rows.json").write_bytes(orjson.dumps(measured, option=orjson.OPT_INDENT_2))
    return int(any(found.peak_mb > MOST_MB for found in measured.values()))


def _report(measured: Mapping[str, Measured]) -> str:
    lines = [
        "# A batch of rows, from end to end",
        "",
        f"python {platform.python_version()} · {platform.machine()} · objects on disk, no model",
        "",
        "| format | rows | parts | split, rows/s | answer, rows/s | merge, rows/s | peak memory |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [_line(kind, found) for kind, found in measured.items()]
    return "\n".join([*lines, ""])


def _line(kind: str, found: Measured) -> str:
    speeds = " | ".join(f"{speed:,.0f}" for speed in (found.split, found.answer, found.merge))
    memory = f"{found.peak_mb:.0f} MB (imports: {found.imported_mb:.0f})"
    return f"| {kind} | {found.rows:,} | {found.parts:,} | {speeds} | {memory} |"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
