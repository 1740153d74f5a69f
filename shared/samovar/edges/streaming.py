"""The streaming door: an event in, an answer out piece by piece, of everything that is answered.

It answers with the bytes of the other deployed doors, because it has their code: the hot door's
for what runs a model, the wide door's table for all else.
"""

from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from samovar.edges.at_once import AtOnce, at_once
from samovar.edges.cache_line import CACHE_STATE
from samovar.edges.gateway import read_event, write_event
from samovar.edges.inference import Visit, answer, find_target
from samovar.edges.messages import Request, Response
from samovar.edges.observe import Exchange, Observer
from samovar.edges.reporter import Reporter
from samovar.edges.whole import whole
from samovar.errors import MethodNotAllowed, RouteNotFound
from samovar.frozen import replace
from samovar.service import Service
from samovar.settings import Settings
from samovar.values import dataclass

if TYPE_CHECKING:
    from samovar.edges.plain_paths import Paths
    from samovar.job_service import JobService

_CLIENT_GONE = 499  # nginx's status for it; nobody is there to read it
_LEFT_MS = 1_000
"""Before a function's time is over, a stream is ended with an error: its process would be killed
in the middle of it, and the client would be told nothing."""


class Context(Protocol):
    """What of Lambda's context is looked at."""

    @property
    def aws_request_id(self) -> str:
        """The invocation's own id."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the process."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An answer that has begun: its status and headers, and its body as it is made."""

    prelude: Mapping[str, object]
    pieces: Generator[bytes, None, None]


class StreamDoor:
    """A handler for the streaming bootstrap; called as a plain one, it answers in one piece."""

    def __init__(
        self,
        service: Service,
        settings: Settings,
        observer: Observer,
        jobs: "JobService | None" = None,
    ) -> None:
        self._service = service
        self._jobs = jobs
        self._max_body_bytes = settings.max_body_bytes
        self._rules = _rules(settings)
        self._observer = observer
        self._reporter = Reporter(observer)
        self._paths: Paths | None = None

    def __call__(self, event: Mapping[str, Any], context: Context) -> dict[str, Any]:
        """The whole response, in the shape that API Gateway reads. Never raises."""
        start, seen, response = self._begun(event, context)
        response = whole(response)
        self._reporter.tell(start, seen, response)
        return write_event(response, seen.request_id)

    def open(self, event: Mapping[str, Any], context: Context) -> Opened:
        """The response, of which the body is made as it is read. Never raises."""
        start, seen, response = self._begun(event, context)
        headers = {"content-type": response.content_type, **response.headers}
        headers["x-request-id"] = seen.request_id
        seen.status = response.status
        pieces = self._told(start, seen, response, context)
        return Opened({"statusCode": response.status, "headers": headers, "cookies": []}, pieces)

    def _begun(self, event: Mapping[str, Any], context: Context) -> tuple[int, Exchange, Response]:
        start, own_id = self._observer.start(), context.aws_request_id
        seen, path = Exchange("stream", own_id, own_id), ""
        try:
            request = read_event(event, own_id)
            path = request.path
            seen.request_id, seen.bytes_in = request.request_id, len(request.body)
            return start, seen, self._answer(request, seen)
        except Exception as error:  # noqa: BLE001 - the last line of defence of a door
            return start, seen, self._reporter.failed(error, seen, path)

    def _answer(self, request: Request, seen: Exchange) -> Response:
        """The response. Raises SamovarError."""
        try:
            target = find_target(request.method, request.path)
            reply: Callable[[Visit], Response] = self._run
            action = target.action
        except (RouteNotFound, MethodNotAllowed):
            route, target = self._wide().find(request.method, request.path)
            reply, action = route.answer, route.action
        seen.action = action
        response = reply(Visit(self._service, request, target, self._jobs, self._rules))
        # Only now is the model's name known to be ours: names from paths of clients would
        # each become a metric.
        seen.model, seen.version = target.model or response.model, target.version
        seen.code = response.code
        seen.cache = response.headers.get(CACHE_STATE, "")
        return response

    def _run(self, visit: Visit) -> Response:
        return answer(visit, self._max_body_bytes)

    def _wide(self) -> "Paths":
        """The wide door's table, which a stream does not wait for."""
        if self._paths is None:
            from samovar.edges.http_routes import routes
            from samovar.edges.plain_paths import Paths

            self._paths = Paths(routes(self._max_body_bytes))
        return self._paths

    def _told(
        self, start: int, seen: Exchange, response: Response, context: Context
    ) -> Generator[bytes, None, None]:
        """The body; an error in it is its last piece, and its end is told to the log."""
        try:
            for piece in self._pieces(seen, response, context):
                seen.bytes_out += len(piece)
                yield piece
        except GeneratorExit:
            seen.status = _CLIENT_GONE
            raise
        finally:
            self._observer.finish(start, seen)

    def _pieces(
        self, seen: Exchange, response: Response, context: Context
    ) -> Generator[bytes, None, None]:
        if response.pieces is None:
            yield response.body
            return
        try:
            for piece in response.pieces:
                yield piece
                if context.get_remaining_time_in_millis() < _LEFT_MS:
                    seen.code = "deadline_exceeded"
                    yield _cut()
                    return
        except Exception as error:  # noqa: BLE001 - the last line of defence of a door
            yield b"data: " + self._reporter.failed(error, seen).body + b"\n\n"
        finally:
            response.pieces.close()


def _rules(settings: Settings) -> AtOnce:
    """A gateway's time is not this door's: whole answers, too, may take as long as streams."""
    rules = at_once(settings)
    return replace(rules, lanes=replace(rules.lanes, sync_ms=rules.stream_ms))


def _cut() -> bytes:
    """The event of a stream that there is no more time for."""
    text = "the function's time is over: ask for fewer tokens, or raise StreamTimeout"
    said = {"message": text, "type": "server_error", "param": None, "code": "deadline_exceeded"}
    return b"data: " + orjson.dumps({"error": said}) + b"\n\n"
