"""`samovar serve`: the whole API in one process on this machine, with no AWS at all."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from socket import socket
from typing import Annotated

import typer
from samovar.errors import CommandFailed
from samovar.settings import read_settings

from samovar_cli.models import ModelsDir

EPILOG = """\
\b
Examples:
  $ samovar serve
  $ samovar serve --model task-priority --port 9000
  $ curl 127.0.0.1:8000/v1/models/task-priority/predict -H content-type:text/plain -d "Call mum"

SIGTERM and Ctrl-C end it once what is under way is answered. It has no jobs: `samovar up` has.
"""
_MAX_WORKERS = 256
_COLLECTIONS = ".samovar/collections"


def serve(  # noqa: PLR0913, PLR0917 - each is an option of the command
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where it listens.")] = 8000,
    host: Annotated[str, typer.Option(help="For whom: 0.0.0.0 is for all.")] = "127.0.0.1",
    models: ModelsDir = Path("models"),
    model: Annotated[
        list[str] | None, typer.Option(help="One to open before the first request.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=_MAX_WORKERS, help="Processes behind the port.")
    ] = 1,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Of one model's run; by default, all that there are.")
    ] = None,
    batch_delay: Annotated[
        float | None,
        typer.Option(min=0, max=1000, help="Milliseconds to wait for others, to share a run."),
    ] = None,
    max_body: Annotated[
        int | None, typer.Option(min=1, help="Bytes of a body; by default, 6 MB.")
    ] = None,
) -> None:
    """Serve the models over HTTP from this machine alone: no AWS, no jobs."""
    if not models.is_dir():
        raise CommandFailed(f"there is no folder {models}; --models names the models' folder")
    for name in model or ():
        if not (models / name).is_dir() and "SAMOVAR_MODELS_BUCKET" not in os.environ:
            raise CommandFailed(f"there is no model {name}; `samovar models list` shows them")
    if workers > 1 and not hasattr(os, "fork"):
        raise CommandFailed("--workers needs a system that can fork: leave it out on Windows")
    environment = {
        "SAMOVAR_COLLECTIONS_DIR": str(Path(_COLLECTIONS).resolve()),
        **os.environ,
        "SAMOVAR_MODELS_DIR": str(models.resolve()),
        **({"SAMOVAR_MAX_BODY_BYTES": str(max_body)} if max_body else {}),
        **_threads(threads, workers),
        **({"SAMOVAR_PRELOAD": ",".join(model)} if model else {}),
    }
    read_settings(environment)  # a wrong variable is told here, and once
    sockets = _listen(host, port, workers)
    shown, bound = sockets[0].getsockname()[:2]
    print(f"http://{_in_url(shown)}:{bound} · /docs shows what it answers", flush=True)
    _run(environment, sockets, batch_delay)


def _threads(wanted: int | None, workers: int) -> Mapping[str, str]:
    """Processes that each take every processor for themselves would wait for one another."""
    if wanted is None and workers > 1:
        wanted = max((os.cpu_count() or 1) // workers, 1)
    return {"SAMOVAR_THREADS": str(wanted)} if wanted else {}


def _run(
    environment: Mapping[str, str], sockets: Sequence[socket], batch_delay_ms: float | None
) -> None:
    """Serve until told to end: from this process, or from several."""

    def run_one(own: socket) -> None:
        from samovar.serve import run_plain  # numpy starts threads, before which one has to fork

        run_plain(environment, own, batch_delay_ms)

    if len(sockets) == 1:
        run_one(sockets[0])
    else:
        from samovar.server.workers import Workers

        raise typer.Exit(Workers(run_one, sockets).run())


def _listen(host: str, port: int, count: int) -> list[socket]:
    """Sockets at the address. Raises CommandFailed where it cannot be had."""
    from samovar.server.workers import listen

    try:
        return listen(host, port, count)
    except OSError as error:
        raise CommandFailed(
            f"{host}:{port} cannot be listened at ({error.strerror}): end what listens there, or "
            f"choose another, as in `samovar serve --port {port + 1}`"
        ) from None


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
