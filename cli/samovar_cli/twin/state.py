"""What a running twin leaves in its folder for the other commands."""

import fcntl
import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from samovar.errors import CommandFailed

_NAME = "twin.json"


@dataclass(frozen=True, slots=True)
class Running:
    """Where a twin answers."""

    pid: int
    url: str  # the HTTP API
    lambda_url: str  # Lambda's Invoke API
    aws_url: str  # every other AWS service


def hold(folder: Path) -> IO[bytes]:
    """The folder, for as long as the file that is returned is open: one twin at a time.

    Raises CommandFailed when another twin has it. The system lets go of it with the process.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise CommandFailed(_taken(folder)) from None
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
    """The twin of this folder; None when none answers, whatever a dead one left behind."""
    try:
        running = Running(**json.loads((folder / _NAME).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return running if _answers(running.lambda_url) else None


def remove_state(folder: Path) -> None:
    """Forget the twin."""
    (folder / _NAME).unlink(missing_ok=True)


def _answers(url: str) -> bool:
    address = urlsplit(url)
    try:
        with socket.create_connection((str(address.hostname), address.port or 0), timeout=1):
            return True
    except OSError:
        return False
