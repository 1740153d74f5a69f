"""The OpenAPI document at the wide door: every example works, every answer is as documented."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from openapi_spec_validator import validate
from samovar.edges.http import build_app
from samovar.settings import Settings
from samovar.wiring import build_service
from starlette.testclient import TestClient

from tests.conftest import Log

OURS = Path(__file__).resolve().parents[2] / "models"
BUILT = sorted(
    lock.parent.name for lock in OURS.glob("*/model.lock") if (lock.parent / "model.toml").is_file()
)


def examples(media: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "example" in media:
        yield {"value": media["example"]}
    yield from media.get("examples", {}).values()


def body_of(client: TestClient, media_type: str, example: dict[str, Any]) -> tuple[bytes, str]:
    if "externalValue" in example:
        body = client.get(example["externalValue"])
        assert body.headers["content-type"] == example["x-content-type"]
        return body.content, example["x-content-type"]
    value = example["value"]
    is_json = media_type == "application/json"
    return (orjson.dumps(value) if is_json else value.encode()), media_type


def check_operation(client: TestClient, document: dict[str, Any], path: str) -> int:
    """How many examples the operation has; each is valid, answered, and the answer is valid."""
    components = document["components"]
    operation = document["paths"][path]["post"]
    answers = operation["responses"]["200"]["content"]["application/json"]["schema"]
    count = 0
    for media_type, media in operation["requestBody"]["content"].items():
        for example in examples(media):
            if "value" in example:
                schema = {**media["schema"], "components": components}
                jsonschema.validate(example["value"], schema, jsonschema.Draft202012Validator)
            body, exact = body_of(client, media_type, example)
            answer = client.post(path, content=body, headers={"content-type": exact})
            assert answer.status_code == 200, (path, example, answer.text)
            if answer.headers["content-type"] == "application/json":
                schema = {**answers, "components": components}
                jsonschema.validate(answer.json(), schema, jsonschema.Draft202012Validator)
            count += 1
    return count


def test_every_example_of_the_document_is_answered_as_documented(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    validate(document)
    counts = {
        path: check_operation(client, document, path)
        for path, item in document["paths"].items()
        if path.endswith(("/predict", "/infer")) and "{" not in path
    }
    assert counts["/v1/models/mood/predict"] == 2
    assert counts["/v2/models/mood/infer"] == counts["/v2/models/sums/infer"] == 1
    assert len(counts) == 14


def test_every_get_is_answered_as_documented(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    for path, item in document["paths"].items():
        if "get" not in item:
            continue
        answer = client.get(path.replace("{model}", "mood").replace("{version}", "1"))
        content = item["get"]["responses"]["200"]["content"]["application/json"]
        schema = {**content["schema"], "components": document["components"]}
        jsonschema.validate(answer.json(), schema, jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("path", "body", "content_type", "status"),
    [
        ("/v1/models/mood/predict", b'{"txt": 1}', "application/json", 400),
        ("/v1/models/mood/predict", b"x", "image/png", 415),
        ("/v1/models/mood/predict", b" " * 7_000_000, "text/plain", 413),
        ("/v2/models/mood/infer", b"{}", "", 400),
        ("/v2/models/mood/versions/7/infer", b"{}", "", 404),
    ],
)
def test_an_error_has_a_documented_status_and_code(
    client: TestClient, path: str, body: bytes, content_type: str, status: int
) -> None:
    answer = client.post(path, content=body, headers={"content-type": content_type})
    assert answer.status_code == status
    document = client.get("/openapi.json").json()
    response = document["components"]["responses"][f"Error{status}"]
    schema = response["content"]["application/json"]["schema"]
    jsonschema.validate(answer.json(), schema, jsonschema.Draft202012Validator)


@pytest.fixture(scope="module")
def ours() -> Iterator[tuple[TestClient, dict[str, Any]]]:
    """The models of this repository, where they have been built."""
    settings = Settings(models_dir=OURS, memory_mb=1769, log_level="ERROR")
    app = build_app(build_service(settings), settings, Log(settings).observer)
    with TestClient(app) as client:
        yield client, client.get("/openapi.json").json()


@pytest.mark.skipif(not BUILT, reason="make models builds them")
def test_the_document_of_our_own_models_is_valid(ours: tuple[TestClient, dict[str, Any]]) -> None:
    validate(ours[1])


@pytest.mark.parametrize("name", BUILT)
def test_the_examples_of_our_own_models_work(
    ours: tuple[TestClient, dict[str, Any]], name: str
) -> None:
    client, document = ours
    assert check_operation(client, document, f"/v1/models/{name}/predict")
    check_operation(client, document, f"/v2/models/{name}/infer")
