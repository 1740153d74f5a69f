"""Embeddings over HTTP: as many texts as OpenAI takes, and errors in its shape."""

import base64
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson
import pytest
from samovar.adapters.clock import SystemClock
from samovar.edges.http import build_app
from samovar.edges.observe import Observer
from samovar.frozen import replace
from samovar.settings import Settings
from samovar.wiring import build_service
from starlette.testclient import TestClient

from tests.doors.job_house import JobHouse
from tests.tiny_embedder import FIELDS, WIDTH, write_sense

WORDS = [word for field in FIELDS.values() for word in field]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(models_dir=write_sense(tmp_path_factory.mktemp("models")))


@pytest.fixture
def observer(settings: Settings, tmp_path: Path) -> Iterator[Observer]:
    with (tmp_path / "log").open("w") as lines:
        yield Observer(settings, SystemClock(), lines)


@pytest.fixture
def client(settings: Settings, observer: Observer) -> TestClient:
    return TestClient(build_app(build_service(settings), settings, observer))


def test_two_thousand_texts_come_back_in_their_order(client: TestClient) -> None:
    texts = [WORDS[at % 16] for at in range(2048)]
    body = {"model": "sense", "input": texts, "encoding_format": "base64"}
    said = client.post("/v1/embeddings", json=body).json()
    vectors = [np.frombuffer(base64.b64decode(one["embedding"]), "<f4") for one in said["data"]]
    whole = np.stack(vectors)
    assert whole.shape == (2048, WIDTH)
    np.testing.assert_array_equal(whole[16:], whole[:-16])
    assert len(np.unique(whole, axis=0)) == 16
    assert said["usage"] == {"prompt_tokens": 2048, "total_tokens": 2048}
    assert [one["index"] for one in said["data"]] == list(range(2048))


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed_body"),
        (b'{"model": "sense", "input": "\xff"}', 400, "malformed_body"),
        (b'{"model": "nobody", "input": "x"}', 404, "model_not_found"),
        (b'{"model": "sense", "input": [1, 2]}', 400, "invalid_input"),
        (b'{"model": "sense", "input": "x", "dimensions": 17}', 400, "invalid_input"),
        (b'{"input": "x"}', 400, "invalid_input"),
    ],
)
def test_errors_have_openais_shape(client: TestClient, body: bytes, status: int, code: str) -> None:
    answer = client.post("/v1/embeddings", content=body)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert (error["code"], error["type"]) == (code, "invalid_request_error")
    assert error["message"]


def test_an_answer_that_no_function_can_send_is_refused_in_openais_shape(
    settings: Settings, observer: Observer
) -> None:
    house = JobHouse(settings.models_dir, observer, replace(settings, answer_bytes=1000))
    client = TestClient(house.app)
    body = {"model": "sense", "input": WORDS}
    refused = client.post("/v1/embeddings", content=orjson.dumps(body))
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "payload_too_large")
    assert "ask for base64" in refused.json()["error"]["message"]
    small = body | {"encoding_format": "base64", "dimensions": 2, "input": WORDS[:4]}
    assert client.post("/v1/embeddings", content=orjson.dumps(small)).status_code == 200
