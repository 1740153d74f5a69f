"""Chats, and streams piece by piece, whose answers are kept."""

import json
import shutil
from pathlib import Path
from typing import Any

import orjson
from samovar.edges.cache_line import CACHE_STATE
from samovar.edges.cached import Keeper
from samovar.edges.http import build_app
from samovar.edges.inference import Target, Visit
from samovar.edges.messages import Request
from samovar.edges.sources import Source
from samovar.service import Service
from samovar.settings import Settings
from samovar.types import Payload
from samovar.wiring import build_service
from starlette.testclient import TestClient

from tests.conftest import Log
from tests.doors.kept.asking import CHAT, HELLO


def test_a_chat_is_kept_where_chance_has_no_part_in_it(client: TestClient) -> None:
    def said(**more: Any) -> Any:
        return client.post(CHAT, json={**HELLO, **more})

    first, again = said(), said()
    assert [first.headers[CACHE_STATE], again.headers[CACHE_STATE]] == ["miss", "hit"]
    one, other = first.json(), again.json()
    assert one["choices"] == other["choices"]
    assert one["usage"] == other["usage"]
    assert one["id"] != other["id"]
    warm = [said(temperature=1.0).headers[CACHE_STATE] for _ in range(2)]
    seeded = [said(temperature=1.0, seed=4).headers[CACHE_STATE] for _ in range(2)]
    assert (warm, seeded) == (["bypass", "bypass"], ["miss", "hit"])
    assert said(max_tokens=9).headers[CACHE_STATE] == "miss"
    refused = client.post(
        CHAT, json={**HELLO, "max_tokens": 7}, headers={"cache-control": "only-if-cached"}
    )
    assert (refused.status_code, refused.json()["error"]["code"]) == (504, "not_kept")


def test_a_stream_comes_again_piece_by_piece_as_it_came(client: TestClient) -> None:
    def events() -> tuple[str, list[Any]]:
        found = client.post(CHAT, json={**HELLO, "max_tokens": 6, "stream": True})
        lines = [line[6:] for line in found.text.split("\n\n") if line]
        assert lines[-1] == "[DONE]"
        shown = [json.loads(line) for line in lines[:-1]]
        return found.headers[CACHE_STATE], [
            {k: v for k, v in each.items() if k not in ("id", "created")} for each in shown
        ]

    first, again = events(), events()
    assert (first[0], again[0]) == ("miss", "hit")
    assert first[1] == again[1]
    assert len(first[1]) > 2
    whole = client.post(CHAT, json={**HELLO, "max_tokens": 6})
    said = "".join(each["choices"][0]["delta"].get("content", "") for each in again[1])
    assert whole.json()["choices"][0]["message"]["content"] == said


def test_a_stream_that_was_left_is_not_kept(kept: Service) -> None:
    payload = Payload(b'{"prompt": "hello", "max_tokens": 5}', "application/json", "r")

    visit = Visit(kept, Request("POST", CHAT, {}, b"", "r"), Target("chat"))

    def keeper() -> tuple[Keeper, Any]:
        made = Keeper(kept, kept.spec("babble"), "", {})
        source = Source(lambda _: payload, lambda asked: kept.stream("babble", asked))
        return made, made.source(source, visit).stream(payload)

    left, pieces = keeper()
    next(pieces)
    pieces.close()
    through, pieces = keeper()
    wanted = list(pieces)
    again, pieces = keeper()
    assert list(pieces) == wanted
    assert [left.state, through.state, again.state] == ["miss", "miss", "hit"]


class Far:
    """An endpoint that says what nobody here would."""

    def predict(self, model: str, version: str, payload: Payload) -> Payload:
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        said = {"id": payload.request_id, "text": "far", "finish_reason": "stop", "usage": usage}
        return Payload(orjson.dumps(said), "application/json", payload.request_id)

    def stream(self, model: str, version: str, payload: Payload) -> Any:
        yield b'{"text": "far"}'
        yield b'{"finish_reason": "stop", "usage": {}}'


def test_what_another_place_answers_is_not_kept(folder: Path, tmp_path: Path, log: Log) -> None:
    root = tmp_path / "models"
    shutil.copytree(folder, root)
    manifest = root / "babble" / "model.toml"
    manifest.write_text(f'lane = "heavy"\n{manifest.read_text()}')
    settings = Settings(models_dir=root)
    service = build_service(settings)
    service.far = Far()
    with TestClient(build_app(service, settings, log.observer)) as client:
        for _ in range(2):
            found = client.post(CHAT, json=HELLO)
            assert found.json()["choices"][0]["message"]["content"] == "far"
            assert found.headers[CACHE_STATE] == "bypass"
            streamed = client.post(CHAT, json={**HELLO, "stream": True})
            assert '"far"' in streamed.text
            assert streamed.headers[CACHE_STATE] == "bypass"
    assert service.statistics() == {}, "nothing was opened here"
