"""What kept answers are asked for by, and where each came from."""

from typing import Any

from samovar.edges.cache_line import CACHE_STATE
from samovar.edges.hot import HotDoor

from tests.gateway_events import http_event

PREDICT = "/v1/models/mood/predict"
TEXT = {"content-type": "text/plain"}
CHAT = "/v1/chat/completions"
HELLO = {"model": "babble", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 8}


def ask(door: HotDoor, body: bytes = b"great", path: str = PREDICT, **said: str) -> Any:
    headers = {**TEXT, **{name.replace("_", "-"): value for name, value in said.items()}}
    return door(http_event("POST", path, body, headers), None)


def states(*answers: Any) -> list[str]:
    return [answer["headers"].get(CACHE_STATE, "") for answer in answers]
