"""Receivers that do not answer are left alone for a while, so that they keep no other waiting.

It is one process's own view and is kept nowhere: another process finds out by itself.
"""

from samovar.addresses import read_url
from samovar.errors import DeliveryFailed
from samovar.heavy_breaker import Breaker
from samovar.job_events import Answer, Event
from samovar.ports import Clock, Sink

_BUSY = frozenset({429, 502, 503, 504})
_MOST_HOSTS = 1000


class Patient:
    """A sink of webhooks, with a breaker for each host."""

    def __init__(self, sink: Sink, clock: Clock) -> None:
        self._sink = sink
        self._clock = clock
        self._hosts: dict[str, Breaker] = {}

    def tell(self, event: Event) -> Answer:
        """What the receiver answered. Raises as the sink does; DeliveryFailed without asking it."""
        breaker = self._of(read_url(event.webhook).authority)
        if not breaker.allows(self._now_ms()):
            raise DeliveryFailed("the webhook's host has not answered lately; it is left alone")
        try:
            answer = self._sink.tell(event)
        except DeliveryFailed:
            breaker.refused(self._now_ms())
            raise
        if answer.status in _BUSY:
            breaker.refused(self._now_ms())
        else:
            breaker.taken()
        return answer

    def _of(self, host: str) -> Breaker:
        if host not in self._hosts and len(self._hosts) >= _MOST_HOSTS:
            self._hosts.clear()  # each finds out again
        return self._hosts.setdefault(host, Breaker())

    def _now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000
