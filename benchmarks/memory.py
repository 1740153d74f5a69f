"""Memory of eight processes that hold one model: what they share counts once.

PSS (proportional set size) of `/proc/<pid>/smaps_rollup`: a page that eight processes map
counts an eighth in each. Each process has run the model once, and waits.
"""

from contextlib import ExitStack
from pathlib import Path

from benchmarks.interleave import Quantity, median
from benchmarks.pace import Pace
from benchmarks.places import RUNTIME, SEALED, function_path, missing_function
from benchmarks.plain import plain_model
from benchmarks.suite import Measured, Suite, Target, ratio
from benchmarks.workers import Entry, Worker

PROCESSES = 8
_MODELS = ("minilm", "minilm-small")
_IDLE = "imports alone"


def measure(pace: Pace) -> dict[str, Quantity]:
    """MB that eight processes have together, of each variant."""
    entries = {_IDLE: _entry("imports", "", Path())}
    for model in _MODELS:
        entries[f"default sessions, {model}"] = _entry("plain", model, plain_model(model))
        entries[f"samovar, {model}"] = _entry("samovar", model, SEALED)
    found: dict[str, list[float]] = {name: [] for name in entries}
    for _ in pace:
        for name, entry in entries.items():
            found[name].append(together_mb(entry))
    rows = {name: tuple(values) for name, values in found.items()}
    for model in _MODELS:
        once_mb = plain_model(model).stat().st_size / 1e6
        rows[_least(model)] = tuple(idle_mb + once_mb for idle_mb in rows[_IDLE])
    return {name: Quantity(name, values, "MB") for name, values in rows.items()}


def _least(model: str) -> str:
    """About the least there is: eight interpreters, and the weights once."""
    return f"{_IDLE} and the weights once, {model}"


def _added(measured: Measured) -> float:
    """What the model adds to the imports, over what it adds in default sessions."""
    ours, theirs, idle = (
        median(measured[row]) for row in ("samovar, minilm", "default sessions, minilm", _IDLE)
    )
    return (ours - idle) / (theirs - idle)


def together_mb(entry: Entry, processes: int = PROCESSES) -> float:
    """The summed PSS of so many processes, each of which has run once."""
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(entry)) for _ in range(processes)]
        for worker in workers:
            worker.time("run")
        return sum(pss_mb(worker.pid) for worker in workers)


def pss_mb(pid: int) -> float:
    """The proportional set size of a process, in MB (10⁶ bytes)."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8")
    fields = dict(line.split(":", 1) for line in rollup.splitlines()[1:])
    return int(fields["Pss"].split()[0]) * 1024 / 1e6


def _entry(how: str, model: str, place: Path) -> Entry:
    arguments = (how, model, str(place))
    return Entry(RUNTIME, "benchmarks.opening:open_and_run", arguments, function_path())


SUITE = Suite(
    name="memory",
    says=f"Memory of {PROCESSES} processes that hold one model (summed PSS).",
    measure=measure,
    rounds=3,
    budget_s=45,
    quick=1,
    floors={model: f"default sessions, {model}" for model in _MODELS},
    targets=(
        Target(
            "memory_minilm",
            f"summed PSS of {PROCESSES} workers over default sessions: minilm",
            ratio("samovar, minilm", "default sessions, minilm"),
            0.25,
        ),
        Target("memory_added", "the same, imports left out on both sides", _added, 0.25),
    ),
    missing=missing_function,
)
