"""Every function tells of its cold start, through its own handler."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.tiny_models import write_models

ROOT = Path(__file__).resolve().parents[2]
INFER = orjson.dumps(
    {"inputs": [{"name": "x", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]}
).decode()
EVENT = {
    "version": "2.0",
    "rawPath": "/v2/models/affine/infer",
    "rawQueryString": "",
    "headers": {"content-type": "application/json"},
    "requestContext": {
        "http": {"method": "POST", "path": "/v2/models/affine/infer", "sourceIp": "127.0.0.1"},
        "requestId": "r",
        "stage": "$default",
    },
    "body": INFER,
    "isBase64Encoded": False,
}
DIRECT = {"model": "mood", "input": {"text": "great"}}
PROBE = """
import json, sys
from samovar.wiring import {name}
said = json.loads(sys.argv[1])
handler = {name}(said["environment"])
handler(said["event"], None)
handler(said["event"], None)
"""


def records(name: str, event: dict[str, Any], environment: dict[str, str]) -> list[Any]:
    """The lines that a fresh process of a function writes for two calls."""
    said = orjson.dumps({"event": event, "environment": environment}).decode()
    found = subprocess.run(
        [sys.executable, "-c", PROBE.format(name=name), said],
        capture_output=True,
        text=True,
        check=True,
    )
    return [orjson.loads(line) for line in found.stdout.splitlines()]


@pytest.mark.parametrize(
    ("name", "event", "preload", "models"),
    [
        ("hot_handler", EVENT, "affine", ["affine"]),
        ("hot_handler", EVENT, "", ["affine"]),
        ("http_handler", EVENT | {"rawPath": "/v2"}, "", []),
        ("direct_handler", DIRECT, "", ["mood"]),
    ],
)
def test_a_functions_first_call_tells_where_its_start_went(
    tmp_path: Path, name: str, event: dict[str, Any], preload: str, models: list[str]
) -> None:
    environment = {
        "SAMOVAR_MODELS_DIR": str(write_models(tmp_path)),
        "SAMOVAR_PRELOAD": preload,
        "AWS_LAMBDA_FUNCTION_NAME": "mine",
    }
    lines = records(name, event, environment)
    assert [line["message"] for line in lines] == ["request", "init", "request"]
    said = lines[1]
    assert said["function"] == "mine"
    assert [one["model"] for one in said["models"]] == models
    assert all(ms is None or ms >= 0 for ms in said["phases"].values())
    assert said["phases"]["imports_ms"] > 0
    assert (said["phases"]["map_ms"] > 0) == bool(models)


COLLECTOR = """
import gc, sys, types
if sys.argv[2] == "function":
    sys.modules["awslambdaric"] = types.ModuleType("awslambdaric")
import samovar.wiring
during = gc.isenabled()
samovar.wiring.hot_handler({"SAMOVAR_MODELS_DIR": sys.argv[1]})
print(during, gc.isenabled(), gc.get_freeze_count() > 0)
"""


@pytest.mark.parametrize(
    ("where", "said"), [("function", "False True True"), ("tool", "True True False")]
)
def test_a_functions_start_is_not_searched_for_garbage_and_nobody_elses_is_left_so(
    tmp_path: Path, where: str, said: str
) -> None:
    command = [sys.executable, "-c", COLLECTOR, str(tmp_path), where]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == said


def test_every_handler_of_a_function_counts_its_imports_and_says_when_it_is_ready() -> None:
    wirings = [ROOT / "shared/samovar" / name for name in ("wiring.py", "wiring_stream.py")]
    handlers = [
        node
        for path in wirings
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.endswith("_handler")
    ]
    assert len(handlers) == len(list((ROOT / "functions").glob("*/handler.py")))
    for handler in handlers:
        source = ast.unparse(handler)
        assert "begun(environment)" in source, handler.name
        assert "_observer(settings)" in source, handler.name
        assert ast.unparse(handler.body[-1]).startswith("return ready("), handler.name
