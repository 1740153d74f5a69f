"""Forms over a real tokenizer, whose tokens reach across JSON's signs, and a real model's calls."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from samovar.generation.grammars import Grammars
from samovar.generation.sampling import Sampling
from samovar.generation.texts import Manner, Text
from samovar.generation.wishes import read_wish
from samovar.pipeline import infer
from samovar.settings import Settings
from samovar.types import Payload
from samovar.wiring import load_model

MODELS = Path(__file__).resolve().parents[2] / "models"
END = 2
PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 12},
        "born": {"type": "string", "format": "date"},
        "age": {"type": "integer", "minimum": 0, "maximum": 130},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 5}, "maxItems": 3},
        "boss": {"anyOf": [{"type": "null"}, {"$ref": "#"}]},
    },
    "required": ["name", "born", "age", "tags", "boss"],
    "additionalProperties": False,
}
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"enum": ["C", "F"]}},
            "required": ["city", "unit"],
            "additionalProperties": False,
        },
    },
}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (MODELS / "smollm2-int8" / "1").is_dir(), reason="run `make models`"),
]


@pytest.fixture(scope="module")
def model():
    return load_model(Settings(models_dir=MODELS, memory_mb=1769), "smollm2-int8")


@pytest.fixture(scope="module")
def program(model):
    return model.program


def answered(model, asked):
    return json.loads(infer(Payload(json.dumps(asked).encode(), "application/json"), model).body)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_the_scores_are_a_text_of_real_tokens_fits_its_schema(program, seed):
    house = Grammars(program.reader, [END])
    constraint = house.begin(read_wish({"schema": PERSON}, Sampling()).grammar)
    asked = Sampling(max_tokens=4000, temperature=1.0, seed=seed)
    text = Text([1], asked, program.reader.decode, frozenset({END}), Manner(constraint))
    chance = np.random.default_rng(seed)
    while not text.is_done:
        text.add(chance.normal(size=program.reader.size).astype(np.float32))
    assert (text.error, text.reason) == (None, "stop")
    jsonschema.validate(json.loads(text.text), PERSON)


def test_a_model_that_has_to_call_asks_for_the_city_that_it_was_told_of(model):
    for city in ("Paris", "Rome", "Berlin"):
        asked = {
            "text": f"What is the weather in {city}, in degrees Celsius?",
            "tools": [WEATHER],
            "tool_choice": "required",
            "max_tokens": 60,
        }
        (call,) = answered(model, asked)["tool_calls"]
        assert json.loads(call["arguments"])["city"] == city


def test_a_choice_is_made_by_what_was_asked(model):
    for question, answer in (
        ("What is the capital of Japan?", "Tokyo"),
        ("What is the capital of France?", "Paris"),
    ):
        asked = {"text": question, "choices": ["Paris", "Tokyo"]}
        assert answered(model, asked)["text"] == answer
