"""Progress of a deployment on standard error: a line a step, and what is said meanwhile."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from samovar_cli.deploying.sam import Say
from samovar_cli.terminal import console, one_line, progress

_MARGIN = 6  # of the spinner and what parts it from the line


class Steps:
    """Says what is done and how long it took; with `verbose` also what the tools say."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self._console: Console = console(stderr=True)

    @contextmanager
    def step(self, text: str) -> Iterator[Say]:
        """A step; its line is final when it ends without an error."""
        began = time.perf_counter()
        if not self._console.is_terminal:  # a log shows no spinner, and some steps take minutes
            self._console.print(Text(f"  … {text}"))
        with self._console.status(text) as status:

            def say(line: str) -> None:
                if self._verbose and line.strip():
                    self._console.print(Text(f"    {line}", "dim"), soft_wrap=True)
                elif line.strip():
                    room = max(self._console.width - len(text) - _MARGIN, 0)
                    status.update(Text(f"{text}: {one_line(line)[:room]}"))

            yield say
        self.done(text, time.perf_counter() - began)

    @contextmanager
    def bar(self, text: str, total: int) -> Iterator[Callable[[int], None]]:
        """A step whose progress is counted: call what is given with each part that is done."""
        began = time.perf_counter()
        with progress() as bars:
            task = bars.add_task(text, total=total)
            yield lambda count: bars.advance(task, count)
        self.done(text, time.perf_counter() - began)

    def done(self, text: str, took_s: float | None = None) -> None:
        """One line for a step that has ended, or that there was no need for."""
        line = Text.assemble(("  ✓ ", "green"), text)
        if took_s is not None:
            line.append(f" {took_s:.1f} s", "dim")
        self._console.print(line)
