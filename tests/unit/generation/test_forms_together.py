"""Texts that have a form grow beside texts that have none, as each would alone."""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samovar.errors import InvalidSchema
from samovar.pipeline import stream
from samovar.settings import Settings
from samovar.types import Payload
from samovar.wiring import build_service, load_model

from tests.tiny_generation import write_babble

SCHEMA = {
    "type": "array",
    "items": {"type": "integer", "minimum": 0, "maximum": 99},
    "minItems": 2,
    "maxItems": 5,
}
ASKED = [
    {},
    {"schema": SCHEMA},
    {"choices": ["yes", "no", "perhaps"]},
    {"regex": "[a-f]{3,9}"},
    {"schema": SCHEMA, "temperature": 1.0, "seed": 3, "logprobs": 2},
    {"temperature": 1.0, "seed": 3, "presence_penalty": 1.0},
    {"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "required"},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_babble(tmp_path_factory.mktemp("models"), context=1000)


@pytest.fixture(scope="module")
def model(folder):
    return load_model(Settings(models_dir=folder, memory_mb=1769), "babble")


def body(number, asked):
    talk = [{"role": "user", "content": f"hello {number}"}]
    return {"messages": talk, "max_tokens": 60} | asked


def payload(asked):
    return Payload(json.dumps(asked).encode(), "application/json")


@pytest.fixture(scope="module")
def service(folder):
    return build_service(Settings(models_dir=folder, memory_mb=1769))


def said(service, asked):
    found = json.loads(service.predict("babble", "", payload(asked)).body)
    return found.get("predictions", found)


@given(st.lists(st.sampled_from(range(len(ASKED))), min_size=2, max_size=5))
@settings(max_examples=15, deadline=None)
def test_rows_of_every_form_say_together_what_each_says_alone(service, kinds):
    rows = [body(number, ASKED[kind]) for number, kind in enumerate(kinds)]
    for together, row in zip(said(service, {"rows": rows}), rows, strict=True):
        alone = said(service, row)
        assert together == {name: alone[name] for name in together}


def test_requests_at_once_with_forms_are_answered_as_each_alone(service):
    asked = [body(number, one) for number, one in enumerate(ASKED)]
    with ThreadPoolExecutor(len(asked)) as threads:
        together = list(threads.map(partial(said, service), asked))
    for found, one in zip(together, asked, strict=True):
        alone = said(service, one)
        assert {**found, "id": ""} == {**alone, "id": ""}


@pytest.mark.parametrize("asked", ASKED)
def test_pieces_are_what_the_whole_is(service, model, asked):
    whole = said(service, body(0, asked))
    pieces = [json.loads(piece) for piece in stream(payload(body(0, asked)), model)]
    assert "".join(piece.get("text", "") for piece in pieces) == whole["text"]
    assert pieces[-1]["finish_reason"] == whole["finish_reason"]
    assert pieces[-1]["usage"] == whole["usage"]
    told = [token for piece in pieces for token in piece.get("logprobs", [])]
    assert told == whole.get("logprobs", [])


def test_several_rows_in_pieces_say_which_of_them(model):
    rows = [body(number, one) for number, one in enumerate(ASKED[:3])]
    pieces = [json.loads(piece) for piece in stream(payload({"rows": rows}), model)]
    ends = [piece["index"] for piece in pieces if "finish_reason" in piece]
    assert sorted(ends) == [0, 1, 2]


def test_a_text_that_is_left_in_the_middle_of_its_form_frees_its_row(model):
    for _ in range(4):  # there are three rows
        pieces = stream(payload(body(0, {"regex": "[a-f]{500}", "max_tokens": 500})), model)
        next(pieces)
        pieces.close()
    assert all(slot.text is None for slot in model.program.scheduler.slots)


def test_a_form_that_one_text_breaks_down_on_is_no_other_texts_fault(service):
    bad = body(0, {"regex": "(a{1,1000}){1,1000}", "logit_bias": {"64": 100}, "max_tokens": 400})
    with ThreadPoolExecutor(2) as threads:
        failing = threads.submit(said, service, bad)
        other = threads.submit(said, service, body(1, {}))
        assert len(other.result()["text"]) > 0
        with pytest.raises(InvalidSchema, match="too complex"):
            failing.result()


def test_tensors_ask_for_a_form_as_json_does(model):
    tokens = np.array([[71, 72, 73]], np.int64)
    asked = np.array([json.dumps({"schema": SCHEMA, "max_tokens": 60})], object)
    found = model.program.run({"tokens": tokens, "parameters": asked}, ())
    assert {*found} == {spec.name for spec in model.program.signature.outputs}
    assert 2 <= len(json.loads(found["text"][0])) <= 5
    assert (found["tool_calls"][0], found["cached_tokens"][0]) == ("[]", -1)
