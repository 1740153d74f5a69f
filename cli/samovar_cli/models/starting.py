"""Cold starts and memory, measured in fresh processes: as a function begins, without AWS."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from samovar.errors import ModelRunFailed
from samovar.types import Example

from samovar_cli.bench.starts import first_request, sealed_view
from samovar_cli.models.first_answer import DONE
from samovar_cli.models.measuring import Measured
from samovar_cli.terminal import progress

_SCRIPT = Path(__file__).with_name("first_answer.py")
_LONGEST_S = 300
_AS_IN_A_FUNCTION = {"OPENBLAS_NUM_THREADS": "1"}
"""What the template sets: numpy's own pool would spin through the import, on a second CPU."""


@dataclass(frozen=True, slots=True)
class Started:
    """What fresh processes took; zeros where none was started."""

    init_ms: float = 0.0  # of CPU time, until ready: the median
    walls_ms: tuple[float, ...] = ()  # with what each waited for a CPU that others had
    memory_mb: float = 0.0  # of the whole process, at its most
    model_mb: float = 0.0  # of that, the model and its longest run


def start(models: Path, name: str, measured: Measured, starts: int) -> Started:
    """The infer function started so often, and the longest run once, each in its own process.

    A start lasts from the process's beginning to the first answer, less a warm request: what
    the first caller waits longer than the others. It is CPU time, as one vCPU has to spend it.
    What AWS does before that (a machine, the code, its runtime client) is not in it. Raises
    CommandFailed, ModelRunFailed.
    """
    if not starts:
        return Started()
    first, longest = measured.first, measured.longest
    with _sealed(models, name) as view, progress() as bars:
        task = bars.add_task("cold starts", total=starts + 2)
        event = _kept(view, "event", first_request(name, Example("first", first.payloads[0], {})))
        took = []
        for _ in range(starts + 1):  # the first fills the page cache
            took.append(_timed_ms(view, name, event))
            bars.advance(task)
        body = _kept(view, "body", longest.payloads[0].body)
        said = (str(body), longest.payloads[0].content_type, str(longest.together))
        before_mb, peak_mb = map(float, _run("memory", view, name, *said).split())
    walls_ms, cpus_ms = zip(*took[1:], strict=True)
    init_ms = max(statistics.median(cpus_ms) - statistics.median(first.all_ms("cpu_ms")), 0.0)
    return Started(init_ms, walls_ms, peak_mb, peak_mb - before_mb)


def _timed_ms(view: Path, name: str, event: Path) -> tuple[float, float]:
    """Wall time and CPU time to the first answer."""
    began = time.perf_counter()
    status, cpu_ms = _run("answer", view, name, str(event)).split()
    took_ms = (time.perf_counter() - began) * 1e3
    if status != "200":
        raise ModelRunFailed(f"a fresh function answered the first request with status {status}")
    return took_ms, float(cpu_ms)


def _run(do: str, view: Path, name: str, *rest: str) -> str:
    """What a process said at its end. -P: its own folder holds no modules for it."""
    paths = os.pathsep.join(path for path in sys.path if path)
    try:
        done = subprocess.run(
            [sys.executable, "-P", str(_SCRIPT), do, str(view), name, *rest],
            capture_output=True,
            timeout=_LONGEST_S,
            env={**os.environ, **_AS_IN_A_FUNCTION, "PYTHONPATH": paths},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ModelRunFailed(f"a fresh process gave no answer within {_LONGEST_S} s") from None
    last = done.stdout.decode("utf-8", "replace").rstrip().rpartition("\n")[2]
    if done.returncode or not last.startswith(DONE):
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise ModelRunFailed(f"a fresh process ended with {done.returncode}: {said[:300]}")
    return last.removeprefix(DONE).strip()


@contextmanager
def _sealed(models: Path, name: str) -> Iterator[Path]:
    """The model as a layer has it: checked once, and sealed."""
    with TemporaryDirectory(prefix="samovar-profile-") as folder:
        yield sealed_view(models, [name], Path(folder) / "models")


def _kept(view: Path, name: str, body: bytes) -> Path:
    path = view.parent / name
    path.write_bytes(body)
    return path
