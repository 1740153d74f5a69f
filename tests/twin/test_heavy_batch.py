"""A large batch of texts for `minilm` in float32, said to be heavy: in by two doors, and back."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from samovar.settings import Settings
from samovar.types import Payload
from samovar.wiring import build_service

from tests.twin.host import ROOT
from tests.twin.running_application import MINISTACK, Application, eventually, start

ROWS = 2000
MODEL = "minilm-heavy"
LIMIT_S = 400
TEXTS = [
    f"The {number}th guest asks for tea{' without sugar' * (number % 3)}." for number in range(ROWS)
]
pytestmark = [
    pytest.mark.twin,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("heavy"),
    pytest.mark.skipif(
        not (MINISTACK.exists() and (ROOT / "models/minilm/1").is_dir()),
        reason="make models builds minilm, make .venvs/.stamps/ministack sets up AWS",
    ),
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    folder = tmp_path_factory.mktemp("batch")
    model = folder / "models" / MODEL
    shutil.copytree(ROOT / "models" / "minilm", model, copy_function=os.link)
    text = (model / "model.toml").read_text("utf-8")
    (model / "model.toml").unlink()  # a link: what it leads to stays as it is
    (model / "model.toml").write_text(text.replace('lane = "light"', 'lane = "heavy"'), "utf-8")
    running = start(folder / "state", "--models", str(folder / "models"))
    yield running
    running.twin.end()


def lines(app: Application, key: str) -> list[dict[str, Any]]:
    bucket = app.resources["DataBucket"]
    body = app.aws("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return [json.loads(line) for line in body.splitlines()]


def check(answers: list[dict[str, Any]]) -> None:
    """Every row is answered, in order, as it would be alone."""
    assert [answer["row"] for answer in answers] == list(range(1, ROWS + 1))
    found = np.array([answer["response"]["embedding"] for answer in answers])
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-4)
    service = build_service(Settings(models_dir=ROOT / "models"))
    for row in (0, 1, 999, ROWS - 1):
        alone = service.predict("minilm", "", Payload(TEXTS[row].encode(), "text/plain"))
        np.testing.assert_allclose(found[row], json.loads(alone.body)["embedding"], atol=1e-4)


def test_an_uploaded_file_of_texts_comes_back_from_the_endpoint_in_order(app: Application) -> None:
    body = "\n".join(json.dumps({"text": text}) for text in TEXTS).encode()
    app.put(f"uploads/{MODEL}/guests.jsonl", body)
    answer = f"results/{MODEL}/guests.jsonl.output.jsonl"
    eventually(lambda: bool(app.keys(answer)), LIMIT_S)
    check(lines(app, answer))
    assert app.keys("results/endpoint/"), "nothing came from the endpoint"


def test_a_batch_that_is_submitted_comes_back_from_the_endpoint(app: Application) -> None:
    app.put("inputs/guests.csv", "\n".join(["text", *TEXTS]).encode())
    uri = f"s3://{app.resources['DataBucket']}/inputs/guests.csv"
    job = {"model": MODEL, "input_uri": uri, "content_type": "text/csv", "batch": True}
    name = app.http("POST", "/v1/jobs", job)["id"]
    ended = app.ended(name, LIMIT_S)
    assert ended["state"] == "succeeded", ended
    assert ended["batch"]["rows"] == ROWS
    check(lines(app, f"results/{name}/output.jsonl"))


def test_the_models_folder_is_as_it_was() -> None:
    assert 'lane = "light"' in Path(ROOT / "models/minilm/model.toml").read_text("utf-8")
