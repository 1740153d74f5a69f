"""Where `samovar predict` has its answers from: models in this process, or a server."""

import json
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from samovar.errors import (
    CommandFailed,
    ModelNotFound,
    NotFound,
    SamovarError,
    VersionNotFound,
)
from samovar.ports import Predictor
from samovar.service import Service
from samovar.types import Kind, Payload

from samovar_cli.failures import error_of
from samovar_cli.folder import Folder

_TIMEOUT_S = 60.0


class Door(Predictor, Protocol):
    """A predictor that knows what its models take."""

    def kind(self, model: str) -> Kind | None:
        """The kind of input; None where it cannot be told. Raises ModelNotFound."""
        ...


class LocalDoor:
    """The models of a folder, run in this process."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._service: Service | None = None

    def kind(self, model: str) -> Kind | None:
        """As the manifest says."""
        return self._folder.spec(model).input.kind

    def predict(self, model: str, version: str, payload: Payload) -> Payload:
        """The answer to one request; the model is opened with the first."""
        if self._service is None:
            self._service = self._folder.service()
        if not self._folder.versions(model):
            raise VersionNotFound(
                f"model '{model}' has not been built: run `make models`, or put its files "
                f"under {self._folder.path}/{model}/1"
            )
        return self._service.predict(model, version, payload)


class RemoteDoor:
    """A samovar that listens at a URL: the twin, or a deployed one."""

    def __init__(self, url: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise CommandFailed(f"--url must begin with http:// or https://, not {url[:80]!r}")
        self._url = url.rstrip("/")

    def kind(self, model: str) -> Kind | None:
        """As the server tells; an older one may not."""
        try:
            described = json.loads(self._send("GET", f"/v1/models/{quote(model, safe='')}"))
        except NotFound as error:
            if isinstance(error, ModelNotFound):
                raise
            return None
        said = described.get("input") if isinstance(described, dict) else None
        said = said.get("kind") if isinstance(said, dict) else said
        return Kind(said) if said in set(Kind) else None

    def predict(self, model: str, version: str, payload: Payload) -> Payload:
        """The server's answer. Raises what it answered, CommandFailed if it did not."""
        at = f"/versions/{quote(version, safe='')}" if version else ""
        path = f"/v1/models/{quote(model, safe='')}{at}/predict"
        body = self._send("POST", path, payload.body, payload.content_type)
        return Payload(body, "application/json", payload.request_id)

    def _send(self, method: str, path: str, body: bytes = b"", content_type: str = "") -> bytes:
        import httpx

        headers = {"content-type": content_type} if content_type else {}
        try:
            answer = httpx.request(
                method, self._url + path, content=body, headers=headers, timeout=_TIMEOUT_S
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            said = str(error) or type(error).__name__
            raise CommandFailed(
                f"{self._url} does not answer ({said}); `samovar up` starts one here"
            ) from None
        if answer.is_success:
            return answer.content
        raise _refusal(answer.status_code, answer.content)


def open_door(url: str, models: Path) -> Door:
    """The server's, where a URL is given, else the folder's."""
    return RemoteDoor(url) if url else LocalDoor(Folder(models))


def _refusal(status: int, body: bytes) -> SamovarError:
    try:
        said: Any = json.loads(body)
        return error_of(str(said.get("code", "")), str(said["error"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return CommandFailed(f"the server answered {status} without saying why")
