"""What `samovar up` says when it is ready."""

import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from samovar_cli.twin.models import titles
from samovar_cli.twin.options import ENDPOINT, Options
from samovar_cli.twin.samples import sample_commands
from samovar_cli.twin.state import Running


def show_banner(console: Console, running: Running, options: Options, took_s: float) -> None:
    """The address, the models, and commands that work when pasted."""
    models = titles(options.models)
    lines = [f"\nsamovar is ready in {took_s:.1f} s: [bold]{running.url}[/]\n"]
    width = max((len(name) for name in models), default=0)
    lines += [f"  [cyan]{name:{width}}[/]  {escape(title)}" for name, title in models.items()]
    if not models:
        lines.append(f"  no models in {_short(options.models)} yet: `make models` builds them")
    samovar = _short(Path(sys.argv[0]).absolute())
    for command in sample_commands(options.models, models, running.url, samovar):
        lines.append(f"\n  {escape(command)}")
    if running.stream_url:
        lines.append(f"\nstreams (chat, as it is generated): {running.stream_url}/v1")
    if running.sagemaker_url:
        lines.append(f"\nendpoint {ENDPOINT} for heavy models: asleep, a job wakes it")
    if options.chaos:
        lines.append(f"\nchaos: {escape(options.chaos)}")
    logs = _short(options.state.absolute() / "logs")
    lines.append(f"\ndocs: {running.url}/docs    logs: {logs}    Ctrl-C ends it\n")
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)


def _short(path: Path) -> str:
    """The path as it is typed from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
