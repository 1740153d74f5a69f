"""The container's door: SageMaker's /ping, /invocations and /models, as plain ASGI."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson

from samovar.edges.asgi import (
    ClientGone,
    Receive,
    Scope,
    Send,
    discard,
    read_bytes,
    read_head,
    said_length,
    write,
)
from samovar.edges.batcher import Batcher
from samovar.edges.container_routes import container_target
from samovar.edges.inference import Target
from samovar.edges.invocations import with_attributes
from samovar.edges.invoker import Invoker, Models
from samovar.edges.life import Life
from samovar.edges.messages import Request, Response, error_response, json_response
from samovar.edges.observe import Exchange, Observer
from samovar.edges.pieces import send_pieces
from samovar.edges.reporter import Reporter
from samovar.edges.texts import Texts
from samovar.errors import (
    InvalidInput,
    MalformedBody,
    ModelNotFound,
    SamovarError,
)
from samovar.settings import Settings

_MAX_COMMAND_BYTES = 64 * 1024
_CLIENT_GONE = 499  # nginx's status for it; nobody is there to read it


class SageMakerDoor:
    """The ASGI application of one container.

    It takes connections at once, and says in /ping when its models are warm. It never waits
    for a model in the loop: runs have the batcher's thread, texts and opening threads of their own.
    """

    def __init__(
        self,
        models: Models,
        batcher: Batcher,
        texts: Texts,
        settings: Settings,
        observer: Observer,
    ) -> None:
        self._models = models
        self._batcher = batcher
        self._texts = texts
        self._invoker = Invoker(models, batcher, settings, texts)
        self._observer = observer
        self._reporter = Reporter(observer)
        self._life = Life(models.warm_up, observer, "container")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the life of the server."""
        if scope["type"] == "lifespan":
            await self._life.live(receive, send, self._close)
        elif scope["type"] == "http":
            await self._exchange(read_head(scope), receive, send)

    async def drain(self, timeout_s: float) -> None:
        """Take nothing new, and wait for what is under way; streams that last are told the end."""
        self._life.end()
        await self._texts.threads.drain(lambda: self._invoker.active > 0, timeout_s)

    def _close(self) -> None:
        self._batcher.close()
        self._texts.threads.close()

    async def _exchange(self, request: Request, receive: Receive, send: Send) -> None:
        start = self._observer.start()
        seen = Exchange("sagemaker", request.request_id, bytes_in=said_length(request.headers))
        try:
            response, target = await self._answer(request, receive)
            seen.action, seen.model, seen.version = target.action, target.model, target.version
        except ClientGone:
            seen.status = _CLIENT_GONE
            self._observer.finish(start, seen)
            return
        except Exception as error:  # noqa: BLE001 - the last line of defence of a door
            response = self._reporter.failed(error, seen)
        if response.pieces is not None:
            await self._stream((receive, send), with_attributes(response, request), seen)
            self._observer.finish(start, seen)
            return
        if request.path != "/ping":  # that comes every few seconds, for ever
            self._reporter.tell(start, seen, response)
        await write(send, with_attributes(response, request))

    async def _stream(self, wire: tuple[Receive, Send], response: Response, seen: Exchange) -> None:
        self._invoker.active += 1
        try:
            await send_pieces(wire, response, seen, self._texts.threads, self._reporter.failed)
        finally:
            self._invoker.active -= 1

    async def _answer(self, request: Request, receive: Receive) -> tuple[Response, Target]:
        """The response, and what is worth telling of it. Raises SamovarError."""
        try:
            target = container_target(request)
        except SamovarError:
            await discard(receive)
            raise
        if target.action in ("POST invocations", "POST invoke"):
            if target.action == "POST invoke" and target.model not in self._models.loaded():
                await discard(receive)
                raise _not_loaded(target.model)
            return await self._invoker.answer(request, target.model, receive, self._life.refusal)
        if target.action == "POST models":
            return await self._load(await read_bytes(receive, _MAX_COMMAND_BYTES)), target
        await discard(receive)
        return _ANSWERS[target.action](self, target.model), target

    def _ping(self, _model: str) -> Response:
        refusal = self._life.refusal
        return error_response(refusal) if refusal else json_response({"ready": True})

    def _list(self, _model: str) -> Response:
        loaded = sorted(self._models.loaded().items())
        models = [_named(name, url) for name, url in loaded]
        return json_response({"models": models, "underWay": self._invoker.active})

    def _describe(self, model: str) -> Response:
        url = self._models.loaded().get(model)
        if url is None:
            raise _not_loaded(model)
        counts = {
            version: {"requests": c.requests, "batches": c.batches, "largestBatch": c.largest}
            for (name, version), c in self._batcher.counts.copy().items()
            if name == model
        } | {
            version: {"requests": c.requests, "active": c.active, "mostAtOnce": c.most}
            for (name, version), c in self._texts.counts.copy().items()
            if name == model
        }
        return json_response({**_named(model, url), "runs": counts})

    def _unload(self, model: str) -> Response:
        self._models.remove(model)
        return json_response({"modelName": model})

    async def _load(self, body: bytes) -> Response:
        """Open a model where SageMaker has put its files."""
        said = _read_object(body)
        name, url = (said.get(key) for key in ("model_name", "url"))
        if not (isinstance(name, str) and name and isinstance(url, str) and url):
            raise InvalidInput('send {"model_name": "…", "url": "<a local folder>"}')
        await asyncio.to_thread(self._models.add, name, url)
        return json_response(_named(name, url))


_ANSWERS: dict[str, Callable[[SageMakerDoor, str], Response]] = {
    "GET ping": SageMakerDoor._ping,  # noqa: SLF001 - its own table
    "GET models": SageMakerDoor._list,  # noqa: SLF001 - its own table
    "GET model": SageMakerDoor._describe,  # noqa: SLF001 - its own table
    "DELETE model": SageMakerDoor._unload,  # noqa: SLF001 - its own table
}


def _named(name: str, url: str) -> dict[str, str]:
    return {"modelName": name, "modelUrl": url}


def _not_loaded(name: str) -> ModelNotFound:
    return ModelNotFound(f"model '{name[:128]}' is not loaded; POST /models loads one")


def _read_object(body: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedBody(f"the body is not JSON: {error}") from None
    if not isinstance(said, dict):
        raise MalformedBody("the body is not a JSON object")
    return said
