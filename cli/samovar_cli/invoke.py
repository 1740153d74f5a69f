"""`samovar invoke FUNCTION EVENT`: one event to one function of the running twin."""

import base64
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from samovar.errors import CommandFailed

from samovar_cli.twin.state import read_state


@dataclass(frozen=True, slots=True)
class Invoked:
    """What a function answered."""

    payload: bytes  # JSON
    error: str  # "" or Lambda's kind of error
    log_tail: str


def invoke(function: str, event: str, state_dir: Path = Path(".samovar")) -> Invoked:
    """The function's answer to an event: a file's name, `-` for standard input, or JSON itself.

    Raises CommandFailed when no twin runs here, or there is no such function or event.
    """
    running = read_state(state_dir)
    if running is None:
        raise CommandFailed("no twin is running here: start one with `samovar up`")
    request = urllib.request.Request(  # noqa: S310 - the twin's own address
        f"{running.lambda_url}/2015-03-31/functions/{quote(function, safe='')}/invocations",
        data=_event(event),
        headers={"X-Amz-Log-Type": "Tail"},
    )
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - the twin's own address
            return _invoked(answer.read(), answer.headers)
    except urllib.error.HTTPError as error:
        raise CommandFailed(_message(error.read())) from None


def _event(text: str) -> bytes:
    if text == "-":
        return sys.stdin.buffer.read()
    if text.lstrip().startswith(("{", "[")):
        return text.encode()
    path = Path(text)
    if not path.is_file():
        raise CommandFailed(f"event {text} is neither a file nor JSON; see the folder events/")
    return path.read_bytes()


def _invoked(payload: bytes, headers: Mapping[str, str]) -> Invoked:
    tail = base64.b64decode(headers.get("X-Amz-Log-Result", "")).decode("utf-8", "replace")
    return Invoked(payload, headers.get("X-Amz-Function-Error", ""), tail)


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["Message"])
    except (ValueError, KeyError, TypeError):
        return body.decode("utf-8", "replace")
