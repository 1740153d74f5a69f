"""The answers that are kept, on two levels: this process's own, and those that all share."""

from __future__ import annotations  # of ports, which cost a start and do nothing

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from samovar.caching.answers import Kept, keep, tag_of
from samovar.caching.asking import Asking
from samovar.caching.control import ANY, Control
from samovar.caching.flights import Flights
from samovar.caching.memory import Recent
from samovar.caching.requests import BYPASS, HIT, HIT_2, MISS, Counts, Found, Request
from samovar.caching.shared import Shared

if TYPE_CHECKING:
    from samovar.caching.store import AnswerStore
    from samovar.ports import Clock
    from samovar.types import ModelSpec, Payload

__all__ = ["BYPASS", "HIT", "HIT_2", "MISS", "Counts", "Found", "Request", "ResponseCache"]
Run = Callable[[], tuple["Payload", "ModelSpec"]]
"""Works an answer out, and tells the manifest with which its model was opened."""
_LINES = "application/x-ndjson"


class ResponseCache:
    """What is kept of the answers of models that ask for it in their manifests."""

    def __init__(self, max_bytes: int, clock: Clock, store: AnswerStore | None = None) -> None:
        self._own: Recent[Kept] = Recent(max_bytes)
        self._shared = Shared(store, clock)
        self._asking = Asking()
        self._flights: Flights[tuple[Payload, Kept | None]] = Flights()
        self._clock = clock
        self.counts: dict[tuple[str, str], Counts] = {}

    @property
    def held_bytes(self) -> int:
        """What this process's own answers take."""
        return self._own.bytes

    @property
    def faults(self) -> int:
        """How often the shared store failed."""
        return self._shared.faults

    def ask(
        self,
        spec: ModelSpec,
        version: str,
        payload: Payload,
        control: Control = ANY,
        expected_ms: Callable[[], float] = float,
    ) -> Request | None:
        """What a request asks; None where its answer is neither to be looked for nor kept."""
        to = self._asking.to(spec, version)
        if to is None:
            return None
        question = None if control.no_store else self._asking.question(payload, to)
        if question is None:
            self._count(spec.name, version).add(BYPASS)
            return None
        return Request(to, question, control, expected_ms)

    def find(self, request: Request) -> Found | None:
        """The answer that is kept; None where there is none, or none that is fresh enough."""
        own = self._fresh(self._own.get(request.question.key), request)
        if own is not None:
            return self._found(own, request, HIT)
        shared = self._fresh(self._shared.get(request), request)
        if shared is None:
            return None
        self._own.put(request.question.key, shared)
        return self._found(shared, request, HIT_2)

    def make(self, request: Request, run: Run) -> Found:
        """The answer, run once for all that ask for it now, and kept. Raises what `run` raises.

        Where the model was opened with another manifest than the one by which the question was
        put, nothing is kept.
        """
        key = request.question.key
        (answer, kept), ours = self._flights.take(key, lambda: self._made(request, run))
        if kept is None:
            # Nobody else's answer is given where it is not known where the id stands in it.
            return Found(answer if ours else run()[0], MISS)
        return self._found(kept, request, MISS if ours else HIT)

    def find_pieces(self, request: Request) -> tuple[Found, list[bytes]] | None:
        """The pieces of a stream that are kept, as they came; None where there are none."""
        found = self.find(request.of_pieces())
        return (found, found.payload.body.split(b"\n")) if found is not None else None

    def keep_pieces(self, request: Request, pieces: Sequence[bytes], opened: ModelSpec) -> None:
        """Keep the pieces of a stream that has come to its end: JSON documents, a line each."""
        self._count(request.to.spec.name, request.to.version).add(MISS)
        if self._asking.is_of(opened, request.to):
            body = b"\n".join(pieces)
            kept = Kept(b"", body, _LINES, -1, self._now_ms(), tag_of(_LINES, body), named=False)
            self._keep(request.of_pieces(), kept)

    def waiting(self) -> int:
        """Requests that wait now for an answer that is being made for another."""
        return self._flights.waiting()

    def clear(self) -> None:
        """Keep nothing of what this process has kept."""
        self._own.clear()

    def _made(self, request: Request, run: Run) -> tuple[Payload, Kept | None]:
        question = request.question
        known = self._fresh(self._own.get(question.key), request)
        if known is not None:  # kept since it was looked for
            return known.payload(question.request_id), known
        answer, opened = run()
        if not self._asking.is_of(opened, request.to):
            return answer, None
        kept = keep(answer, question.heads, question.request_id, self._now_ms())
        if kept is not None:
            self._keep(request, kept)
        return answer, kept

    def _keep(self, request: Request, kept: Kept) -> None:
        if kept.size <= request.to.spec.cache.max_bytes:
            self._own.put(request.question.key, kept)
            self._shared.put(request, kept)

    def _fresh(self, kept: Kept | None, request: Request) -> Kept | None:
        return kept if kept is not None and request.takes(self._age_s(kept)) else None

    def _found(self, kept: Kept, request: Request, state: str) -> Found:
        to = request.to
        self._count(to.spec.name, to.version).add(state)
        payload = kept.payload(request.question.request_id)
        return Found(payload, state, kept.tag, int(self._age_s(kept)), to.spec.cache.ttl_s)

    def _count(self, model: str, version: str) -> Counts:
        found = self.counts.get((model, version))
        if found is None:
            found = self.counts.setdefault((model, version), Counts())
        return found

    def _age_s(self, kept: Kept) -> float:
        return max(self._now_ms() - kept.made_ms, 0) / 1000

    def _now_ms(self) -> int:
        return self._clock.now_ns() // 1_000_000
