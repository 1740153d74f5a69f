"""Functions on nothing but their layers, as they are built."""

import base64
import platform

import orjson
import pytest
from samovar.adapters.directory import DirectoryStore

from tests.slim.conftest import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="runs the layers built for x86_64"),
]

BUNDLED = sorted(
    path.parent.name
    for path in (ROOT / "models").glob("*/model.toml")
    if "\nbundle = true" in path.read_text()
)

ANSWER = """
import json, logging, sys
from pathlib import Path
warned = []
handler = logging.Handler(logging.WARNING)
handler.emit = lambda record: warned.append(record.getMessage())
logging.getLogger().addHandler(handler)
from samovar.wiring import hot_handler
answer = hot_handler({"SAMOVAR_MODELS_DIR": sys.argv[1]})
said = [answer(json.loads(event), None) for event in Path(sys.argv[2]).read_text().splitlines()]
print(json.dumps({"said": said, "warned": warned}))
"""


def event(model, payload):
    """What API Gateway hands to the function when somebody posts a golden example's body."""
    path = f"/v1/models/{model}/predict"
    return {
        "version": "2.0",
        "rawPath": path,
        "headers": {"content-type": payload.content_type},
        "requestContext": {"http": {"method": "POST", "path": path}, "requestId": "r"},
        "body": base64.b64encode(payload.body).decode(),
        "isBase64Encoded": True,
    }


def test_every_bundled_model_answers_from_its_layer_without_a_warning(in_function, built, tmp_path):
    models = DirectoryStore(ROOT / "models")
    examples = {name: models.spec(name).examples[0] for name in BUNDLED}
    events = [orjson.dumps(event(name, each.payload)) for name, each in examples.items()]
    (tmp_path / "events").write_bytes(b"\n".join(events))
    found = in_function(ANSWER, built("models") / "models", tmp_path / "events")
    assert [each["statusCode"] for each in found["said"]] == [200] * len(BUNDLED), found
    assert found["warned"] == []


PAGES = """
import json, sys
from samovar.wiring import http_handler
answer = http_handler({"SAMOVAR_MODELS_DIR": sys.argv[1]})
def get(path):
    http = {"method": "GET", "path": path, "sourceIp": "127.0.0.1"}
    return answer({"version": "2.0", "rawPath": path, "rawQueryString": "", "headers": {},
                   "requestContext": {"http": http, "requestId": "r"}}, None)["statusCode"]
print(json.dumps([get(path) for path in sys.argv[2:]]))
"""


def test_the_framework_answers_on_what_is_left_of_its_wheels(in_function, built):
    pages = ("/v2", "/v2/models/digits", "/v1/models", "/openapi.json", "/docs", "/nowhere")
    folder = built("models") / "models"
    said = in_function(PAGES, folder, *pages, layers=("core", "runtime", "web"))
    assert said == [200, 200, 200, 200, 200, 404]
