"""One run for all that ask the same thing at once."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from samovar.errors import SamovarError
from samovar.values import dataclass, field
from samovar.wanted import check_wanted

Result = TypeVar("Result")
_LOOK_S = 0.25  # how often one that waits looks whether it is still waited for


@dataclass(slots=True)
class _Flight:
    """What is being made, and what came of it: at most one of `result` and `error`."""

    over: threading.Event = field(default_factory=threading.Event)
    waiting: int = 0
    result: object = None
    error: SamovarError | None = None


class Flights(Generic[Result]):
    """What is being made in this process now, by key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[bytes, _Flight] = {}

    def take(self, key: bytes, make: Callable[[], Result]) -> tuple[Result, bool]:
        """What `make` gives, and whether it was this call that made it.

        Whoever comes while it is made waits, and has the same result, or the same refusal where
        asking again would bring it again. What is passing (its client went away, there was no
        room) is the first one's alone: the next of those who waited makes it. Raises what
        `make` raises.
        """
        while True:
            with self._lock:
                flight = self._flights.get(key)
                if flight is None:
                    mine = self._flights[key] = _Flight()
                else:
                    flight.waiting += 1
            if flight is None:
                return self._lead(key, mine, make), True
            while not flight.over.wait(_LOOK_S):
                check_wanted()
            if flight.error is not None:
                raise flight.error
            if flight.result is not None:
                return flight.result, False  # type: ignore[return-value]  # what `make` gave

    def waiting(self) -> int:
        """How many wait for what is made by others now."""
        with self._lock:
            return sum(flight.waiting for flight in self._flights.values())

    def _lead(self, key: bytes, flight: _Flight, make: Callable[[], Result]) -> Result:
        try:
            result = make()
            flight.result = result
        except SamovarError as error:
            flight.error = None if error.retryable else error
            raise
        else:
            return result
        finally:
            with self._lock:
                del self._flights[key]
            flight.over.set()
