"""A samovar that listens at a URL: the twin, or a deployed one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samovar.error_codes import error_of
from samovar.errors import CommandFailed, SamovarError, Unavailable

from samovar_cli.signing import auth_for
from samovar_cli.twin.state import read_state

if TYPE_CHECKING:
    import httpx

_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered when it did what was asked."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The JSON object that it is. Raises CommandFailed where it is none."""
        try:
            said = json.loads(self.body)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise CommandFailed("the server's answer is not that of a samovar: look at the URL")
        return said


class Server:
    """Requests to one URL. Raises CommandFailed where it is none.

    They carry `auth`, or what `auth_for` finds for the URL.
    """

    def __init__(self, url: str, auth: "httpx.Auth | None" = None) -> None:
        if not url.startswith(("http://", "https://")):
            raise CommandFailed(f"--url must begin with http:// or https://, not {url[:80]!r}")
        self._url = url.rstrip("/")
        self._auth = auth or auth_for(self._url)

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Its answer. Raises the error that it answered with, CommandFailed without one."""
        import httpx

        try:
            answer = httpx.request(
                method,
                self._url + path,
                content=body,
                headers=headers,
                auth=self._auth,
                timeout=_TIMEOUT_S,
                follow_redirects=self._auth is None,  # a result may lie elsewhere
            )
            if answer.next_request is not None:  # where our signature is nobody's business
                elsewhere = answer.next_request.url
                answer = httpx.get(elsewhere, timeout=_TIMEOUT_S, follow_redirects=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            said = str(error) or type(error).__name__
            raise CommandFailed(
                f"{self._url} does not answer ({said}); `samovar up` starts one here"
            ) from None
        if answer.is_success:
            content_type = answer.headers.get("content-type", "")
            return Answer(answer.status_code, content_type, answer.content, answer.headers)
        raise _refusal(answer.status_code, answer.content)


def find_server(url: str, state_dir: Path) -> Server:
    """The one at `url`, else the twin that runs here. Raises CommandFailed."""
    if url:
        return Server(url)
    running = read_state(state_dir)
    if running is None:
        raise CommandFailed(
            "no twin is running here: start one with `samovar up`, or name a samovar with --url"
        )
    return Server(running.url)


def _refusal(status: int, body: bytes) -> SamovarError:
    try:
        said: Any = json.loads(body)
        told = said["error"]  # a text, or an object where the route is OpenAI's
        if isinstance(told, dict):
            return error_of(str(told.get("code", "")), str(told["message"]))
        return error_of(str(said.get("code", "")), str(told))
    except (ValueError, KeyError, TypeError, AttributeError):
        message = f"the server answered {status} without saying why"
        return Unavailable(message) if status in (429, 502, 503, 504) else CommandFailed(message)
