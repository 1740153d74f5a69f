"""What a running twin leaves in its folder for the other commands."""

import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

_NAME = "twin.json"


@dataclass(frozen=True, slots=True)
class Running:
    """Where a twin answers."""

    pid: int
    url: str  # the HTTP API
    lambda_url: str  # Lambda's Invoke API
    aws_url: str  # every other AWS service


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
