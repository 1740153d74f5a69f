"""The wide door: everything that samovar answers over HTTP, as a FastAPI application.

Bodies are read raw and parsed by the code that the hot door uses: clients of the Open
Inference Protocol send no Content-Type, and both doors must answer with the same bytes.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse

from samovar import __version__
from samovar.edges import catalogue, http_pages, metadata
from samovar.edges.http_body import read_request, to_http, to_request
from samovar.edges.http_exchange import Exchanges
from samovar.edges.inference import Target, Visit, answer, no_route, wrong_method
from samovar.edges.messages import Response, compressed, error_response
from samovar.edges.observe import Observer
from samovar.errors import SamovarError
from samovar.service import Service
from samovar.settings import Settings

Answer = Callable[[Visit], Response]
Endpoint = Callable[[HttpRequest], Awaitable[HttpResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """What answers at a path; `action` is its name in the log."""

    path: str
    action: str
    answer: Answer
    method: str = "GET"


def build_app(service: Service, settings: Settings, observer: Observer) -> FastAPI:
    """The application, for Mangum in a function and for a server on a laptop."""
    app = FastAPI(
        title="samovar",
        version=__version__,
        openapi_url=None,  # the document is our own: it has each model's real schemas
        redirect_slashes=False,
        exception_handlers={SamovarError: _refused, HTTPException: _unmatched},
    )
    limit = settings.max_body_bytes
    for route in (*_protocol(limit), *_models(limit), *_DOCUMENTS):
        endpoint = _endpoint(route, service, limit)
        app.add_route(route.path, endpoint, methods=[route.method], include_in_schema=False)
    app.add_middleware(Exchanges, observer=observer)
    return app


def _protocol(limit: int) -> Sequence[Route]:
    """The Open Inference Protocol and Triton's extensions."""
    at = "/v2/models/{model}"
    one = "/v2/models/{model}/versions/{version}"
    infer, stats = _runs(limit), _runs(limit)
    return (
        Route("/v2", "server", metadata.server_metadata),
        Route("/v2/health/live", "live", metadata.server_live),
        Route("/v2/health/ready", "ready", metadata.server_ready),
        Route("/v2/models/stats", "stats", stats),
        Route("/v2/repository/index", "index", metadata.repository_index, "POST"),
        *(
            Route(f"{path}{end}", action, reply, method)
            for path in (at, one)
            for end, action, reply, method in (
                ("", "metadata", metadata.model_metadata, "GET"),
                ("/ready", "model_ready", metadata.model_ready, "GET"),
                ("/config", "config", metadata.model_config, "GET"),
                ("/stats", "stats", stats, "GET"),
                ("/infer", "infer", infer, "POST"),
            )
        ),
    )


def _models(limit: int) -> Sequence[Route]:
    """The API of models that is samovar's own."""
    one = "/v1/models/{model}/versions/{version}"
    return (
        Route("/v1/models", "models", catalogue.list_models),
        Route("/v1/models/{model}", "model", catalogue.show_model),
        Route(one, "model", catalogue.show_model),
        Route("/v1/models/{model}/examples/{number}", "example", catalogue.show_example),
        Route("/v1/models/{model}/predict", "predict", _runs(limit), "POST"),
        Route(f"{one}/predict", "predict", _runs(limit), "POST"),
    )


_DOCUMENTS = (
    Route("/", "home", http_pages.home),
    Route("/docs", "docs", http_pages.docs),
    Route("/openapi.json", "openapi", http_pages.openapi),
    Route("/healthz", "live", metadata.server_live),
)


def _runs(limit: int) -> Answer:
    """Infer, predict and statistics, exactly as the hot door answers them."""
    return lambda visit: answer(visit.request, visit.target, visit.service, limit)


_INSTANT = frozenset({"live", "ready", "server"})


def _endpoint(route: Route, service: Service, limit: int) -> Endpoint:
    """The route for Starlette.

    Answers come from a thread, at the cost of some 0.1 ms: a model's run or a slow store
    must not hold up the loop, or a server with many clients would miss its health checks.
    """

    async def endpoint(http: HttpRequest) -> HttpResponse:
        http.state.action = route.action
        request = await read_request(http, limit) if route.method == "POST" else to_request(http)
        model, version = (unquote(http.path_params.get(k, "")) for k in ("model", "version"))
        target = Target(route.action, model, version)
        visit = Visit(service, request, target)
        if route.action in _INSTANT:
            response = route.answer(visit)
        else:
            response = await run_in_threadpool(route.answer, visit)
        # Only now is the name known to be a model's: names from clients' paths would each
        # become a metric.
        http.state.target = target
        return to_http(compressed(response, request.headers.get("accept-encoding", "")))

    return endpoint


async def _refused(http: HttpRequest, error: Exception) -> HttpResponse:
    assert isinstance(error, SamovarError)  # noqa: S101 - registered for nothing else
    http.state.code = error.code
    return to_http(error_response(error))


async def _unmatched(http: HttpRequest, error: Exception) -> HttpResponse:
    """Starlette's own 404 and 405, in the words of the hot door."""
    headers = getattr(error, "headers", None) or {}
    allowed = sorted(name.strip() for name in headers.get("Allow", "").split(",") if name)
    path = http.state.path
    refusal = wrong_method(http.method, path, allowed) if allowed else no_route(path)
    return await _refused(http, refusal)
