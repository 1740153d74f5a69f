"""Classify and classifiers at each door: labels of the request, and labels that are kept."""

import hashlib
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from samovar.adapters.clock import SystemClock
from samovar.edges.hot import HotDoor
from samovar.edges.http import build_app
from samovar.edges.observe import Observer
from samovar.serve import plain_app
from samovar.service import Service
from samovar.settings import Settings
from samovar.wiring import build_service
from starlette.testclient import TestClient

from tests.doors.job_house import JobHouse
from tests.doors.test_plain_same_bytes import warm
from tests.gateway_events import answer_body, http_event
from tests.tiny_embedder import write_sense
from tests.tiny_models import write_models

LABELS = {"labels": ["drink", "money"], "examples": [{"text": "a cup of tea", "label": "drink"}]}
LABELS["examples"].append({"text": "a loan of the bank", "label": "money"})
ASKED = {"model": "sense", **LABELS, "input": "coffee"}
SAVED = {"name": "things", "model": "sense", **LABELS}
MINE = {"x-request-id": "mine"}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sense(write_models(tmp_path_factory.mktemp("written") / "models"))


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    for name in ("sense", "mood"):
        shutil.copytree(written / name, tmp_path / "models" / name)
    return tmp_path / "models"


@pytest.fixture
def sense(folder: Path) -> Service:
    return build_service(Settings(models_dir=folder))


@pytest.fixture
def observer(folder: Path, tmp_path: Path) -> Iterator[Observer]:
    with (tmp_path / "log").open("w") as lines:
        yield Observer(Settings(models_dir=folder), SystemClock(), lines)


@pytest.fixture
def client(sense: Service, observer: Observer, folder: Path) -> TestClient:
    return TestClient(build_app(sense, Settings(models_dir=folder), observer))


def test_a_text_has_the_label_whose_examples_it_is_like(client: TestClient) -> None:
    answer = client.post("/v1/classify", json=ASKED, headers=MINE).json()
    assert (answer["id"], answer["model"], answer["version"]) == ("mine", "sense", "1")
    assert answer["label"] == "drink"
    assert [each["label"] for each in answer["probabilities"]] == ["drink", "money"]
    assert answer["score"] == answer["probabilities"][0]["score"] > 0.8
    assert answer["left_out"] == {"rows": 0, "accuracy": None, "log_loss": None}
    assert "known" not in answer


def test_several_texts_have_predictions_in_their_order(client: TestClient) -> None:
    said = ASKED | {"input": ["an invoice", "a samovar"], "top_k": 1}
    answer = client.post("/v1/classify", json=said).json()
    assert [each["label"] for each in answer["predictions"]] == ["money", "drink"]
    assert [len(each["probabilities"]) for each in answer["predictions"]] == [1, 1]


def test_names_alone_are_enough_where_they_say_something(client: TestClient) -> None:
    labels = [{"name": "A", "description": "tea and coffee"}, {"name": "B", "description": "loan"}]
    answer = client.post("/v1/classify", json={"labels": labels, "input": ["bank", "cup"]}).json()
    assert answer["model"] == "sense", "the deployment's own, where none is named"
    assert [each["label"] for each in answer["predictions"]] == ["B", "A"]


def test_a_text_like_none_of_the_examples_may_be_unknown(client: TestClient) -> None:
    more = [{"text": "a cup of coffee", "label": "drink"}, {"text": "the price", "label": "money"}]
    said = ASKED | {"examples": [*LABELS["examples"], *more], "unknown": True}
    said["input"] = ["coffee", "water the rose"]
    known, unknown = client.post("/v1/classify", json=said).json()["predictions"]
    assert (known["label"], unknown["label"]) == ("drink", None)
    assert known["known"] > 0.05 > unknown["known"]
    assert unknown["probabilities"], "what it would be, if it had to be one of them"


def test_every_door_answers_with_the_same_bytes(
    client: TestClient, sense: Service, observer: Observer, folder: Path, context: Any
) -> None:
    door = HotDoor(sense, Settings(models_dir=folder), observer)
    event = http_event("POST", "/v1/classify", orjson.dumps(ASKED), MINE)
    wide = client.post("/v1/classify", json=ASKED, headers=MINE).content
    assert answer_body(door(event, context())) == wide
    with warm(plain_app(Settings(models_dir=folder), observer=observer)) as plain:
        assert plain.post("/v1/classify", json=ASKED, headers=MINE).content == wide


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed_body"),
        (b"[]", 400, "malformed_body"),
        (orjson.dumps(ASKED | {"input": None}), 400, "missing_tensor"),
        (orjson.dumps(ASKED | {"labels": ["a", "a"]}), 400, "duplicate_name"),
        (orjson.dumps(ASKED | {"labels": [f"l{at}" for at in range(10_000)]}), 413, None),
        (orjson.dumps(ASKED | {"labels": ["one"], "examples": None}), 400, "invalid_input"),
        (orjson.dumps(ASKED | {"labels": ["drink", "sport"]}), 400, "invalid_input"),
        (orjson.dumps(ASKED | {"model": "nobody"}), 404, "model_not_found"),
        (orjson.dumps(ASKED | {"model": "mood"}), 400, "invalid_input"),
        (orjson.dumps(ASKED | {"model": 7}), 400, "invalid_input"),
        (orjson.dumps(ASKED | {"unknown": 2}), 400, "invalid_input"),
        (orjson.dumps(ASKED | {"unknown": "yes"}), 400, "invalid_input"),
        (orjson.dumps(ASKED | {"top_k": 0}), 400, "wrong_datatype"),
        (orjson.dumps(ASKED | {"lables": []}), 400, "invalid_input"),
        (orjson.dumps(ASKED | {"input": "x" * 1_000_001}), 413, "payload_too_large"),
        (b'{"input": "\xff"}', 400, "malformed_body"),
    ],
)
def test_what_is_wrong_is_told_as_the_house_tells_it(
    client: TestClient, body: bytes, status: int, code: str | None
) -> None:
    answer = client.post("/v1/classify", content=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code or "payload_too_large")


def test_one_label_is_enough_to_tell_what_is_not_of_it(client: TestClient) -> None:
    said = {"labels": ["drink"], "unknown": True, "input": ["tea", "visa"]}
    said["examples"] = [{"text": t, "label": "drink"} for t in ("tea", "coffee cup", "samovar")]
    answer = client.post("/v1/classify", json=said).json()
    assert [each["label"] for each in answer["predictions"]] == ["drink", None]


def test_saved_labels_are_a_model_like_any_other(client: TestClient) -> None:
    made = client.post("/v1/classifiers", json=SAVED | {"title": "Things"})
    assert (made.status_code, made.headers["location"]) == (201, "/v1/classifiers/things")
    assert made.json()["encoder"] == {"model": "sense", "version": "1"}
    assert made.json()["labels"][0] == {"name": "drink", "description": "", "examples": 1}
    asked = client.post("/v1/classify", json=ASKED).json()
    answer = client.post("/v1/models/things/predict", json={"text": "coffee"}).json()
    assert (answer["model"], answer["version"]) == ("things", "1")
    assert answer["label"] == asked["label"] == "drink"
    assert answer["score"] == pytest.approx(asked["score"], abs=1e-6)
    listed = {each["id"]: each for each in client.get("/v1/models").json()["data"]}
    assert listed["things"]["task"] == "text-classification"
    assert listed["things"]["title"] == "Things"
    assert client.get("/v1/models/things").json()["ready"]
    outputs = client.get("/v2/models/things").json()["outputs"]
    assert outputs[0] == {"name": "probabilities", "datatype": "FP32", "shape": [-1, 2]}
    assert "/v1/models/things/predict" in client.get("/openapi.json").json()["paths"]


def test_saved_labels_answer_over_tensors(client: TestClient) -> None:
    client.post("/v1/classifiers", json=SAVED)
    text = {"name": "text", "datatype": "BYTES", "shape": [2], "data": ["coffee", "bank"]}
    wanted = [{"name": "probabilities"}]
    said = {"inputs": [text], "outputs": wanted}
    answer = client.post("/v2/models/things/infer", json=said).json()
    (output,) = answer["outputs"]
    assert output["shape"] == [2, 2]
    assert output["data"][0] > 0.8
    assert output["data"][2] < 0.2
    said["outputs"] = [{"name": "vector"}]
    answer = client.post("/v2/models/things/infer", json=said).json()
    assert [each["name"] for each in answer["outputs"]] == ["vector"], "the encoder's own"


def test_a_change_is_answered_at_once_and_the_old_version_stays(client: TestClient) -> None:
    client.post("/v1/classifiers", json=SAVED)
    predict = "/v1/models/things/predict"
    assert client.post(predict, json={"text": "train"}).json()["version"] == "1"
    labels = {"labels": ["drink", "money", "travel"], "examples": LABELS["examples"]}
    labels["examples"] = [*labels["examples"], {"text": "a train ticket", "label": "travel"}]
    changed = client.put("/v1/classifiers/things", json=labels)
    assert (changed.status_code, changed.json()["versions"]) == (200, ["1", "2"])
    answer = client.post(predict, json={"text": "train"}).json()
    assert (answer["version"], answer["label"]) == ("2", "travel")
    old = client.post("/v1/models/things/versions/1/predict", json={"text": "train"}).json()
    assert [each["label"] for each in old["probabilities"]] != ["travel"]
    again = client.put("/v1/classifiers/things", json=labels)
    assert again.json()["version"] == "2", "what changes nothing is no version"


def test_what_is_deleted_is_gone_and_may_be_made_anew(client: TestClient) -> None:
    client.post("/v1/classifiers", json=SAVED)
    client.post("/v1/models/things/predict", json={"text": "train"})
    assert client.delete("/v1/classifiers/things").json()["deleted"] is True
    for path in ("/v1/classifiers/things", "/v1/models/things"):
        assert client.get(path).status_code == 404
    assert client.post("/v1/models/things/predict", json={"text": "a"}).status_code == 404
    assert client.delete("/v1/classifiers/things").json()["code"] == "model_not_found"
    other = SAVED | {"labels": ["money", "drink"]}
    assert client.post("/v1/classifiers", json=other).json()["version"] == "2"
    answer = client.post("/v1/models/things/predict", json={"text": "tea"}).json()
    assert (answer["version"], answer["label"]) == ("2", "drink")


def test_classifiers_are_listed_and_shown(client: TestClient) -> None:
    client.post("/v1/classifiers", json=SAVED | {"unknown": 0.1, "description": "A try."})
    (listed,) = client.get("/v1/classifiers").json()["data"]
    assert listed["id"] == "things"
    shown = client.get(listed["links"]["self"]).json()
    assert (shown["unknown"], shown["description"]) == (0.1, "A try.")
    assert client.post(shown["links"]["predict"], json={"text": "visa"}).json()["known"] < 1


@pytest.mark.parametrize(
    ("method", "path", "said", "status", "code"),
    [
        ("POST", "", SAVED | {"name": "sense"}, 409, "model_exists"),
        ("POST", "", SAVED | {"name": "../x"}, 400, "invalid_input"),
        ("POST", "", LABELS, 400, "missing_tensor"),
        ("POST", "", SAVED | {"input": "x"}, 400, "invalid_input"),
        ("POST", "", SAVED | {"title": 1}, 400, "wrong_datatype"),
        ("POST", "", SAVED | {"description": {}}, 400, "wrong_datatype"),
        ("POST", "", SAVED | {"name": "2024"}, 400, "invalid_input"),
        ("POST", "", SAVED | {"labels": ["a"], "examples": None}, 400, "invalid_input"),
        ("PUT", "/sense", LABELS, 409, "model_exists"),
        ("PUT", "/a%2Fb", LABELS, 400, "invalid_input"),
        ("PUT", "/-a", LABELS, 400, "invalid_input"),
        ("PUT", "/things", SAVED | {"name": "other"}, 400, "invalid_input"),
        ("GET", "/sense", None, 404, "model_not_found"),
        ("GET", "/nobody", None, 404, "model_not_found"),
        ("DELETE", "/sense", None, 404, "model_not_found"),
        ("PATCH", "/sense", None, 405, "method_not_allowed"),
    ],
)
def test_what_cannot_be_saved_is_refused(
    client: TestClient, method: str, path: str, said: Any, status: int, code: str
) -> None:
    answer = client.request(method, f"/v1/classifiers{path}", json=said)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_saved_labels_run_as_jobs_and_from_the_folder(
    client: TestClient, folder: Path, observer: Observer
) -> None:
    client.post("/v1/classifiers", json=SAVED)
    house = JobHouse(folder, observer)
    jobs = TestClient(house.app)
    rows = {"rows": [{"text": "coffee"}, {"text": "bank"}]}
    job = jobs.post("/v1/jobs", json={"model": "things", "input": rows}).json()
    house.work()
    answer = jobs.get(f"/v1/jobs/{job['id']}/result").json()
    assert [each["label"] for each in answer["predictions"]] == ["drink", "money"]
    assert jobs.get("/v1/classifiers").json()["code"] == "route_not_found", "it keeps none"


def test_labels_whose_encoder_has_changed_say_so(client: TestClient, folder: Path) -> None:
    client.post("/v1/classifiers", json=SAVED)
    lock = folder / "sense" / "model.lock"
    weights = folder / "sense" / "1" / "tokenizer.json"
    weights.write_bytes(weights.read_bytes() + b"\n")
    lines = lock.read_text().splitlines()
    lines[2] = f'"1/tokenizer.json" = "{hashlib.sha256(weights.read_bytes()).hexdigest()}"'
    lock.write_text("\n".join(lines) + "\n")
    fresh = build_service(Settings(models_dir=folder))
    with TestClient(build_app(fresh, Settings(models_dir=folder), _quiet(folder))) as other:
        answer = other.post("/v1/models/things/predict", json={"text": "a"})
    assert (answer.status_code, answer.json()["code"]) == (424, "model_tampered")
    assert "save it again" in answer.json()["error"]


def _quiet(folder: Path) -> Observer:
    return Observer(Settings(models_dir=folder), SystemClock(), io.StringIO())


def test_the_document_says_how_classifiers_are_asked(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    components = {"components": document["components"]}
    for path, verb, status in (
        ("/v1/classify", "post", 200),
        ("/v1/classifiers", "post", 201),
        ("/v1/classifiers", "get", 200),
        ("/v1/classifiers/{model}", "put", 200),
        ("/v1/classifiers/{model}", "get", 200),
        ("/v1/classifiers/{model}", "delete", 200),
    ):
        operation = document["paths"][path][verb]
        media = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        if media:
            jsonschema.validate(media["example"], media["schema"] | components)
        at = path.replace("{model}", "priority")
        answer = client.request(verb, at, json=media.get("example"))
        assert answer.status_code == status, answer.text
        said = operation["responses"][str(status)]["content"]["application/json"]["schema"]
        jsonschema.validate(answer.json(), said | components)
