"""The Open Inference Protocol at the wide door, beside infer."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from samovar.edges.http import build_app
from samovar.settings import Settings
from samovar.wiring import build_service
from starlette.testclient import TestClient

from tests.conftest import Log
from tests.tiny_models import write_models

X = {"name": "x", "datatype": "FP32", "shape": [-1, 3]}
Y = {"name": "y", "datatype": "FP32", "shape": [-1, 3]}


@pytest.mark.parametrize("path", ["/v2", "/v2/"])
def test_the_server_tells_its_name_and_only_extensions_that_it_has(
    client: TestClient, path: str
) -> None:
    answer = client.get(path).json()
    assert answer["name"] == "samovar"
    assert answer["version"]
    assert answer["extensions"] == [
        "binary_tensor_data",
        "model_configuration",
        "model_repository(index)",
        "statistics",
    ]


def test_health_has_a_body_because_clients_read_it(client: TestClient) -> None:
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json() == {"ready": True}
    assert client.get("/healthz").json() == {"live": True}


@pytest.mark.parametrize("path", ["/v2/models/affine", "/v2/models/affine/versions/1"])
def test_metadata_names_the_tensors_and_every_version(client: TestClient, path: str) -> None:
    assert client.get(path).json() == {
        "name": "affine",
        "versions": ["1", "2"],
        "platform": "onnxruntime_onnx",
        "inputs": [X],
        "outputs": [Y],
    }


def test_a_model_without_a_manifest_is_described_by_its_own_file(client: TestClient) -> None:
    answer = client.get("/v2/models/echo").json()
    assert answer["inputs"] == [{"name": "text", "datatype": "BYTES", "shape": [-1, 1]}]
    assert client.get("/v2/models/halves").json()["outputs"][0]["datatype"] == "FP16"


@pytest.mark.parametrize("path", ["/v2/models/affine/ready", "/v2/models/affine/versions/2/ready"])
def test_a_model_that_can_be_used_is_ready(client: TestClient, path: str) -> None:
    assert client.get(path).json() == {"name": "affine", "ready": True}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v2/models/nobody", "model_not_found"),
        ("/v2/models/nobody/ready", "model_not_found"),
        ("/v2/models/nobody/config", "model_not_found"),
        ("/v2/models/nobody/stats", "model_not_found"),
        ("/v2/models/affine/versions/3", "version_not_found"),
        ("/v2/models/affine/versions/3/ready", "version_not_found"),
        ("/v2/models/affine/versions/3/stats", "version_not_found"),
        ("/v2/models/affine/versions/..", "version_not_found"),
        ("/v1/models/nobody", "model_not_found"),
        ("/v1/models/affine/versions/3", "version_not_found"),
        ("/v1/models/mood/examples/2", "route_not_found"),
        ("/v1/models/mood/examples/-1", "route_not_found"),
        ("/v1/models/mood/examples/²", "route_not_found"),
    ],
)
def test_what_is_not_there_is_404_with_a_code(client: TestClient, path: str, code: str) -> None:
    answer = client.get(path.replace("..", "%2e%2e"))
    assert (answer.status_code, answer.json()["code"]) == (404, code)


def test_the_configuration_leaves_the_batch_dimension_out_as_triton_does(
    client: TestClient,
) -> None:
    answer = client.get("/v2/models/affine/config").json()
    assert answer["max_batch_size"] == 64
    assert answer["input"] == [{"name": "x", "data_type": "TYPE_FP32", "dims": [3]}]


def test_a_model_whose_rows_do_not_share_a_run_is_configured_with_its_whole_shape(
    client: TestClient,
) -> None:
    answer = client.get("/v2/models/echo/config").json()
    assert answer["max_batch_size"] == 0
    assert answer["output"] == [{"name": "echoed", "data_type": "TYPE_STRING", "dims": [-1, 1]}]


@pytest.mark.parametrize("body", [b"", b"{}", b'{"ready": false}', b'{"ready": true}'])
def test_the_index_lists_every_version_of_every_model(client: TestClient, body: bytes) -> None:
    lines = client.post("/v2/repository/index", content=body).json()
    assert {"name": "affine", "version": "2", "state": "READY", "reason": ""} in lines
    assert len(lines) == 8


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"ready": 1}', b'"ready"', b"\xff"])
def test_an_index_request_that_cannot_be_read_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post("/v2/repository/index", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_body")


def test_statistics_count_what_was_answered_and_what_was_refused(client: TestClient) -> None:
    for body in (b"great", b"bad"):
        client.post("/v1/models/mood/predict", content=body, headers={"content-type": "text/plain"})
    client.post("/v1/models/mood/predict", content=b"{", headers={"content-type": "image/png"})
    (line,) = client.get("/v2/models/mood/stats").json()["model_stats"]
    assert (line["name"], line["version"], line["inference_count"]) == ("mood", "1", 2)
    assert line["inference_stats"]["fail"]["count"] == 1
    assert line["last_inference"] > 0
    assert client.get("/v2/models/stats").json()["model_stats"] == [line]
    assert client.get("/v2/models/mood/versions/1/stats").json()["model_stats"] == [line]


@pytest.fixture
def troubled(tmp_path: Path, log: Log) -> FastAPI:
    """The tiny models, one with a manifest that is wrong, one that has not been built."""
    root = write_models(tmp_path)
    (root / "affine" / "model.toml").write_text('task = 5\nlane = "fast"\n')
    (root / "unbuilt").mkdir()
    (root / "unbuilt" / "model.toml").write_text('title = "Later"\n')
    settings = Settings(models_dir=root)
    return build_app(build_service(settings), settings, log.observer)


def test_a_model_that_cannot_be_used_says_why(troubled: FastAPI) -> None:
    client = TestClient(troubled)
    answer = client.get("/v2/models/affine/ready")
    assert answer.status_code == 400
    assert answer.json()["ready"] is False
    assert answer.json()["code"] == "model_not_ready"
    assert "model.toml:1" in answer.json()["error"]
    assert client.get("/v2/models/affine/versions/1/ready").status_code == 400
    assert client.get("/v2/models/affine/versions/9/ready").status_code == 404
    assert client.get("/v2/models/affine").status_code == 424
    later = client.get("/v2/models/unbuilt/ready")
    assert (later.status_code, later.json()["name"]) == (400, "unbuilt")
    assert client.get("/v2/models/unbuilt").status_code == 404


def test_the_index_has_what_cannot_be_used_with_its_reason_unless_asked_for_the_rest(
    troubled: FastAPI,
) -> None:
    client = TestClient(troubled)
    lines = client.post("/v2/repository/index").json()
    reasons = {line["name"]: line["reason"] for line in lines if line["state"] == "UNAVAILABLE"}
    assert reasons.keys() == {"affine", "unbuilt"}
    assert "model.toml:2" in reasons["affine"]
    usable = client.post("/v2/repository/index", json={"ready": True}).json()
    assert not {"affine", "unbuilt"} & {line["name"] for line in usable}


def test_one_broken_model_takes_no_page_down(troubled: FastAPI) -> None:
    client = TestClient(troubled)
    models = {model["id"]: model for model in client.get("/v1/models").json()["data"]}
    assert models["affine"]["ready"] is False
    assert models["affine"]["reason"]
    assert models["mood"]["ready"] is True
    document = client.get("/openapi.json").json()
    assert "/v1/models/mood/predict" in document["paths"]
    assert "/v1/models/affine/predict" not in document["paths"]
    assert client.get("/").status_code == client.get("/docs").status_code == 200


def test_a_server_without_models_answers_too(tmp_path: Path, log: Log) -> None:
    settings = Settings(models_dir=tmp_path / "nothing")
    client = TestClient(build_app(build_service(settings), settings, log.observer))
    assert client.get("/v1/models").json() == {"object": "list", "data": []}
    assert client.post("/v2/repository/index").json() == []
    assert client.get("/openapi.json").status_code == client.get("/").status_code == 200
