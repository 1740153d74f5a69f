"""A door behind a real server in a thread, and a host that generates without end."""

import json
import socket
import threading
import time
from collections.abc import Generator, Mapping
from typing import Any

import httpx
import uvicorn
from samovar.errors import ModelRunFailed
from samovar.types import Payload
from samovar.wanted import check_wanted

from tests.container.conftest import ATTRIBUTES

LIMIT_S = 20.0


class Served:
    """`client` talks to the door; `stop` ends the server."""

    def __init__(self, door: Any, ready: str = "/ping") -> None:
        self.door = door
        self._ready = ready
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        config = uvicorn.Config(door, lifespan="on", log_level="error", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, daemon=True
        )
        self._thread.start()
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=LIMIT_S)
        eventually(lambda: self._ping() == 200)

    def _ping(self) -> int:
        try:
            return self.client.get(self._ready).status_code
        except httpx.TransportError:
            return 0

    def invoke(self, body: Any, model: str = "babble", **headers: str) -> httpx.Response:
        """POST /invocations with JSON; the answer, whole."""
        return self.client.post("/invocations", **asked(body, model, headers))

    def runs(self, model: str = "babble") -> dict[str, int]:
        """What was asked of a model."""
        found: dict[str, int] = self.client.get(f"/models/{model}").json()["runs"][""]
        return found

    def close(self) -> None:
        """Leave nothing behind."""
        self.client.close()
        self._server.should_exit = True
        self._thread.join(LIMIT_S)
        assert not self._thread.is_alive()


def asked(body: Any, model: str = "babble", headers: Mapping[str, str] = {}) -> dict[str, Any]:
    """httpx's arguments for a call."""
    named = {ATTRIBUTES: f"model={model}"} if model else {}
    sent = {"content-type": "application/json", **named, **headers}
    return {"content": json.dumps(body).encode(), "headers": sent}


def events(text: str) -> list[Any]:
    """The documents of server-sent events; what is no JSON as it stands."""
    parts = [part for part in text.split("\n\n") if part]
    assert all(part.startswith("data: ") for part in parts)
    said = [part.removeprefix("data: ") for part in parts]
    return [json.loads(one) if one != "[DONE]" else one for one in said]


def eventually(true: Any) -> None:
    """Returns once it is true."""
    end_s = time.monotonic() + LIMIT_S
    while not true():
        assert time.monotonic() < end_s, "it never came to be"
        time.sleep(0.005)


class Endless:
    """A host, and its models, that says a word again and again while somebody wants it.

    A body with `break` in it fails after its first word, as a graph does.
    """

    def __init__(self) -> None:
        self.at_work = 0
        self.began = 0

    def predict(self, _model: str, _version: str, payload: Payload) -> Payload:
        for _ in self.stream("", "", payload):
            pass
        return payload

    def stream(self, _m: str, _version: str, payload: Payload) -> Generator[bytes, None, None]:
        self.at_work += 1
        self.began += 1
        try:
            while True:
                yield b'{"text":"word "}'
                if b"break" in payload.body:
                    raise ModelRunFailed("the graph failed")
                if b"quick" in payload.body:
                    return
                check_wanted()
                time.sleep(0.002)
        finally:
            self.at_work -= 1

    def default(self) -> str:
        return "babble"

    def warm_up(self) -> None: ...

    def open(self, _name: str, _version: str) -> None: ...

    def is_open(self, _name: str, _version: str) -> bool:
        return True

    def generates(self, _name: str, _version: str) -> bool:
        return True

    def add(self, _name: str, _url: str) -> None: ...

    def remove(self, _name: str) -> None: ...

    def loaded(self) -> dict[str, str]:
        return {"babble": ""}
