"""Kept answers as functions share them: the real wiring, its clients, and AWS as moto has it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pytest
from samovar.wiring import direct_handler, hot_handler
from samovar_cli.main import app
from typer.testing import CliRunner

from tests.gateway_events import http_event
from tests.kept_models import write_kept

pytestmark = pytest.mark.xdist_group("moto")
PREDICT = "/v1/models/mood/predict"
TEXT = {"content-type": "text/plain"}


@pytest.fixture
def variables(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Of functions whose models' answers are kept for all."""
    root = write_kept(tmp_path / "models", "ttl_s = 60\nshared = true")
    return {**environment, "SAMOVAR_MODELS_DIR": str(root)}


def state(handler: Any, body: bytes = b"great") -> str:
    answer = handler(http_event("POST", PREDICT, body, TEXT), None)
    assert answer["statusCode"] == 200, answer
    found: str = answer["headers"]["x-samovar-cache"]
    return found


def test_an_answer_of_one_environment_is_there_for_all_others(
    variables: Mapping[str, str],
) -> None:
    first, second = hot_handler(variables), hot_handler(variables)
    assert [state(first), state(first), state(second), state(second)] == [
        *("miss", "hit", "hit-2", "hit"),
    ]
    (item,) = boto3.client("dynamodb").scan(TableName="jobs")["Items"]
    assert item["id"]["S"].startswith("answer:")
    assert b"great" not in item["body"]["B"], "a question is kept as its digest alone"
    direct = direct_handler(variables)
    direct({"model": "mood", "input": {"text": "great"}, "cache_control": "only-if-cached"}, None)


def test_a_large_answer_lies_in_the_bucket(variables: Mapping[str, str]) -> None:
    data = np.random.default_rng(7).normal(size=9000).astype(np.float32).tolist()
    tensor = {"name": "x", "datatype": "FP32", "shape": [3000, 3], "data": data}
    body = json.dumps({"inputs": [tensor], "id": "i"}).encode()
    event = http_event("POST", "/v2/models/affine/infer", body, {})
    first, second = (handler(event, None) for handler in (hot_handler(variables),) * 2)
    again = hot_handler(variables)(event, None)
    states = [answer["headers"]["x-samovar-cache"] for answer in (first, second, again)]
    assert states == ["miss", "hit", "hit-2"]
    assert first["body"] == second["body"] == again["body"]
    bucket = variables["SAMOVAR_DATA_BUCKET"]
    (entry,) = boto3.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    assert entry["Key"].startswith("answers/")


def test_a_store_that_is_away_costs_a_moment_and_no_answer(
    variables: Mapping[str, str], free_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_tcp_port}")
    handler = hot_handler(variables)
    assert [state(handler), state(handler), state(handler, b"bad")] == ["miss", "hit", "miss"]


def test_a_function_may_keep_its_answers_to_itself(variables: Mapping[str, str]) -> None:
    own = {**variables, "SAMOVAR_RESPONSE_CACHE": "process"}
    assert [state(hot_handler(own)), state(hot_handler(own))] == ["miss", "miss"]
    assert boto3.client("dynamodb").scan(TableName="jobs")["Items"] == []


def test_a_list_can_be_answered_elsewhere_for_a_deployment(
    variables: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "questions.jsonl"
    file.write_text('{"text": "great"}\n{"text": "bad"}\n')
    models = variables["SAMOVAR_MODELS_DIR"]
    words = ["cache", "warm", "mood", str(file), "--here", "--models", models, "--json"]
    done = CliRunner().invoke(app, words)
    assert json.loads(done.stdout)["states"] == {"miss": 2}, done.stderr
    assert state(hot_handler(variables)) == "hit-2"
