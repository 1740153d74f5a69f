"""Progress of a deployment on standard error: a line a step, and what is said meanwhile."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from samovar_cli.deploying.sam import Say
from samovar_cli.terminal import console, one_line

_SHOWN = 100


class Steps:
    """Says what is done and how long it took; with `verbose` also what the tools say."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self._console: Console = console(stderr=True)

    @contextmanager
    def step(self, text: str) -> Iterator[Say]:
        """A step; its line is final when it ends without an error."""
        began = time.perf_counter()
        with self._console.status(text) as status:

            def say(line: str) -> None:
                if self._verbose and line.strip():
                    self._console.print(Text(f"    {line}", "dim"), soft_wrap=True)
                elif line.strip():
                    status.update(Text(f"{text}: {one_line(line)[:_SHOWN]}"))

            yield say
        self.done(text, time.perf_counter() - began)

    def done(self, text: str, took_s: float | None = None) -> None:
        """One line for a step that has ended, or that there was no need for."""
        line = Text.assemble(("  ✓ ", "green"), text)
        if took_s is not None:
            line.append(f" {took_s:.1f} s", "dim")
        self._console.print(line)
