"""OpenAI's batch lines: read into requests, answered in their shapes."""

import base64
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from samovar.errors import InvalidInput, SamovarError
from samovar.rows import OPENAI, format_of
from samovar.rows.openai import model_of
from samovar.rows.row import FAILED, LIMITS
from samovar.types import InputSpec, Kind, ModelSpec, Payload, ProgramSpec

SPEC = ModelSpec("embed", task="text-embedding", input=InputSpec(kind=Kind.TEXT))
URL = "/v1/embeddings"
FORMAT = format_of(OPENAI)


def line(**more: Any) -> bytes:
    body = {"model": "embed", "input": "a text"}
    return json.dumps(
        {"custom_id": "a", "method": "POST", "url": URL, "body": body} | more
    ).encode()


def read(text: bytes, spec: ModelSpec = SPEC) -> Any:
    (row,) = FORMAT.rows(text, spec, LIMITS)
    return row


def answered(row: Any, document: Any) -> Any:
    return json.loads(FORMAT.line(7, row, Payload(json.dumps(document).encode(), "x")))


def test_a_text_is_embedded_as_openai_answers_it() -> None:
    row = read(line())
    assert json.loads(row.request.body) == {"rows": [{"text": "a text"}]}
    said = answered(row, {"id": "q", "model": "embed", "embedding": [0.5, 1.0]})
    assert said == {
        "id": "batch_req_7",
        "custom_id": "a",
        "response": {
            "status_code": 200,
            "request_id": "batch_req_7",
            "body": {
                "object": "list",
                "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 1.0]}],
                "model": "embed",
            },
        },
        "error": None,
    }


def test_texts_are_embedded_in_their_order_and_packed_where_that_is_asked_for() -> None:
    body = {"model": "embed", "input": ["a", "b"], "encoding_format": "base64"}
    said = answered(
        read(line(body=body)), {"predictions": [{"embedding": [0.5]}, {"embedding": [2]}]}
    )
    packed = [one["embedding"] for one in said["response"]["body"]["data"]]
    found = [np.frombuffer(base64.b64decode(one), "<f4").tolist() for one in packed]
    assert found == [[0.5], [2.0]]


def test_a_predict_is_answered_as_predict_answers_it() -> None:
    mood = replace(SPEC, name="mood", task="text-classification")
    row = read(line(url="/v1/models/mood/predict", body={"text": "good", "model": "any"}), mood)
    assert json.loads(row.request.body) == {"text": "good"}
    said = answered(row, {"id": "q", "model": "mood", "label": "good"})
    assert said["response"]["body"] == {"model": "mood", "label": "good"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "GET"},
        {"url": "/v1/chat/completions"},
        {"url": 3},
        {"body": "x"},
        {"body": {"model": "other", "input": "x"}},
        {"body": {"model": "embed"}},
        {"body": {"model": "embed", "input": []}},
        {"body": {"model": "embed", "input": [1]}},
        {"body": {"model": "embed", "input": "x", "dimensions": 0}},
        {"body": {"model": "embed", "input": "x", "encoding_format": "hex"}},
        {"url": "/v1/models/other/predict"},
    ],
)
def test_a_wrong_line_fails_alone_under_its_own_id(wrong: dict[str, Any]) -> None:
    bad, good = FORMAT.rows(line(**wrong) + b"\n\n" + line(), SPEC, LIMITS)
    assert isinstance(bad.request, SamovarError)
    assert isinstance(good.request, Payload)
    written = FORMAT.line(1, bad, bad.request)
    assert written.startswith(FAILED)
    said = json.loads(written)
    assert (said["custom_id"], said["response"]) == ("a", None)
    assert said["error"]["code"] == "invalid_input"


@pytest.mark.parametrize("wrong", [b"[]", b"{", line(custom_id=""), line(custom_id=5)])
def test_a_line_without_an_id_fails_without_one(wrong: bytes) -> None:
    row = read(wrong)
    assert isinstance(row.request, SamovarError)
    assert json.loads(FORMAT.line(2, row, row.request))["custom_id"] == ""


def test_a_model_of_another_task_answers_no_embeddings() -> None:
    row = read(line(), replace(SPEC, task="text-classification"))
    assert "answers no embeddings" in row.request.message


def test_the_model_of_a_batch_is_that_of_its_first_line() -> None:
    assert model_of(line(), URL) == "embed"
    predict = "/v1/models/mood/predict"
    assert model_of(line(url=predict, body={"text": "x"}), predict) == "mood"
    for url, text in ((predict, line()), (URL, line(body={})), (URL, line(body=[]))):
        with pytest.raises(InvalidInput):
            model_of(text, url)


def test_a_size_that_only_the_answer_shows_to_be_too_large_fails_its_line() -> None:
    row = read(line(body={"model": "embed", "input": "x", "dimensions": 3}))
    written = FORMAT.line(1, row, Payload(b'{"embedding": [0.6, 0.8]}', "x"))
    assert written.startswith(FAILED)
    assert "have 2" in json.loads(written)["error"]["message"]


TALKS = ModelSpec(
    "talks",
    task="text-generation",
    input=InputSpec(kind=Kind.PROMPT),
    program=ProgramSpec("generate"),
)


def talked(url: str, **asked: Any) -> Any:
    return read(line(url=url, body={"model": "talks"} | asked), TALKS)


USAGE = {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4, "cached_tokens": 2}


def test_a_chat_of_a_batch_is_answered_in_openais_shape_with_its_usage() -> None:
    row = talked("/v1/chat/completions", messages=[{"role": "user", "content": "x"}], n=2)
    one = {"text": "yes", "finish_reason": "stop", "usage": USAGE}
    body = answered(row, {"predictions": [one, one]})["response"]["body"]
    assert (body["object"], body["id"]) == ("chat.completion", "chatcmpl-a")
    assert [choice["message"]["content"] for choice in body["choices"]] == ["yes", "yes"]
    assert body["usage"] == {
        "prompt_tokens": 6,
        "completion_tokens": 2,
        "total_tokens": 8,
        "prompt_tokens_details": {"cached_tokens": 4},
    }


def test_a_completion_of_a_batch_is_answered_so_too() -> None:
    row = talked("/v1/completions", prompt="x")
    said = {"text": "yes", "finish_reason": "length", "usage": USAGE}
    body = answered(row, said)["response"]["body"]
    assert (body["object"], body["choices"][0]["text"]) == ("text_completion", "yes")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (talked("/v1/completions", prompt="x", stream=True), "not taken in a batch"),
        (talked("/v1/completions", prompt=7), "'prompt' must be"),
        (read(line(url="/v1/completions", body={"model": "embed", "prompt": "x"})), "no text"),
    ],
)
def test_a_text_that_a_batch_cannot_have_fails_alone(row: Any, words: str) -> None:
    assert isinstance(row.request, InvalidInput)
    assert words in row.request.message
