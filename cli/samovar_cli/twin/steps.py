"""Progress on the terminal: each step with its time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


class Steps:
    """Prints what is being done, and how long each step took."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.perf_counter()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the first step."""
        return time.perf_counter() - self._began

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """A step; its line is final when it ends without an error."""
        began = time.perf_counter()
        with self._console.status(text):
            yield
        self.done(text, time.perf_counter() - began)

    def done(self, text: str, took_s: float) -> None:
        """One line for a step that has ended."""
        self._console.print(f"  [green]✓[/] {text} [dim]{took_s:.1f} s[/]", highlight=False)
