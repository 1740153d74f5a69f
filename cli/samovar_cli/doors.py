"""Where `samovar predict` has its answers from: models in this process, or a server."""

import json
from http import HTTPStatus
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from samovar.errors import ModelNotFound, NotFound, VersionNotFound
from samovar.ports import Predictor
from samovar.service import Service
from samovar.types import Kind, Payload

from samovar_cli.folder import Folder
from samovar_cli.server import Server


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
                f"model '{model}' has not been built: run `{self._folder.build_command(model)}`, "
                f"or put its files under {self._folder.path}/{model}/1"
            )
        return self._service.predict(model, version, payload)


class RemoteDoor:
    """The models of a samovar that listens somewhere."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def kind(self, model: str) -> Kind | None:
        """As the server tells; an older one may not."""
        try:
            path = f"/v1/models/{quote(model, safe='')}"
            described = json.loads(self._server.send("GET", path).body)
        except NotFound as error:
            if isinstance(error, ModelNotFound):
                raise
            return None
        said = described.get("input") if isinstance(described, dict) else None
        said = said.get("kind") if isinstance(said, dict) else said
        return Kind(said) if said in set(Kind) else None

    def predict(self, model: str, version: str, payload: Payload) -> Payload:
        """The server's answer, waited for where it comes later.

        Raises what it answered, CommandFailed if it did not.
        """
        at = f"/versions/{quote(version, safe='')}" if version else ""
        path = f"/v1/models/{quote(model, safe='')}{at}/predict"
        headers = {"content-type": payload.content_type} if payload.content_type else {}
        answer = self._server.send("POST", path, payload.body, headers)
        if answer.status == HTTPStatus.ACCEPTED:  # it became a job by itself
            from samovar_cli.jobs.awaiting import awaited

            answer = awaited(self._server, str(answer.document().get("id", "")))
        return Payload(answer.body, "application/json", payload.request_id)


def open_door(url: str, models: Path) -> Door:
    """The server's, where a URL is given, else the folder's."""
    return RemoteDoor(Server(url)) if url else LocalDoor(Folder(models))
