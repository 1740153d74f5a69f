"""`samovar serve`: the whole API in one process on this machine, with no AWS at all."""

import os
import socket
from pathlib import Path
from typing import Annotated

import typer
from samovar.errors import CommandFailed

from samovar_cli.models import ModelsDir

EPILOG = """\
\b
Examples:
  $ samovar serve
  $ samovar serve --model task-priority --port 9000
  $ curl 127.0.0.1:8000/v1/models/task-priority/predict -H content-type:text/plain -d "Call mum"

SIGTERM and Ctrl-C end it once what is under way is answered. It has no jobs: `samovar up` has.
"""
_BACKLOG = 2048


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where it listens.")] = 8000,
    host: Annotated[str, typer.Option(help="For whom: 0.0.0.0 is for all.")] = "127.0.0.1",
    models: ModelsDir = Path("models"),
    model: Annotated[
        list[str] | None, typer.Option(help="One to open before the first request.")
    ] = None,
    max_body: Annotated[int, typer.Option(min=1, help="Bytes of a body.")] = 6 * 1024 * 1024,
) -> None:
    """Serve the models over HTTP, from this process alone."""
    from samovar.serve import run_plain

    if not models.is_dir():
        raise CommandFailed(f"there is no folder {models}; --models names the models' folder")
    asked = {
        "SAMOVAR_MODELS_DIR": str(models.resolve()),
        "SAMOVAR_MAX_BODY_BYTES": str(max_body),
        **({"SAMOVAR_PRELOAD": ",".join(model)} if model else {}),
    }
    listening = _listen(host, port)
    shown, bound = listening.getsockname()[:2]
    print(f"http://{shown}:{bound} · /docs shows what it answers", flush=True)
    run_plain({**os.environ, **asked}, listening)


def _listen(host: str, port: int) -> socket.socket:
    """A socket at the address. Raises CommandFailed where it cannot be had."""
    # asyncio turns Nagle's delay of 40 ms off only where the protocol is named.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise CommandFailed(
            f"{host}:{port} cannot be listened at ({error.strerror}): end what listens there, or "
            f"choose another, as in `samovar serve --port {port + 1}`"
        ) from None
    listening.listen(_BACKLOG)
    return listening
