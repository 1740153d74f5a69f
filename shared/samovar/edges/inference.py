"""Infer, predict and statistics over HTTP: one code for the hot door, FastAPI and tests."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from samovar.codecs.oip import header_size
from samovar.edges.at_once import AtOnce
from samovar.edges.gateway import unescaped
from samovar.edges.hot_routes import BY_ACTION, OWN
from samovar.edges.messages import (
    HEADER_SIZE,
    Request,
    Response,
    compressed,
    event_bytes,
    read_body,
)
from samovar.errors import MethodNotAllowed, RouteNotFound
from samovar.lanes import GENERATES, is_job
from samovar.service import Description, Service
from samovar.types import OIP_BINARY, OIP_JSON, Payload
from samovar.values import dataclass, field

if TYPE_CHECKING:
    from samovar.job_service import JobService


@dataclass(frozen=True, slots=True)
class Target:
    """What a path names: the action, the model and the version ("" for the newest), a job."""

    action: str
    model: str = ""
    version: str = ""
    job: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to a door, with what it names and the services that it came to."""

    service: Service
    request: Request
    target: Target
    jobs: "JobService | None" = None  # None: this deployment has no jobs
    rules: AtOnce = field(default_factory=AtOnce)

    def describe(self) -> Description:
        """The model and version that the path names. Raises NotFound, ModelFault."""
        return self.service.describe(self.target.model, self.target.version)


_PATH = re.compile(
    r"/(v1|v2)/models(?:/(?!stats$)([^/]+)(?:/versions/([^/]+))?)?/(infer|predict|stats)/?"
)
_METHODS = {("v2", "infer"): "POST", ("v1", "predict"): "POST", ("v2", "stats"): "GET"}


@lru_cache(256)  # clients of a function ask for the same few
def find_target(method: str, path: str) -> Target:
    """The target of a request. Raises RouteNotFound, MethodNotAllowed."""
    own = OWN.get(path)
    if own is not None:
        if method != "POST":
            raise wrong_method(method, path, ["POST"])
        return Target(own.action)
    match = _PATH.fullmatch(path)
    allowed = _METHODS.get((match[1], match[4])) if match else None
    if not match or not allowed or not (match[2] or match[4] == "stats"):
        raise no_route(path)
    if method != allowed:
        raise wrong_method(method, path, [allowed])
    return Target(match[4], unescaped(match[2] or ""), unescaped(match[3] or ""))


def no_route(path: str) -> RouteNotFound:
    """The refusal of a path that nothing answers."""
    return RouteNotFound(f"there is nothing at {path[:200]}; /docs lists what is")


def wrong_method(method: str, path: str, allowed: Sequence[str]) -> MethodNotAllowed:
    """The refusal of a method that a path does not take."""
    taken = " or ".join(allowed)
    return MethodNotAllowed(f"{path[:200]} takes {taken}, not {method[:16]}", allowed)


def answer(visit: Visit, max_body_bytes: int) -> Response:
    """The response to a request that the hot door takes. Raises SamovarError.

    Where the deployment has jobs, a request that prefers so, that would take too long or whose
    answer would be too large becomes one, and one with an Idempotency-Key is answered once.
    """
    target, service = visit.target, visit.service
    if target.action == "stats":
        from samovar.edges.counts import statistics

        return statistics(service, target)
    own = BY_ACTION.get(target.action)
    if own is not None:
        return own.answer(visit, max_body_bytes)
    payload = payload_of(visit, max_body_bytes)
    if service.keeps(target.model):
        from samovar.edges.cached import respond

        return respond(visit, payload)
    return answer_to(visit, payload, lambda: service.predict(target.model, target.version, payload))


def answer_to(visit: Visit, payload: Payload, predict: Callable[[], Payload]) -> Response:
    """The response to a request that has been read; `predict` answers it. Raises SamovarError."""
    if visit.jobs is not None:
        deferred = _deferred(visit, visit.jobs, payload)
        if deferred is not None:
            return deferred
    return carried(visit, payload, predict())


def payload_of(visit: Visit, max_body_bytes: int) -> Payload:
    """What a request for infer or predict hands a predictor. Raises SamovarError."""
    request = visit.request
    body = read_body(request, max_body_bytes)
    content_type = request.headers.get("content-type", "")
    if visit.target.action == "infer":
        content_type = oip_type(content_type, request.headers.get(HEADER_SIZE, ""))
    return Payload(body, content_type, request.request_id)


def response_of(visit: Visit, result: Payload) -> Response:
    """The response that carries what a predictor answered."""
    return compressed(http_form(result), visit.request.headers.get("accept-encoding", ""))


OF_JOBS = frozenset({"prefer", "idempotency-key"})
"""Headers that speak of jobs."""


def _deferred(visit: Visit, jobs: "JobService", payload: Payload) -> Response | None:
    """Where the answer will be, of a request that becomes a job; None of any other.

    What jobs need is imported only for those that need it.
    """
    service, target = visit.service, visit.target
    size = len(payload.body)
    spec = service.spec(target.model)
    ms = (
        service.expectation(target.model, target.version).of(payload)
        if spec.program.name == GENERATES
        else service.expected_ms(target.model, target.version, size)
    )
    rules = visit.rules
    slow = is_job(spec, size, has_heavy=rules.has_heavy, expected_ms=ms, limits=rules.lanes)
    if not slow and OF_JOBS.isdisjoint(visit.request.headers):
        return None
    from samovar.edges.deferred import respond

    return respond(visit, jobs, payload, slow=slow, expected_ms=ms)


def carried(visit: Visit, payload: Payload, result: Payload) -> Response:
    """The response that carries an answer; 202 where it is too large, and jobs can carry it."""
    if visit.jobs is None:
        return response_of(visit, result)
    sent = answer_form(visit, result)
    if sent is not None:
        return sent
    from samovar.edges.deferred import keep

    return keep(visit, visit.jobs, payload, result)


def answer_form(visit: Visit, result: Payload) -> Response | None:
    """The response that carries an answer; None where it is too large for any to carry it."""
    response = response_of(visit, result)
    return response if event_bytes(response) <= visit.rules.answer_bytes else None


def oip_type(content_type: str, json_header_size: str) -> str:
    """The media type of an infer body inside the house, from its HTTP headers."""
    if json_header_size:
        return f"{OIP_BINARY};json-header-size={json_header_size}"
    return content_type if content_type.startswith(OIP_BINARY) else OIP_JSON


def http_form(payload: Payload) -> Response:
    """An answer with the protocol's own HTTP headers."""
    if payload.content_type == OIP_JSON:
        return Response(200, payload.body)
    size = header_size(payload.content_type)
    if size is None:
        return Response(200, payload.body, payload.content_type)
    headers = {HEADER_SIZE: str(size)}
    return Response(200, payload.body, "application/octet-stream", headers)
