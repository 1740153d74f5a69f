"""What is run on a stranger's graph is run in a process of its own.

It may loop for ever, take all memory, or bring its process down; then that is what is told.
"""

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from os import environ, pathsep
from pathlib import Path
from typing import Any

import orjson
from samovar.errors import ModelRunFailed

LONGEST_S = 120


@dataclass(frozen=True, slots=True)
class Task:
    """What to do with the file at `path`, or with the model `name` in that folder."""

    do: str
    path: str
    name: str = ""
    body: str = ""  # the file that holds the request
    content_type: str = ""
    tokenizer: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


def run(task: Task, longest_s: float = LONGEST_S) -> dict[str, Any]:
    """What the process found. Raises ModelRunFailed where it did not come back.

    -P: a file of the current folder must not stand in for a module of ours.
    """
    environment = {**environ, "PYTHONPATH": pathsep.join(path for path in sys.path if path)}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "samovar_cli.adding.child"],
            input=orjson.dumps(asdict(task)),
            capture_output=True,
            timeout=longest_s,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ModelRunFailed(
            f"the model gave no answer within {longest_s:g} s, so it was stopped"
        ) from None
    if done.returncode:
        raise ModelRunFailed(_ended(done.returncode, done.stderr))
    found: dict[str, Any] = orjson.loads(done.stdout.splitlines()[-1])
    return found


def _ended(status: int, stderr: bytes) -> str:
    if status < 0:
        return (
            f"the process that ran the model was ended by signal {-status}: the graph brings "
            "onnxruntime down, or wants more memory than this machine has"
        )
    last = stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
    return f"the process that ran the model failed: {''.join(last)[:300]}"


def main() -> None:
    """Do one task from standard input, and write what was found as a line of JSON."""
    task = Task(**orjson.loads(sys.stdin.buffer.read()))
    found = _doer(task.do)(task)
    line = orjson.dumps({**found, "peak_mb": peak_mb()}, option=orjson.OPT_SERIALIZE_NUMPY)
    sys.stdout.buffer.write(b"\n" + line + b"\n")


def _doer(do: str) -> Callable[[Task], dict[str, Any]]:
    """The function of a task, of whose modules only its own are imported."""
    if do == "convert":
        from samovar_cli.adding.fitted.work import convert

        return lambda task: convert(task.options)
    if do == "unmap":
        from samovar_cli.adding.unmapping import unmap

        return unmap
    from samovar_cli.adding import exploring, trial

    return {"explore": exploring.explore, "answer": trial.answer}[do]


def peak_mb() -> float:
    """The most memory that this process has held since it began, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1000
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    main()
