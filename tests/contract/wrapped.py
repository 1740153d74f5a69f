"""A client of AWS with something done before each of its calls."""

import threading
from collections.abc import Callable
from typing import Any


class OneAtATime:
    """A client whose calls wait for each other. moto looks at a condition and then writes, with
    nothing to hold off another writer between the two; DynamoDB has no such gap.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._turn = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def call(*args: Any, **named: Any) -> Any:
            with self._turn:
                return method(*args, **named)

        return call


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
