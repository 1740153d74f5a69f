"""The paths of SageMaker's container contract, those of hosts of many models among them."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from samovar.edges.inference import Target, no_route, wrong_method
from samovar.edges.messages import Request

_PATH = re.compile(r"/(ping|invocations|models)(?:(?<=models)/([^/]+)(/invoke)?)?/?")
_METHODS: Mapping[str, Sequence[str]] = {
    "ping": ("GET",),
    "invocations": ("POST",),
    "models": ("GET", "POST"),
    "model": ("GET", "DELETE"),
    "invoke": ("POST",),
}


def container_target(request: Request) -> Target:
    """`METHOD route`, and the model that the path names. Raises RouteNotFound, MethodNotAllowed."""
    match = _PATH.fullmatch(request.path)
    if match is None:
        raise no_route(request.path)
    route = ("invoke" if match[3] else "model") if match[2] else match[1]
    if request.method not in _METHODS[route]:
        raise wrong_method(request.method, request.path, _METHODS[route])
    return Target(f"{request.method} {route}", unquote(match[2] or ""))
