"""The heavy lane on the running twin: each door, the queue, the endpoint from zero, and back."""

import json
from collections.abc import Iterator

import pytest
from samovar_cli.twin.application import from_json

from tests.twin.heavy_models import HEAVY, heavy_models
from tests.twin.running_application import MINISTACK, TO_DO, Application, eventually, start

pytestmark = [
    pytest.mark.twin,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("heavy"),
    pytest.mark.skipif(
        not MINISTACK.exists(), reason="make .venvs/.stamps/ministack sets up the AWS emulator"
    ),
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    folder = tmp_path_factory.mktemp("heavy")
    running = start(folder / "state", "--models", str(heavy_models(folder / "models")))
    yield running
    running.twin.end()


def test_a_heavy_job_wakes_the_endpoint_and_comes_back_with_its_result(app: Application) -> None:
    eventually(lambda: "endpoint samovar-twin for heavy models: asleep" in app.twin.output)
    assert "awake" not in app.twin.output
    name = app.submit(model=HEAVY)
    job = app.ended(name)
    assert (job["state"], job["attempt"], job["lane"]) == ("succeeded", 1, "heavy")
    result = app.http("GET", f"/v1/jobs/{name}/result")
    assert (result["model"], len(result["embedding"])) == (HEAVY, 384)
    assert app.keys(f"results/endpoint/{name}/") == [f"results/endpoint/{name}/1.out"]
    eventually(lambda: "endpoint samovar-twin: awake" in app.twin.output)


def test_a_heavy_models_predict_is_answered_later(app: Application) -> None:
    made = app.http("POST", f"/v1/models/{HEAVY}/predict", {"text": TO_DO})
    assert app.ended(made["id"])["state"] == "succeeded"


def test_an_upload_for_a_heavy_model_is_answered_beside_its_name(app: Application) -> None:
    app.put(f"uploads/{HEAVY}/to do.txt", TO_DO.encode())
    answer = f"results/{HEAVY}/to do.txt.json"
    eventually(lambda: bool(app.keys(answer)))
    assert app.object(answer)["model"] == HEAVY


def test_an_input_at_fault_fails_its_job_with_the_containers_code(app: Application) -> None:
    name = app.submit(model=HEAVY, input={"image": "AAAA"})
    job = app.ended(name)
    assert (job["state"], job["attempt"]) == ("failed", 1)
    assert job["error"]["code"] == "unknown_tensor"
    assert app.keys(f"results/endpoint/{name}/") == []


def test_light_models_go_on_answering_in_functions(app: Application) -> None:
    name = app.submit()
    assert (app.ended(name)["state"], app.job(name)["lane"]) == ("succeeded", "light")


def test_duplicate_messages_of_a_heavy_job_call_the_endpoint_once(app: Application) -> None:
    name = app.submit(model=HEAVY)
    for _ in range(5):
        app.send(json.dumps({"job": name}), "HeavyQueue")
    assert app.ended(name)["attempt"] == 1
    eventually(lambda: app.depth("HeavyQueue") == 0)
    assert app.keys(f"results/endpoint/{name}/") == [f"results/endpoint/{name}/1.out"]


def test_queues_are_polled_as_their_mappings_say_and_by_nobody_else(app: Application) -> None:
    record = json.loads((app.twin.state / "aws" / "stack.json").read_text("utf-8"))
    mappings = from_json(record["application"]).mappings
    worker = next(each for each in mappings if each.function == "JobWorkerFunction")
    assert (worker.batch, worker.window_s, worker.partial) == (32, 1.0, True)
    own = app.aws("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert len(own) == len(mappings)
    assert {entry["State"] for entry in own} == {"Disabled"}
