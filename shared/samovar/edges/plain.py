"""The plain door: all that samovar answers over HTTP, as one ASGI application, no framework.

It answers with the bytes of the deployed doors, because it has their code: the hot door's for
infer, predict and statistics, the wide door's table of routes for everything else.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from samovar.edges.asgi import ClientGone, Receive, Scope, Send, read_head, write
from samovar.edges.http_routes import routes
from samovar.edges.inference import Visit
from samovar.edges.life import Life
from samovar.edges.messages import (
    Request,
    Response,
    compressed,
    error_response,
    internal_error,
)
from samovar.edges.observe import Exchange, Observer
from samovar.edges.plain_body import read_within
from samovar.edges.plain_paths import Paths
from samovar.edges.turns import Turns
from samovar.errors import Overloaded, SamovarError
from samovar.service import Service
from samovar.settings import Settings

_RUNS = frozenset({"infer", "predict"})
_INSTANT = frozenset({"live", "ready", "server"})
_CLIENT_GONE = 499  # nginx's status for it; nobody is there to read it


class PlainDoor:
    """The ASGI application of `samovar serve`."""

    def __init__(
        self, service: Service, settings: Settings, observer: Observer, warm_up: Callable[[], None]
    ) -> None:
        self._service = service
        self._settings = settings
        self._observer = observer
        self._life = Life(warm_up, observer, "server")
        self._paths = Paths(routes(settings.max_body_bytes))
        self._turns = Turns()
        self._active = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the life of the server."""
        if scope["type"] == "http":
            await self._exchange(read_head(scope), receive, send)
        elif scope["type"] == "lifespan":
            await self._life.live(receive, send, self._turns.close)

    async def drain(self, timeout_s: float) -> None:
        """Take nothing new, and wait for what is under way."""
        self._life.end()
        end_s = time.monotonic() + timeout_s
        while self._active and time.monotonic() < end_s:
            await asyncio.sleep(0.02)

    async def _exchange(self, request: Request, receive: Receive, send: Send) -> None:
        start = self._observer.start()
        seen = Exchange("serve", request.request_id)
        try:
            response = await self._answer(request, receive, seen)
        except ClientGone:
            seen.status = _CLIENT_GONE
            self._observer.finish(start, seen)
            return
        except SamovarError as error:
            response, seen.code = error_response(error), error.code
        except Exception as error:  # noqa: BLE001 - the last line of defence of a door
            self._observer.fault(request.request_id, error)
            response, seen.code = internal_error(request.request_id), "internal_error"
        seen.status, seen.bytes_out = response.status, len(response.body)
        self._observer.finish(start, seen)
        headers = {**response.headers, "x-request-id": request.request_id}
        await write(send, replace(response, headers=headers))

    async def _answer(self, request: Request, receive: Receive, seen: Exchange) -> Response:
        """The response. Raises SamovarError, ClientGone."""
        route, target = self._paths.find(request.method, request.path)
        seen.action = route.action
        refusal = self._refusal(route.action)
        if refusal is not None:
            raise refusal
        if route.method == "POST":
            limit, timeout_s = self._settings.max_body_bytes, self._settings.timeout_s
            request = replace(request, body=await read_within(request, receive, limit, timeout_s))
            seen.bytes_in = len(request.body)
        visit = Visit(self._service, request, target)
        self._active += 1
        try:
            if route.action in _INSTANT:
                response = route.answer(visit)
            else:
                response = await self._turns.take(route.answer, visit)
        finally:
            self._active -= 1
        # Only now is the model's name known to be ours: names from paths of clients would
        # each become a metric.
        seen.model, seen.version = target.model, target.version
        return compressed(response, request.headers.get("accept-encoding", ""))

    def _refusal(self, action: str) -> SamovarError | None:
        """Why a request is not taken now: nothing runs before the models are warm."""
        if action in _RUNS or action == "ready":
            if self._life.refusal is not None:
                return self._life.refusal
            if action in _RUNS and self._active >= self._settings.in_flight:
                return Overloaded("the server has as many requests as it takes; send it again")
        return None
