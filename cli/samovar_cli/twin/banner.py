"""What `samovar up` says when it is ready."""

import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from samovar_cli.twin.models import titles
from samovar_cli.twin.state import Running
from samovar_cli.twin.twin import Options


def show_banner(console: Console, running: Running, options: Options, took_s: float) -> None:
    """The address, the models and three commands that work when pasted."""
    models = titles(options.models)
    console.print(f"\nsamovar is ready in {took_s:.1f} s: [bold]{running.url}[/]", highlight=False)
    width = max((len(name) for name in models), default=0)
    for name, title in models.items():
        line = f"  [cyan]{escape(name):{width}}[/]  {escape(title)}"
        console.print(line, highlight=False, soft_wrap=True)
    if not models:
        console.print(f"  no models in {options.models} yet: `make models` builds them")
    for command in _commands(running.url, models):
        console.print(f"\n  {escape(command)}", highlight=False, soft_wrap=True)
    console.print(
        f"\ndocs {running.url}/docs · logs {_short(options.state / 'logs')} · Ctrl-C ends it"
    )


def _commands(url: str, models: dict[str, str]) -> list[str]:
    name = "task-priority" if "task-priority" in models else next(iter(models), "")
    if not name:
        return [f"curl {url}/v2/health/ready"]
    text = "Prepare quarterly report"
    samovar = _short(Path(sys.argv[0]).absolute())
    return [
        f"curl {url}/v1/models/{name}/predict -H 'Content-Type: text/plain' -d '{text}'",
        f'{samovar} predict {name} "{text}"',
        f"curl {url}/v2/models/{name}",
    ]


def _short(path: Path) -> str:
    """The path as it is typed from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
