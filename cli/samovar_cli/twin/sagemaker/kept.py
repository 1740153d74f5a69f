"""Calls that an endpoint has not done with, kept from one start of the twin to the next."""

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from samovar_cli.twin.sagemaker.request import AsyncCall


def keep_calls(path: Path, calls: Sequence[AsyncCall]) -> None:
    """Write them down; nothing where there are none."""
    if calls:
        entries = [
            asdict(call) | {"body": base64.b64encode(call.body).decode("ascii")} for call in calls
        ]
        path.write_text(json.dumps(entries), "utf-8")


def kept_calls(path: Path) -> list[AsyncCall]:
    """What was written down, and is forgotten with this."""
    try:
        entries = json.loads(path.read_text("utf-8"))
        calls = [
            AsyncCall(**{**entry, "body": base64.b64decode(entry["body"])}) for entry in entries
        ]
    except (OSError, ValueError, TypeError, KeyError):
        calls = []
    path.unlink(missing_ok=True)
    return calls
