"""A model that says words of no meaning, and what is asked of it in OpenAI's shapes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from samovar.edges.http import build_app
from samovar.settings import Settings
from samovar.wiring import build_service
from starlette.testclient import TestClient

from tests.conftest import Log

CHAT, TEXT = "/v1/chat/completions", "/v1/completions"
HELLO: dict[str, Any] = {
    "model": "babble",
    "messages": [{"role": "user", "content": "hello"}],
    "max_tokens": 90,
}
SCHEMA = {
    "type": "object",
    "properties": {
        "size": {"type": "integer", "minimum": 1, "maximum": 9},
        "kind": {"enum": ["a", "b"]},
    },
    "required": ["size", "kind"],
    "additionalProperties": False,
}
TOOL = {"type": "function", "function": {"name": "f", "description": "x", "parameters": SCHEMA}}


@contextmanager
def babbling(folder: Path) -> Iterator[TestClient]:
    """A client of the application over a folder of models."""
    settings = Settings(models_dir=folder, memory_mb=1769)
    log = Log(settings)
    app = build_app(build_service(settings), settings, log.observer)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def choices(client: TestClient, path: str = CHAT, **asked: Any) -> list[Any]:
    answer = client.post(path, json=HELLO | asked)
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["choices"]
    return found
