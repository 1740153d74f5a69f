"""What API Gateway itself answers to browsers when the template sets CORS.

Source: API Gateway developer guide, "Configuring CORS for HTTP APIs".
"""

from samovar_cli.twin.application import Cors
from samovar_cli.twin.messages import Headers, HttpAnswer, HttpRequest


class CorsRules:
    """The template's CorsConfiguration at work."""

    def __init__(self, cors: Cors) -> None:
        self._cors = cors

    def preflight(self, request: HttpRequest) -> HttpAnswer | None:
        """The answer to a preflight; None when the request is not one or no CORS is set."""
        names = {name for name, _ in request.headers}
        if not self._cors.origins or request.method != "OPTIONS":
            return None
        if not {"origin", "access-control-request-method"} <= names:
            return None
        headers = [
            ("access-control-allow-methods", ",".join(self._cors.methods)),
            ("access-control-allow-headers", ",".join(self._cors.headers)),
            ("access-control-max-age", str(self._cors.max_age_s or "")),
        ]
        return HttpAnswer(204, [(name, value) for name, value in headers if value], b"")

    def headers(self, origin: str) -> Headers:
        """What is added to each answer for a page of this origin."""
        allowed = "*" in self._cors.origins or origin in self._cors.origins
        if not origin or not allowed:
            return []
        headers = [
            ("access-control-allow-origin", "*" if "*" in self._cors.origins else origin),
            ("access-control-expose-headers", ",".join(self._cors.expose)),
            ("access-control-allow-credentials", "true" if self._cors.credentials else ""),
        ]
        return [(name, value) for name, value in headers if value]
