"""Which route a request is for, as the deployed API finds it: no framework, no scan a request."""

from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from samovar.edges.http_routes import Route
from samovar.edges.inference import Target, find_target, no_route, wrong_method

_REMEMBERED = 1024
_HOT = frozenset({"infer", "predict", "stats"})
_JOBS = ("job", "batch", "file", "collection")

Found = tuple[Route, Target]


class Paths:
    """Routes by path. Infer, predict and statistics are told apart by the hot door's own code."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_path: dict[tuple[str, ...], dict[str, Route]] = {}
        self._remembered: dict[tuple[str, str], Found] = {}
        for route in routes:
            parts = tuple(route.path.split("/"))
            self._by_path.setdefault(parts, {})[route.method] = route

    def known(self, method: str, path: str) -> Found | None:
        """What was found before; None where nobody asked, or nothing is there."""
        return self._remembered.get((method, path))

    def find(self, method: str, path: str) -> Found:
        """The route, and what the path names. Raises RouteNotFound, MethodNotAllowed."""
        found = self._remembered.get((method, path))
        if found is None:
            found = self._find(method, path)
            if len(self._remembered) >= _REMEMBERED:  # of paths that clients made up, mostly
                self._remembered.clear()
            self._remembered[method, path] = found
        return found

    def _find(self, method: str, path: str) -> Found:
        matched = self._match(path)
        if matched is None:
            raise no_route(path)
        by_method, names = matched
        asked = "GET" if method == "HEAD" else method
        route = by_method.get(asked)
        if any(each.action in _HOT for each in by_method.values()):
            target = find_target(asked, path)  # refuses in the hot door's words
        elif route is None:
            allowed = sorted({*by_method, "HEAD"} if "GET" in by_method else by_method)
            raise wrong_method(method, path, allowed)
        else:
            target = _target(route, names)
        assert route is not None  # noqa: S101 - find_target has refused any other method
        return route, target

    def _match(self, path: str) -> tuple[Mapping[str, Route], Mapping[str, str]] | None:
        trimmed = path[:-1] if len(path) > 1 and path.endswith("/") else path
        parts = tuple(trimmed.split("/"))
        for wanted, by_method in self._by_path.items():
            names = _names(wanted, parts)
            if names is not None:
                return by_method, names
        return None


def _names(wanted: tuple[str, ...], parts: tuple[str, ...]) -> dict[str, str] | None:
    """What a path has in the places of a route's names; None where it is another route's."""
    if len(wanted) != len(parts):
        return None
    names = {}
    for place, part in zip(wanted, parts, strict=True):
        if place.startswith("{") and part:
            names[place[1:-1]] = unquote(part)
        elif place != part:
            return None
    return names


def _target(route: Route, names: Mapping[str, str]) -> Target:
    job = next((names[name] for name in _JOBS if name in names), "")
    return Target(route.action, names.get("model", ""), names.get("version", ""), job)
