"""What a running twin leaves in its folder for the other commands."""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from samovar.errors import CommandFailed

_NAME = "twin.json"
_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Running:
    """Where a twin answers."""

    pid: int
    url: str  # the HTTP API
    lambda_url: str  # Lambda's Invoke API
    aws_url: str  # every other AWS service
    sagemaker_url: str = ""  # sagemaker-runtime, where jobs go to an endpoint
    stream_url: str = ""  # the door whose answers stream


def hold(folder: Path) -> IO[bytes]:
    """The folder, for as long as the file that is returned is open: one twin at a time.

    Raises CommandFailed when another twin has it. The system lets go of it with the process.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / _LOCK).open("ab")
    if not _locked(lock, fcntl.LOCK_EX):
        lock.close()
        raise CommandFailed(_taken(folder))
    remove_state(folder)  # what a twin that was killed has left
    return lock


def _taken(folder: Path) -> str:
    running = read_state(folder)
    if running is None:
        return f"another twin is just starting or ending in {folder}: try again in a moment"
    return (
        f"the twin is already running at {running.url} (process {running.pid}): "
        f"use it, or end it with `kill {running.pid}`"
    )


def write_state(folder: Path, running: Running) -> None:
    """Record a twin that is ready."""
    folder.mkdir(parents=True, exist_ok=True)
    scratch = folder / f"{_NAME}.{os.getpid()}"
    scratch.write_text(json.dumps(asdict(running), indent=1), "utf-8")
    scratch.replace(folder / _NAME)


def read_state(folder: Path) -> Running | None:
    """The twin of this folder that is ready; None when there is none."""
    try:
        with (folder / _LOCK).open("rb") as lock:
            if _locked(lock, fcntl.LOCK_SH):
                return None  # whatever a dead one left behind
        return Running(**json.loads((folder / _NAME).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def remove_state(folder: Path) -> None:
    """Forget the twin."""
    (folder / _NAME).unlink(missing_ok=True)


def _locked(lock: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
