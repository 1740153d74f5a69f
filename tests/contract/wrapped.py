"""A client of AWS with something done before each of its calls."""

from collections.abc import Callable
from typing import Any


class Wrapped:
    """A client whose calls go through `before(method, arguments, named arguments)`."""

    def __init__(self, client: Any, before: Callable[[str, tuple, dict], object]) -> None:
        self._client = client
        self._before = before

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def call(*args: Any, **named: Any) -> Any:
            self._before(name, args, named)
            return method(*args, **named)

        return call
