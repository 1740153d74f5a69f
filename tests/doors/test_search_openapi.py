"""What the OpenAPI document says of rerank and collections is what they take and answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate
from samovar.adapters.clock import SystemClock
from samovar.edges.http import build_app
from samovar.edges.observe import Observer
from samovar.edges.openapi import document
from samovar.settings import Settings
from samovar.wiring import build_service
from starlette.testclient import TestClient

from tests.tiny_embedder import write_sense

AT = "/v1/collections/{collection}"
CALLS = [
    ("POST", "/v1/rerank", {"query": "tea", "documents": ["cup"], "return_documents": True}),
    ("PUT", AT, {"documents": ["tea", {"text": "loan", "metadata": {"a": 1}}]}),
    ("GET", AT, None),
    ("POST", f"{AT}/documents", {"documents": [{"id": "x", "text": "rose"}], "delete": ["y"]}),
    ("GET", f"{AT}/documents", None),
    ("POST", f"{AT}/search", {"query": "tea", "top_k": 2, "filter": {"a": [1, None]}}),
    ("GET", "/v1/collections", None),
    ("POST", "/v1/embeddings", {"model": "sense", "input": ["tea"], "dimensions": 4}),
    ("DELETE", AT, None),
    ("GET", AT, None),
    ("POST", f"{AT}/search", {"query": "tea"}),
]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    models = write_sense(tmp_path / "models")
    settings = Settings(models_dir=models, collections_dir=tmp_path / "kept")
    with (tmp_path / "log").open("w") as lines:
        observer = Observer(settings, SystemClock(), lines)
        yield TestClient(build_app(build_service(settings), settings, observer))


def checked(said: Any, schema: Any, components: Any) -> None:
    whole = {**schema, "components": components}
    jsonschema.validate(said, whole, jsonschema.Draft202012Validator)


def test_every_call_and_its_answer_are_as_documented(client: TestClient) -> None:
    found = client.get("/openapi.json").json()
    validate(found)
    for method, path, body in CALLS:
        operation = found["paths"][path][method.lower()]
        if body is not None:
            media = operation["requestBody"]["content"]["application/json"]
            checked(body, media["schema"], found["components"])
        answer = client.request(method, path.replace("{collection}", "notes"), json=body)
        response = operation["responses"][str(answer.status_code)]
        if "$ref" in response:
            response = found["components"]["responses"][response["$ref"].split("/")[-1]]
        schema = response["content"]["application/json"]["schema"]
        checked(answer.json(), schema, found["components"])


def test_nothing_of_them_is_documented_where_no_model_embeds() -> None:
    assert "/v1/rerank" not in document([])["paths"]
