"""New environments when code or models change."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from samovar.errors import CommandFailed

from samovar_cli.twin.options import Options
from samovar_cli.twin.twin import Twin

_INTERVAL_S = 1.0
_CODE_FOLDERS = ("functions", "shared")


Stamps = frozenset[tuple[str, int, int]]
"""Files as they were: path, time of the last change, size."""


def stamps(options: Options) -> Stamps:
    """The files that are watched, as they are now."""
    folders = [options.root / name for name in _CODE_FOLDERS] + [options.models]
    return frozenset(stamp for folder in folders for stamp in _walk(folder))


async def watch(twin: Twin, options: Options, console: Console, seen: Stamps) -> None:
    """Look at the files once a second, for ever. `seen` is what the twin was started with."""
    template = options.root / "template.yaml"
    deployed = template.stat().st_mtime_ns
    while True:
        await asyncio.sleep(_INTERVAL_S)
        found = await asyncio.to_thread(stamps, options)
        if found != seen:
            seen = found
            await _reload(twin, console)
        if template.is_file() and template.stat().st_mtime_ns != deployed:
            deployed = template.stat().st_mtime_ns
            console.print("  template.yaml has changed: end this and run `samovar up` again")


async def _reload(twin: Twin, console: Console) -> None:
    try:
        await twin.reload()
    except CommandFailed as error:
        console.print(f"[red]{error.message}[/]", highlight=False)
    else:
        console.print("  [green]✓[/] reloaded: code or models changed", highlight=False)


def _walk(folder: Path) -> Iterator[tuple[str, int, int]]:
    for parent, names, files in os.walk(folder):
        names[:] = [name for name in names if name != "__pycache__" and not name.startswith(".")]
        for file in files:
            path = os.path.join(parent, file)  # noqa: PTH118 - thousands of these a second
            try:
                found = os.stat(path)  # noqa: PTH116 - as above
            except FileNotFoundError:
                continue
            yield path, found.st_mtime_ns, found.st_size
