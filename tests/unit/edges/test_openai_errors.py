"""Refusals in OpenAI's shape where its clients ask, and in the house's everywhere else."""

import json

import pytest
from samovar.edges.messages import error_response, internal_error, status_of
from samovar.edges.openai_errors import as_openai, error_document
from samovar.errors import (
    InvalidInput,
    MethodNotAllowed,
    ModelNotReady,
    Overloaded,
    PayloadTooLarge,
    SamovarError,
)

REFUSALS = [
    (InvalidInput("a"), "invalid_request_error"),
    (MethodNotAllowed("a", ["POST"]), "invalid_request_error"),
    (PayloadTooLarge("a"), "invalid_request_error"),
    (Overloaded("a"), "rate_limit_error"),
    (ModelNotReady("a"), "server_error"),
    (SamovarError("a"), "server_error"),
]


@pytest.mark.parametrize(("error", "kind"), REFUSALS)
@pytest.mark.parametrize(
    "asked", ["/v1/chat/completions", "/prod/v1/embeddings/", "/v1/completions", "chat", "embed"]
)
def test_a_refusal_has_openais_shape_with_its_headers(error, kind, asked):
    plain = error_response(error)
    told = as_openai(plain, asked)
    said = json.loads(told.body)["error"]
    assert said == {"message": "a", "type": kind, "param": None, "code": error.code}
    assert (told.status, told.headers) == (status_of(error), plain.headers)
    assert json.loads(told.body) == error_document(error)


@pytest.mark.parametrize("asked", ["/v1/models/m/predict", "/v1/chat", "predict", "", "/"])
def test_elsewhere_it_has_the_houses(asked):
    plain = error_response(InvalidInput("a"))
    assert as_openai(plain, asked) is plain


def test_a_fault_of_ours_tells_its_id_and_no_more():
    said = json.loads(as_openai(internal_error("id-7"), "/v1/chat/completions").body)["error"]
    assert (said["type"], said["code"]) == ("server_error", "internal_error")
    assert "id-7" in said["message"]


def test_half_of_a_surrogate_pair_in_a_message_is_told_as_something_else():
    assert error_document(InvalidInput("\ud800"))["error"]["message"] == "?"
