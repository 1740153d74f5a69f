"""What SageMaker sends and what it reads: health, media types, models that come and go."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from samovar.edges.hot import HotDoor
from samovar.service import Service
from samovar.settings import Settings
from samovar.types import OIP_BINARY, OIP_JSON

from tests.conftest import Log
from tests.container.conftest import ATTRIBUTES, ROOT, Container, Start
from tests.gateway_events import http_event
from tests.tiny_models import write_models

X = np.float32([[1, 2, 3]])
AFFINE = {ATTRIBUTES: "model=affine,version=1"}


def infer_body(**more: Any) -> bytes:
    tensor = {"name": "x", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}
    return orjson.dumps({"inputs": [tensor], **more})


def binary_body() -> tuple[bytes, str]:
    size = {"binary_data_size": X.nbytes}
    tensor = {"name": "x", "shape": [1, 3], "datatype": "FP32", "parameters": size}
    said = {"id": "b", "inputs": [tensor], "parameters": {"binary_data_output": True}}
    head = orjson.dumps(said)
    return head + X.tobytes(), f"{OIP_BINARY};json-header-size={len(head)}"


@pytest.fixture
def hot(service: Service, settings: Settings, log: Log) -> Callable[..., bytes]:
    """The body that the hot door answers."""
    door = HotDoor(service, settings, log.observer)

    def call(path: str, body: bytes, headers: dict[str, str]) -> bytes:
        event = http_event("POST", path, body, {"x-request-id": "r", **headers})
        answer = door(event, None)
        assert answer["statusCode"] == 200
        said: str = answer["body"]
        return base64.b64decode(said) if answer.get("isBase64Encoded") else said.encode()

    return call


def test_predict_answers_with_the_bytes_of_the_hot_door(
    container: Container, hot: Callable[..., bytes]
) -> None:
    for body, kind in (
        (b"great", "text/plain"),
        (b'{"text": "bad"}', "application/json"),
    ):
        answer = container.invoke(body, kind, x_request_id="r")
        assert answer.status_code == 200
        assert answer.content == hot("/v1/models/mood/predict", body, {"content-type": kind})


@pytest.mark.parametrize("kind", ["application/json", OIP_JSON, ""])
def test_infer_answers_with_the_bytes_of_the_hot_door(
    container: Container, hot: Callable[..., bytes], kind: str
) -> None:
    answer = container.invoke(infer_body(id="i"), kind, x_request_id="r", **AFFINE)
    assert answer.headers["content-type"] == (kind or "application/json")
    assert answer.content == hot("/v2/models/affine/versions/1/infer", infer_body(id="i"), {})


def test_binary_tensors_travel_in_the_content_type_both_ways(
    container: Container, hot: Callable[..., bytes]
) -> None:
    body, kind = binary_body()
    answer = container.invoke(body, kind, **AFFINE)
    said, _, size = answer.headers["content-type"].partition(";json-header-size=")
    assert said == OIP_BINARY
    y = np.frombuffer(answer.content[int(size) :], np.float32)
    assert y.tolist() == [3, 5, 7]
    assert answer.content == hot("/v2/models/affine/versions/1/infer", body, {"content-type": kind})


def test_the_protocols_own_header_is_read_where_it_comes_through(container: Container) -> None:
    body, kind = binary_body()
    header = {"Inference-Header-Content-Length": kind.partition("=")[2]}
    answer = container.invoke(body, "application/octet-stream", **header, **AFFINE)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert int(answer.headers["inference-header-content-length"]) < len(answer.content)


def test_the_answer_says_its_id_in_the_attributes_that_sagemaker_hands_on(
    container: Container,
) -> None:
    answer = container.invoke(b"good", **{"X-Amzn-SageMaker-Inference-Id": "mine"})
    assert answer.headers[ATTRIBUTES] == "request_id=mine"
    assert answer.json()["id"] == "mine"


@pytest.mark.parametrize(
    ("body", "kind", "headers", "status", "code"),
    [
        (b"{", "application/json", {}, 400, "malformed_body"),
        (b'{"inputs": 3}', "application/json", {}, 400, "malformed_body"),
        (b'{"inputs": []}', "application/json", {}, 400, "missing_tensor"),
        (b"", "application/json", {}, 400, "malformed_body"),
        (b"\xff\xfe", "text/plain", {}, 400, "malformed_body"),
        (b"x", "image/png", {}, 415, "unsupported_media_type"),
        (b"{}", f"{OIP_BINARY};json-header-size=99", {}, 400, "malformed_body"),
        (b"{}", f"{OIP_BINARY};json-header-size=-1", {}, 400, "malformed_body"),
        (b"{}", OIP_BINARY, {}, 400, "missing_tensor"),
        (b"x", "text/plain", {ATTRIBUTES: "model=none"}, 404, "model_not_found"),
        (b"x", "text/plain", {ATTRIBUTES: "model=../m"}, 404, "model_not_found"),
        (b"x", "text/plain", {ATTRIBUTES: "version=9"}, 404, "version_not_found"),
        (b"x", "text/plain", {ATTRIBUTES: "timeout_ms=soon"}, 400, "invalid_input"),
        (b"x", "text/plain", {ATTRIBUTES: "deadline_ms=soon"}, 400, "invalid_input"),
        (b"x", "text/plain", {ATTRIBUTES: "deadline_ms=1"}, 410, "deadline_exceeded"),
        (b"x" * 7_000_000, "text/plain", {}, 413, "payload_too_large"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_bad_request_is_told_what_is_wrong(
    container: Container, body: bytes, kind: str, headers: dict[str, str], status: int, code: str
) -> None:
    answer = container.invoke(body, kind, **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["error"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/ping", 405),
        ("GET", "/invocations", 405),
        ("PUT", "/models", 405),
        ("GET", "/", 404),
        ("POST", "/models/a/b", 404),
        ("GET", "/models/none", 404),
        ("DELETE", "/models/none", 404),
        ("POST", "/models/none/invoke", 404),
    ],
)
def test_what_is_not_there_is_said_so(
    container: Container, method: str, path: str, status: int
) -> None:
    answer = container.client.request(method, path, content=b"{}" if method == "POST" else b"")
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "code"}


def test_models_come_and_go_while_it_runs(container: Container, tmp_path: Path) -> None:
    client = container.client
    url = str(write_models(tmp_path) / "price")
    loading = {"model_name": "flat prices", "url": url}
    assert client.post("/models", json=loading).status_code == 200
    assert client.post("/models", json=loading).status_code == 409
    assert {"modelName": "flat prices", "modelUrl": url} in client.get("/models").json()["models"]
    row = {"row": {"rooms": 2, "area": 30}}
    answer = client.post("/models/flat%20prices/invoke", json=row)
    assert (answer.json()["value"], answer.json()["model"]) == (80.0, "flat prices")
    assert client.delete("/models/flat%20prices").status_code == 200
    assert client.get("/models/flat%20prices").status_code == 404
    assert client.post("/models/flat%20prices/invoke", json=row).status_code == 404
    assert client.post("/models", json=loading).status_code == 200


def test_a_model_that_memory_has_no_room_for_is_507(container: Container, tmp_path: Path) -> None:
    folder = write_models(tmp_path) / "mood"
    with (folder / "1" / "weights.bin").open("wb") as sparse:
        sparse.truncate(1 << 42)
    answer = container.client.post("/models", json={"model_name": "huge", "url": str(folder)})
    assert (answer.status_code, answer.json()["code"]) == (507, "out_of_memory")
    assert container.client.get("/models/huge").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[]", 400),
        (b"{}", 400),
        (b'{"model_name": "x", "url": 3}', 400),
        (b'{"model_name": "x", "url": "/nowhere"}', 404),
    ],
)
def test_a_model_that_cannot_be_loaded_is_refused(
    container: Container, body: bytes, status: int
) -> None:
    assert container.client.post("/models", content=body).status_code == status
    assert container.client.get("/models/x").status_code == 404


def test_one_models_folder_may_be_the_root_itself(start: Start, models_dir: Path) -> None:
    alone = start("", models_dir / "mood").await_ping()
    assert alone.invoke(b"good").json()["model"] == "model"


def test_a_model_that_answers_its_examples_wrongly_never_makes_it_healthy(
    start: Start, tmp_path: Path
) -> None:
    manifest = write_models(tmp_path) / "mood" / "model.toml"
    manifest.write_text(
        manifest.read_text().replace('expect = { label = "bad" }', 'expect = { label = "good" }')
    )
    wrong = start("mood", tmp_path)
    wrong.await_ping(503)
    while "warmed up" in wrong.client.get("/ping").text:
        pass
    assert "a bad text is bad" in wrong.client.get("/ping").json()["error"]
    assert wrong.invoke(b"good").status_code == 503


def test_without_a_model_to_go_by_a_request_must_name_one(start: Start) -> None:
    open_to_all = start("").await_ping()
    assert open_to_all.invoke(b"good").json()["code"] == "invalid_input"
    named = open_to_all.invoke(b"good", **{"X-Amzn-SageMaker-Target-Model": "mood.tar.gz"})
    assert named.json()["label"] == "good"


@pytest.mark.skipif(not (ROOT / "models/minilm-small/1").is_dir(), reason="make models builds it")
def test_a_real_model_is_warmed_and_answers(start: Start) -> None:
    real = start("minilm-small", ROOT / "models").await_ping()
    answers = real.invoke_all([b"A man is eating food."] * 8)
    first = answers[0].json()["embedding"]
    assert len(first) == 384
    assert all(np.allclose(a.json()["embedding"], first, atol=1e-5) for a in answers)
