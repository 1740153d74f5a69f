"""The wide door: everything that samovar answers over HTTP, as a FastAPI application.

Bodies are read raw and parsed by the code that the hot door uses: clients of the Open
Inference Protocol send no Content-Type, and both doors must answer with the same bytes.
"""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import unquote

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse

from samovar import __version__
from samovar.edges.at_once import AtOnce, at_once
from samovar.edges.cache_line import CACHE_STATE
from samovar.edges.http_body import read_request, to_http, to_request
from samovar.edges.http_exchange import Exchanges
from samovar.edges.http_routes import Route, routes
from samovar.edges.inference import Target, Visit, no_route, wrong_method
from samovar.edges.messages import compressed, error_response
from samovar.edges.observe import Observer
from samovar.edges.openai_errors import as_openai
from samovar.edges.whole import whole
from samovar.errors import SamovarError
from samovar.frozen import replace
from samovar.job_service import JobService
from samovar.service import Service
from samovar.settings import Settings
from samovar.values import dataclass

Endpoint = Callable[[HttpRequest], Awaitable[HttpResponse]]


@dataclass(frozen=True, slots=True)
class _House:
    """What the routes answer from."""

    service: Service
    jobs: JobService | None
    max_body_bytes: int
    rules: AtOnce


def build_app(
    service: Service, settings: Settings, observer: Observer, jobs: JobService | None = None
) -> FastAPI:
    """The application, for Mangum in a function and for a server on a laptop."""
    app = FastAPI(
        title="samovar",
        version=__version__,
        openapi_url=None,  # the document is our own: it has each model's real schemas
        redirect_slashes=False,
        exception_handlers={SamovarError: _refused, HTTPException: _unmatched},
    )
    house = _House(service, jobs, settings.max_body_bytes, at_once(settings))
    paths: dict[str, dict[str, Route]] = {}
    for route in routes(settings.max_body_bytes):
        paths.setdefault(route.path, {})[route.method] = route
    for path, by_method in paths.items():
        endpoint = _endpoint(by_method, house)
        app.add_route(path, endpoint, methods=list(by_method), include_in_schema=False)
    app.add_middleware(Exchanges, observer=observer)
    return app


_INSTANT = frozenset({"live", "ready", "server"})


def _endpoint(by_method: Mapping[str, Route], house: _House) -> Endpoint:
    """The routes of one path for Starlette.

    Answers come from a thread, at the cost of some 0.1 ms: a model's run or a slow store
    must not hold up the loop, or a server with many clients would miss its health checks.
    """

    async def endpoint(http: HttpRequest) -> HttpResponse:
        route = by_method["GET" if http.method == "HEAD" else http.method]
        http.state.action = route.action
        limit = house.max_body_bytes
        request = await read_request(http, limit) if route.has_body else to_request(http)
        target = _target(route, http)
        visit = Visit(house.service, request, target, house.jobs, house.rules)
        if route.action in _INSTANT:
            response = route.answer(visit)
        else:
            response = await run_in_threadpool(lambda: whole(route.answer(visit)))
        # Only now is the name known to be a model's: names from clients' paths would each
        # become a metric.
        http.state.target = replace(target, model=target.model or response.model)
        if response.code:
            http.state.code = response.code
        http.state.cache = response.headers.get(CACHE_STATE, "")
        return to_http(compressed(response, request.headers.get("accept-encoding", "")))

    return endpoint


def _target(route: Route, http: HttpRequest) -> Target:
    found = {name: unquote(value) for name, value in http.path_params.items()}
    job = next((found[name] for name in _JOBS if name in found), "")
    return Target(route.action, found.get("model", ""), found.get("version", ""), job)


_JOBS = ("job", "batch", "file", "collection")


async def _refused(http: HttpRequest, error: Exception) -> HttpResponse:
    assert isinstance(error, SamovarError)  # noqa: S101 - registered for nothing else
    http.state.code = error.code
    return to_http(as_openai(error_response(error), http.state.path))


async def _unmatched(http: HttpRequest, error: Exception) -> HttpResponse:
    """Starlette's own 404 and 405, in the words of the hot door."""
    headers = getattr(error, "headers", None) or {}
    allowed = sorted(name.strip() for name in headers.get("Allow", "").split(",") if name)
    path = http.state.path
    refusal = wrong_method(http.method, path, allowed) if allowed else no_route(path)
    return await _refused(http, refusal)
