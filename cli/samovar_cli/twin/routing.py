"""Which route of an HTTP API a request takes, with API Gateway's precedence.

A full match comes before a greedy one (`{proxy+}`), and `$default` last. Among full matches
more fixed segments win, among greedy ones the longest; a named method comes before ANY.
Source: API Gateway developer guide, "Routing API requests".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from samovar_cli.twin.application import Route

_DEFAULT = "$default"


@dataclass(frozen=True, slots=True)
class Match:
    """The route that a request takes, and what its path's variables stand for."""

    route: Route
    path_parameters: dict[str, str]


class Router:
    """The routes of one API, the most specific first."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._patterns = sorted((_Pattern.of(route) for route in routes), key=_Pattern.rank)

    def match(self, method: str, path: str) -> Match | None:
        """The route for a method and a path as the client sent it; None when there is none."""
        segments = _segments(path)
        for pattern in self._patterns:
            if pattern.method in {method, "ANY"}:
                parameters = pattern.read(segments)
                if parameters is not None:
                    return Match(pattern.route, parameters)
        return None


@dataclass(frozen=True, slots=True)
class _Pattern:
    route: Route
    method: str
    segments: tuple[str, ...]
    is_default: bool = False

    @classmethod
    def of(cls, route: Route) -> "_Pattern":
        if route.key == _DEFAULT:
            return cls(route, "ANY", (), is_default=True)
        method, _, path = route.key.partition(" ")
        return cls(route, method, _segments(path))

    @property
    def greedy(self) -> bool:
        return bool(self.segments) and self.segments[-1].endswith("+}")

    def rank(self) -> tuple[bool, bool, int, tuple[bool, ...], bool]:
        variable = tuple(segment.startswith("{") for segment in self.segments)
        depth = -len(self.segments)
        return (self.is_default, self.greedy, depth, variable, self.method == "ANY")

    def read(self, segments: tuple[str, ...]) -> dict[str, str] | None:
        if self.is_default:
            return {}
        fixed = len(self.segments) - self.greedy
        rest = segments[fixed:]
        if len(segments) < fixed or any(rest) != self.greedy or (rest and not self.greedy):
            return None
        parameters: dict[str, str] = {}
        for pattern, segment in zip(self.segments[:fixed], segments, strict=False):
            if pattern.startswith("{"):
                if not segment:
                    return None
                parameters[pattern[1:-1]] = unquote(segment)
            elif pattern != unquote(segment):
                return None
        if self.greedy:
            parameters[self.segments[-1][1:-2]] = unquote("/".join(rest))
        return parameters


def _segments(path: str) -> tuple[str, ...]:
    return tuple(path.removeprefix("/").split("/"))
