"""The plain door: all that samovar answers over HTTP, as one ASGI application, no framework.

It answers with the bytes of the deployed doors, because it has their code: the hot door's for
infer, predict and statistics, the wide door's table of routes for everything else.
"""

from collections.abc import Callable, Mapping, Sequence

from samovar.edges.asgi import (
    ClientGone,
    Receive,
    Scope,
    Send,
    as_headers,
    new_id,
    read_bytes,
    read_path,
    said_length,
    write,
)
from samovar.edges.at_once import AtOnce
from samovar.edges.batched import Batched
from samovar.edges.http_routes import Route, routes
from samovar.edges.inference import Visit
from samovar.edges.life import Life
from samovar.edges.messages import (
    Request,
    Response,
    request_id,
    too_large,
)
from samovar.edges.observe import Exchange, Observer
from samovar.edges.pieces import send_pieces
from samovar.edges.plain_paths import Paths
from samovar.edges.reporter import Reporter
from samovar.edges.turns import Generating, Turns, run_at
from samovar.errors import Overloaded, SamovarError
from samovar.service import Service
from samovar.settings import Settings

_RUNS = frozenset({"infer", "predict"})
_TOGETHER = frozenset({"chat", "complete"})
_WORK = _RUNS | _TOGETHER | {"embed", "rerank", "search", "fill", "classify", "save"}
_INSTANT = frozenset({"live", "ready", "server"})
_PATIENCE_S = 1.0
_CLIENT_GONE = 499  # nginx's status for it; nobody is there to read it


class PlainDoor:
    """The ASGI application of `samovar serve`."""

    def __init__(
        self,
        service: Service,
        settings: Settings,
        observer: Observer,
        warm_up: Callable[[], None],
        batched: Batched | None = None,
    ) -> None:
        self._service = service
        self._settings = settings
        self._observer = observer
        self._reporter = Reporter(observer)
        self._life = Life(warm_up, observer, "server")
        self._paths = Paths(routes(settings.max_body_bytes))
        self._rules = AtOnce()
        self._turns = Turns(settings.in_flight)
        self._generating = Generating()
        self._batched = batched
        self._active = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the life of the server."""
        if scope["type"] == "http":
            await self._exchange(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._life.live(receive, send, self._close, _PATIENCE_S)

    def at_once(
        self, method: str, url: str, raw: Sequence[tuple[bytes, bytes]], body: bytes
    ) -> tuple[Response, str] | None:
        """The answer and its id, of an infer or a predict that is known to be quick; else None.

        It is made before this returns: a server needs no task for it. Never raises.
        """
        start = self._observer.start()
        found = self._paths.known(method, url)
        if found is None or not self._is_free(found[0].action, len(body)):
            return None
        route, target = found
        pace = self._turns.quick(target, len(body))
        if pace is None:
            return None
        headers = as_headers(raw)
        own_id = request_id(headers, new_id())
        seen = Exchange("serve", own_id, action=route.action, bytes_in=len(body))
        request = Request(method, url, headers, body, own_id)
        try:
            visit = Visit(self._service, request, target, None, self._rules)
            response = run_at(pace, route.answer, visit)
            seen.model, seen.version = target.model, target.version
        except Exception as error:  # noqa: BLE001 - the last line of defence of a door
            response = self._reporter.failed(error, seen)
        self._reporter.tell(start, seen, response)
        return response, own_id

    def _is_free(self, action: str, size: int) -> bool:
        runs = action in _RUNS and self._batched is None
        return runs and self._refusal(action) is None and size <= self._settings.max_body_bytes

    async def drain(self, timeout_s: float) -> None:
        """Take nothing new, and wait for what is under way; streams that last are told the end."""
        self._life.end()
        await self._turns.texts.drain(lambda: self._active > 0, timeout_s)

    async def _exchange(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = self._observer.start()
        headers = as_headers(scope["headers"])
        own_id = request_id(headers, new_id())
        seen = Exchange("serve", own_id)
        try:
            response = await self._answer(scope, headers, receive, seen)
        except ClientGone:
            seen.status = _CLIENT_GONE
            self._observer.finish(start, seen)
            return
        except Exception as error:  # noqa: BLE001 - the last line of defence of a door
            response = self._reporter.failed(error, seen, read_path(scope))
        if response.pieces is not None:
            await self._stream((receive, send), response, seen)
            self._observer.finish(start, seen)
            return
        self._reporter.tell(start, seen, response)
        await write(send, response, own_id)

    async def _stream(self, wire: tuple[Receive, Send], response: Response, seen: Exchange) -> None:
        self._active += 1
        try:
            await send_pieces(wire, response, seen, self._turns.texts, self._reporter.failed)
        finally:
            self._active -= 1

    async def _answer(
        self, scope: Scope, headers: Mapping[str, str], receive: Receive, seen: Exchange
    ) -> Response:
        """The response. Raises SamovarError, ClientGone."""
        method, path = scope["method"], read_path(scope)
        route, target = self._paths.find(method, path)
        seen.action = route.action
        refusal = self._refusal(route.action)
        if refusal is not None:
            raise refusal
        self._active += 1
        try:
            body = await self._body(headers, receive) if route.has_body else b""
            seen.bytes_in = len(body)
            query = scope.get("query_string", b"").decode("latin-1")
            request = Request(method, path, headers, body, seen.request_id, query)
            visit = Visit(self._service, request, target, None, self._rules)
            response = await self._made(route, visit, receive)
        finally:
            self._active -= 1
        # Only now is the model's name known to be ours: names from paths of clients would
        # each become a metric.
        seen.model, seen.version = target.model or response.model, target.version
        seen.code = response.code
        return response

    def _refusal(self, action: str) -> SamovarError | None:
        """Why a request is not taken now: nothing runs before the models are warm."""
        if action not in _WORK:
            return self._life.refusal if action == "ready" else None
        if self._life.refusal is None and self._active >= self._settings.in_flight:
            return Overloaded("the server has as many requests as it takes; send it again")
        return self._life.refusal

    async def _body(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        """A client that asked first whether to send one that is too large is told not to."""
        limit = self._settings.max_body_bytes
        if "expect" in headers and said_length(headers) > limit:
            raise too_large(limit)
        return await read_bytes(receive, limit, self._settings.timeout_s)

    async def _made(self, route: Route, visit: Visit, receive: Receive) -> Response:
        if route.action in _INSTANT:
            return route.answer(visit)
        runs = route.action in _RUNS
        if route.action in _TOGETHER or (runs and await self._generating(visit)):
            return await self._turns.together(route.answer, visit, receive)
        if self._batched is not None and runs and not self._service.keeps(visit.target.model):
            return await self._batched.take(visit)
        return await self._turns.take(route.answer, visit)

    def _close(self) -> None:
        self._turns.close()
        if self._batched is not None:
            self._batched.close()
