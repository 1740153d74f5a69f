"""Jobs in the OpenAPI document: its examples work, every answer is as documented."""

from typing import Any

import jsonschema
import orjson
import pytest
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from tests.doors.job_house import JobHouse, text_job
from tests.doors.test_jobs_refused import BAD

SUBMIT = ("/v1/jobs", "post")


@pytest.fixture
def document(jobs_client: TestClient) -> dict[str, Any]:
    """The document of a deployment with jobs."""
    found: dict[str, Any] = jobs_client.get("/openapi.json").json()
    return found


def check(document: dict[str, Any], operation: tuple[str, str], answer: Any) -> None:
    """Raises where the answer is not one that the operation documents."""
    path, method = operation
    response = document["paths"][path][method]["responses"][str(answer.status_code)]
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    schema = response["content"]["application/json"].get("schema", {})
    whole = {**schema, "components": document["components"]}
    jsonschema.validate(answer.json(), whole, jsonschema.Draft202012Validator)


def is_valid(document: dict[str, Any], body: Any) -> bool:
    media = document["paths"]["/v1/jobs"]["post"]["requestBody"]["content"]["application/json"]
    schema = {**media["schema"], "components": document["components"]}
    return bool(jsonschema.Draft202012Validator(schema).is_valid(body))


def test_the_document_is_valid_and_has_every_route(document: dict[str, Any]) -> None:
    validate(document)
    methods = {
        path: set(item) - {"parameters"}
        for path, item in document["paths"].items()
        if path.startswith(("/v1/jobs", "/v1/uploads"))
    }
    assert methods == {
        "/v1/jobs": {"get", "post"},
        "/v1/jobs/{job}": {"get", "delete"},
        "/v1/jobs/{job}/result": {"get"},
        "/v1/jobs/{job}/errors": {"get"},
        "/v1/jobs/{job}/redrive": {"post"},
        "/v1/uploads": {"post"},
    }


def test_a_deployment_without_jobs_documents_none(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert not [path for path in document["paths"] if "jobs" in path or "uploads" in path]
    assert "parameters" not in document["paths"]["/v1/models/mood/predict"]["post"]


def test_every_example_of_a_submission_is_valid_and_its_job_succeeds(
    house: JobHouse, jobs_client: TestClient, document: dict[str, Any]
) -> None:
    media = document["paths"]["/v1/jobs"]["post"]["requestBody"]["content"]["application/json"]
    assert {"mood", "price"} <= set(media["examples"])
    for example in media["examples"].values():
        assert is_valid(document, example["value"])
        answer = jobs_client.post("/v1/jobs", json=example["value"])
        check(document, SUBMIT, answer)
        house.work()
        job = jobs_client.get(answer.headers["location"])
        assert job.json()["state"] == "succeeded", job.text


def test_every_predict_and_infer_documents_how_to_become_a_job(
    house: JobHouse, jobs_client: TestClient, document: dict[str, Any]
) -> None:
    runs = [
        item["post"]
        for path, item in document["paths"].items()
        if path.endswith(("/predict", "/infer"))
    ]
    assert len(runs) == 16
    for run in runs:
        assert {p["name"] for p in run["parameters"]} == {"Prefer", "Idempotency-Key"}
        assert {"200", "202", "303", "409", "422"} <= set(run["responses"])
    for wait in ("", ", wait=1"):
        house.meanwhile = house.work
        sent = {"prefer": f"respond-async{wait}", "content-type": "text/plain"}
        answer = jobs_client.post("/v1/models/mood/predict", content=b"great", headers=sent)
        assert answer.status_code == (303 if wait else 202)
        check(document, ("/v1/models/mood/predict", "post"), answer)


@pytest.mark.parametrize("name", BAD)
def test_every_refusal_is_documented_and_the_schema_knows_most(
    jobs_client: TestClient, document: dict[str, Any], name: str
) -> None:
    body = BAD[name][0]
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    answer = jobs_client.post("/v1/jobs", content=raw)
    check(document, SUBMIT, answer)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"model": "mood"},
        text_job(model="nobody"),
        text_job(upload_id="a"),
        text_job(x=1),
        text_job(ttl_s=0),
        text_job(priority=10),
        text_job(input="a"),
        text_job(tags={"": ""}),
        text_job(tags={"a": 1}),
        text_job(content_type="text/plain"),
    ],
)
def test_the_schema_of_a_submission_refuses_what_the_door_refuses(
    document: dict[str, Any], body: Any
) -> None:
    assert not is_valid(document, body)


def test_each_step_of_a_job_is_answered_as_documented(
    house: JobHouse, jobs_client: TestClient, document: dict[str, Any]
) -> None:
    one, result = ("/v1/jobs/{job}", "get"), ("/v1/jobs/{job}/result", "get")
    answer = jobs_client.post("/v1/jobs", json=text_job(ttl_s=60, tags={"a": "b"}))
    check(document, SUBMIT, answer)
    at = answer.headers["location"]
    check(document, one, jobs_client.get(at))
    check(document, result, jobs_client.get(f"{at}/result"))
    house.work()
    check(document, one, jobs_client.get(at))
    check(document, result, jobs_client.get(f"{at}/result"))
    check(document, ("/v1/jobs/{job}", "delete"), jobs_client.delete(at))
    check(document, ("/v1/jobs/{job}", "delete"), jobs_client.delete("/v1/jobs/nobody"))
    failing = jobs_client.post("/v1/jobs", json=text_job(input={})).headers["location"]
    house.work()
    check(document, one, jobs_client.get(failing))
    check(document, ("/v1/jobs", "get"), jobs_client.get("/v1/jobs?limit=1"))
    check(document, ("/v1/jobs", "get"), jobs_client.get("/v1/jobs?limit=0"))
    upload = jobs_client.post("/v1/uploads", json={"content_type": "image/png"})
    check(document, ("/v1/uploads", "post"), upload)
