"""Kept answers over HTTP: what a request's headers ask for, and what its answer's tell.

`x-samovar-cache` says where an answer comes from: `hit` (this process), `hit-2` (the store that
all share), `miss` (worked out, and kept), `bypass` (nothing was looked for, nor kept).
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import closing

from samovar.caching.cache import BYPASS, MISS, Found, Request, ResponseCache
from samovar.caching.control import matches, read_control
from samovar.edges.cache_line import CACHE_STATE
from samovar.edges.inference import OF_JOBS, Visit, answer_to, carried
from samovar.edges.messages import Response
from samovar.edges.sources import Source, elsewhere
from samovar.errors import NotKept
from samovar.frozen import replace
from samovar.lanes import HEAVY
from samovar.service import Service
from samovar.types import ModelSpec, Payload

_BYPASSED = {CACHE_STATE: BYPASS}


def respond(visit: Visit, payload: Payload) -> Response:
    """The response to infer or predict of a model whose answers are kept. Raises SamovarError."""
    keeper = keeper_for(visit, visit.service.spec(visit.target.model), visit.target.version)
    jobs = not OF_JOBS.isdisjoint(visit.request.headers)
    found = None if jobs else keeper.find(payload)
    if found is not None:
        return keeper.labelled(carried(visit, payload, found.payload))
    return keeper.labelled(answer_to(visit, payload, lambda: keeper.made(payload)))


def keeper_for(visit: Visit, spec: ModelSpec, version: str = "") -> "Keeper":
    """What answers one visit by kept answers. Raises NotFound."""
    away = spec.lane == HEAVY and visit.rules.has_heavy
    return Keeper(visit.service, spec, version, visit.request.headers, away=away)


class Keeper:
    """One request to a model whose answers are kept; `away` where nothing answers it here."""

    def __init__(
        self,
        service: Service,
        spec: ModelSpec,
        version: str,
        headers: Mapping[str, str],
        *,
        away: bool = False,
    ) -> None:
        assert service.cache is not None  # noqa: S101 - else nothing would be kept
        self._cache: ResponseCache = service.cache
        self._service = service
        self._spec = spec
        self._version = version or service.newest(spec.name)
        self._headers = headers
        self._away = away
        self._asked: Request | None = None
        self._found: Found | None = None

    def predict(self, payload: Payload) -> Payload:
        """The answer, kept or worked out. Raises SamovarError."""
        found = self.find(payload)
        return found.payload if found is not None else self.made(payload)

    def find(self, payload: Payload) -> Found | None:
        """The answer that is kept. Raises NotKept where the client wants no other."""
        self._asked = self._ask(payload)
        self._found = self._cache.find(self._asked) if self._asked is not None else None
        self._check()
        return self._found

    def made(self, payload: Payload) -> Payload:
        """The answer worked out, and kept where it may be, for what `find` did not find."""
        asked = self._asked
        if asked is None:
            return self._service.predict(self._spec.name, self._version, payload)
        self._found = self._cache.make(asked, lambda: self._run(payload))
        return self._found.payload

    @property
    def state(self) -> str:
        """Where the answer came from."""
        return self._found.state if self._found is not None else BYPASS

    def source(self, source: Source, visit: Visit) -> Source:
        """Where texts come from, with those that are kept before it.

        What another place answers is not kept: nobody here knows by which files it did.
        """
        limits = visit.rules.lanes.sync_ms, visit.rules.stream_ms

        def predict(payload: Payload) -> Payload:
            found = self.find(payload)
            if found is not None:
                return found.payload
            if elsewhere(visit, self._spec, payload, limits[0]) is not None:
                return source.predict(payload)
            return self.made(payload)

        def stream(payload: Payload) -> Generator[bytes, None, None]:
            kept = self._find_pieces(payload)
            if kept is not None:
                yield from kept
            elif elsewhere(visit, self._spec, payload, limits[1]) is not None:
                yield from source.stream(payload)
            else:
                yield from self._made_pieces(payload, source)

        return Source(predict, stream)

    def labelled(self, response: Response) -> Response:
        """The response, saying where it comes from; 304 where the client has it already."""
        found = self._found
        if found is None or response.status != 200:
            return replace(response, headers={**response.headers, **_BYPASSED})
        headers = {CACHE_STATE: found.state}
        if found.tag:
            headers["etag"] = found.tag
            headers["age"] = str(found.age_s)
            headers["cache-control"] = f"private, max-age={found.ttl_s}"
            if matches(self._headers.get("if-none-match", ""), found.tag):
                return replace(response, status=304, body=b"", headers=headers, pieces=None)
        return replace(response, headers={**response.headers, **headers})

    def _ask(self, payload: Payload) -> Request | None:
        if self._away:
            return None
        control = read_control(self._headers.get("cache-control", ""))
        return self._cache.ask(
            self._spec, self._version, payload, control, self._expected_ms(payload)
        )

    def _expected_ms(self, payload: Payload) -> Callable[[], float]:
        return lambda: self._service.expected_ms(self._spec.name, self._version, len(payload.body))

    def _check(self) -> None:
        """Raises NotKept."""
        said = self._headers.get("cache-control", "")
        if self._found is None and said and read_control(said).only_kept:
            raise NotKept(
                "no answer to this is kept, and Cache-Control: only-if-cached takes no other"
            )

    def _run(self, payload: Payload) -> tuple[Payload, ModelSpec]:
        """The answer, and the manifest with which its model was opened."""
        name, version = self._spec.name, self._version
        answer = self._service.predict(name, version, payload)
        return answer, self._service.opened(name, version)

    def _find_pieces(self, payload: Payload) -> list[bytes] | None:
        """The pieces of a stream, as they came when they were kept. Raises NotKept."""
        self._asked = self._ask(payload)
        found = self._cache.find_pieces(self._asked) if self._asked is not None else None
        self._found, kept = found or (None, None)
        self._check()
        return kept

    def _made_pieces(self, payload: Payload, source: Source) -> Generator[bytes, None, None]:
        """The pieces as they come, kept where the last one does."""
        asked, pieces = self._asked, []
        self._found = Found(payload, MISS) if asked is not None else None
        with closing(source.stream(payload)) as coming:
            for piece in coming:
                pieces.append(piece)
                yield piece
        if asked is not None:
            opened = self._service.opened(self._spec.name, self._version)
            self._cache.keep_pieces(asked, pieces, opened)
