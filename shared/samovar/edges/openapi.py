"""The OpenAPI 3.1 document of the models that are there, with each one's real schemas."""

from collections.abc import Sequence
from typing import Any

from samovar import __version__
from samovar.edges.openapi_answers import predict_answer
from samovar.edges.openapi_cache import tell_of_kept
from samovar.edges.openapi_classify import SCHEMAS as CLASSIFY_SCHEMAS
from samovar.edges.openapi_classify import TAG as CLASSIFY_TAG
from samovar.edges.openapi_classify import classify_paths
from samovar.edges.openapi_errors import HEADERS, RUNS, error_responses, refer
from samovar.edges.openapi_facts import SCHEMAS
from samovar.edges.openapi_job_facts import SCHEMAS as JOB_SCHEMAS
from samovar.edges.openapi_jobs import job_paths
from samovar.edges.openapi_later import asynchronous
from samovar.edges.openapi_openai import SCHEMAS as OPENAI_SCHEMAS
from samovar.edges.openapi_openai import openai_paths
from samovar.edges.openapi_openai_text import SCHEMAS as TEXT_SCHEMAS
from samovar.edges.openapi_openai_text import openai_text_paths
from samovar.edges.openapi_predict import predict_body
from samovar.edges.openapi_protocol import model_paths, server_paths
from samovar.edges.openapi_search import SCHEMAS as SEARCH_SCHEMAS
from samovar.edges.openapi_search import TAG as SEARCH_TAG
from samovar.edges.openapi_search import search_paths
from samovar.edges.openapi_tensors import data_schemas, infer_answer, infer_content
from samovar.service import Description

_ABOUT = (
    "ONNX models behind an HTTP API. Each model is asked in two ways: **predict** takes what a "
    "person has (a text, a picture, a sound, a row) and answers what a person wants; **infer** "
    "is the Open Inference Protocol, which Triton's and KServe's clients speak. Every error is "
    '`{"error", "code"}`, every answer has an `x-request-id`.'
)


def document(models: Sequence[Description], *, has_jobs: bool = False) -> dict[str, Any]:
    """The document of a deployment with these models, each in its newest version."""
    found = _document(models)
    if has_jobs:
        for item in found["paths"].values():
            if "post" in item and item["post"]["operationId"].startswith(("predict", "infer")):
                item["post"] = asynchronous(item["post"])
        found["tags"].append({"name": "Jobs", "description": _JOBS})
        found["paths"] |= job_paths(models)
        found["tags"].append({"name": "OpenAI", "description": _OPENAI})
        found["paths"] |= openai_paths()
        found["components"]["schemas"] |= JOB_SCHEMAS | OPENAI_SCHEMAS
    tell_of_kept(found["paths"], models)
    return found


_JOBS = (
    "A request that may take its time: it is kept, run once, and its answer is kept, too. "
    "`predict` and `infer` become a job where the header `Prefer: respond-async` asks for it, "
    "and by themselves where nobody can wait for the answer: 202 in place of 200."
)


_OPENAI = (
    "Files and batches as OpenAI's clients know them: a second face of jobs that are batches. A "
    "line is for `/v1/embeddings` or for a model's `predict`."
)


def _document(models: Sequence[Description]) -> dict[str, Any]:
    names = [found.spec.name for found in models]
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {**SCHEMAS, **data_schemas()}
    for found in models:
        name = found.spec.name
        schemas |= {f"{name}.predict": predict_answer(found), f"{name}.infer": infer_answer(found)}
        paths[f"/v1/models/{name}/predict"] = {"post": _predict(found)}
        paths[f"/v2/models/{name}/infer"] = {"post": _infer(found)}
    if texts := openai_text_paths(models):
        paths |= texts
        schemas |= TEXT_SCHEMAS
    classified = classify_paths(models)
    schemas |= CLASSIFY_SCHEMAS if classified else {}
    searches = search_paths(models)
    if searches:
        schemas |= SEARCH_SCHEMAS
    return {
        "openapi": "3.1.0",
        "info": {"title": "samovar", "version": __version__, "description": _ABOUT},
        "tags": [
            *map(_tag, models),
            *([CLASSIFY_TAG] if classified else []),
            *([SEARCH_TAG] if searches else []),
            {"name": "Models"},
            {"name": "Open Inference Protocol"},
        ],
        "paths": paths | classified | searches | server_paths() | model_paths(names),
        "components": {"schemas": schemas, "responses": error_responses()},
    }


def _tag(found: Description) -> dict[str, Any]:
    spec = found.spec
    facts = [f"Licence: {spec.licence}." if spec.licence else "", f"Version {found.version}."]
    about = [spec.title, spec.description.strip(), " ".join(filter(None, facts))]
    return {
        "name": spec.name,
        "description": "\n\n".join(filter(None, about)),
        "x-title": spec.title or spec.name,
        "x-task": spec.task,
        "x-input": str(spec.input.kind),
    }


def _predict(found: Description) -> dict[str, Any]:
    name = found.spec.name
    return {
        "operationId": f"predict:{name}",
        "tags": [name],
        "summary": f"Ask {name}",
        "requestBody": predict_body(found),
        "responses": {"200": _predicted(found), **refer(RUNS)},
    }


def _predicted(found: Description) -> dict[str, Any]:
    content = {"schema": {"$ref": f"#/components/schemas/{found.spec.name}.predict"}}
    return {
        "description": "One answer, or `predictions` where a list was sent.",
        "headers": HEADERS,
        "content": {"application/json": content},
    }


def _infer(found: Description) -> dict[str, Any]:
    name = found.spec.name
    schema = {"$ref": f"#/components/schemas/{name}.infer"}
    size = {"description": "bytes of the JSON before the tensors", "schema": {"type": "integer"}}
    headers = HEADERS | {"inference-header-content-length": size}
    return {
        "operationId": f"infer:{name}",
        "tags": [name],
        "summary": f"Run {name} on tensors",
        "requestBody": {"required": True, "content": infer_content(found)},
        "responses": {
            "200": {
                "description": "The outputs: in JSON, or as bytes after a JSON header.",
                "headers": headers,
                "content": {"application/json": {"schema": schema}, "application/octet-stream": {}},
            },
            **refer(RUNS),
        },
    }
