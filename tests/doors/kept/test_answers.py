"""Kept answers at every door: what a request's headers ask for, what an answer's tell, the log."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
from openapi_spec_validator import validate
from samovar.adapters.directory import DirectoryStore
from samovar.edges.cache_line import CACHE_STATE
from samovar.edges.hot import HotDoor
from samovar.edges.messages import Response
from samovar.edges.turns import was_run
from samovar.service import Service
from samovar.settings import Settings
from samovar.types import Payload
from samovar.wiring import build_service
from starlette.testclient import TestClient

from tests.conftest import Log
from tests.doors.kept.asking import PREDICT, TEXT, ask, states
from tests.kept_models import Sent
from tests.kept_models import ask as ask_service


def test_an_answer_is_kept_and_tells_so_in_headers_and_in_the_log(hot: HotDoor, log: Log) -> None:
    first, again = ask(hot, x_request_id="one"), ask(hot, x_request_id="two")
    assert states(first, again) == ["miss", "hit"]
    assert orjson.loads(again["body"]) == {**orjson.loads(first["body"]), "id": "two"}
    assert first["headers"]["etag"] == again["headers"]["etag"]
    assert again["headers"]["age"] == "0"
    assert again["headers"]["cache-control"] == "private, max-age=60"
    lines = [line for line in log.lines() if line["message"] == "request"]
    assert [(line["cache"], line["cache_hits"], line["cache_misses"]) for line in lines] == [
        ("miss", 0, 1),
        ("hit", 1, 0),
    ]
    names = [metric["Name"] for metric in lines[1]["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
    assert names[-2:] == ["cache_hits", "cache_misses"]
    assert all("great" not in orjson.dumps(line).decode() for line in log.lines())


def test_no_store_looks_for_nothing_and_keeps_nothing(hot: HotDoor) -> None:
    answers = [ask(hot, cache_control="no-store") for _ in range(2)]
    assert states(*answers, ask(hot)) == ["bypass", "bypass", "miss"]
    assert "etag" not in answers[0]["headers"]
    assert states(ask(hot, cache_control="no-store")) == ["bypass"]


def test_no_cache_makes_the_answer_anew(hot: HotDoor) -> None:
    assert states(ask(hot), ask(hot, cache_control="no-cache"), ask(hot)) == ["miss", "miss", "hit"]


def test_only_if_cached_runs_nothing_and_is_no_fault_of_ours(hot: HotDoor, log: Log) -> None:
    refused = ask(hot, b"never asked", cache_control="only-if-cached")
    assert (refused["statusCode"], orjson.loads(refused["body"])["code"]) == (504, "not_kept")
    (line,) = [line for line in log.lines() if line["message"] == "request"]
    assert (line["level"], line["faults"]) == ("INFO", 0)
    ask(hot, b"never asked")
    assert states(ask(hot, b"never asked", cache_control="only-if-cached")) == ["hit"]


def test_who_has_the_answer_already_is_told_so(hot: HotDoor) -> None:
    tag = ask(hot)["headers"]["etag"]
    same, other = ask(hot, if_none_match=f'"x", {tag}'), ask(hot, if_none_match='"x"')
    assert (same["statusCode"], same["body"]) == (304, "")
    assert same["headers"]["etag"] == tag
    assert other["statusCode"] == 200


def test_a_refusal_is_never_kept(hot: HotDoor) -> None:
    bad = [ask(hot, b'{"text": 5}', content_type="application/json") for _ in range(2)]
    assert [answer["statusCode"] for answer in bad] == [400, 400]
    assert states(*bad) == ["", ""]
    unknown = ask(hot, path="/v1/models/mood/versions/9/predict")
    assert unknown["statusCode"] == 404


def test_both_doors_have_the_same_answers(hot: HotDoor, client: TestClient, log: Log) -> None:
    first = ask(hot, x_request_id="a")
    found = client.post(PREDICT, content=b"great", headers={**TEXT, "x-request-id": "a"})
    assert found.headers[CACHE_STATE] == "hit"
    assert found.text == first["body"]
    same = client.post(
        PREDICT, content=b"great", headers={**TEXT, "if-none-match": found.headers["etag"]}
    )
    assert (same.status_code, same.content) == (304, b"")
    (line,) = [line for line in log.lines() if line.get("status") == 304]
    assert (line["door"], line["cache"]) == ("http", "hit")


def test_a_model_without_a_cache_in_its_manifest_says_nothing_of_any(hot: HotDoor) -> None:
    body = b'{"inputs":[{"name":"indices","datatype":"INT64","shape":[1],"data":[1]}]}'
    answer = ask(hot, body, "/v2/models/gather/infer")
    assert answer["statusCode"] == 200
    assert not {CACHE_STATE, "age", "etag", "cache-control"} & answer["headers"].keys()


@pytest.mark.parametrize("cache", ["off", "process"])
def test_a_deployment_may_keep_nothing_at_all(folder: Path, log: Log, cache: str) -> None:
    settings = Settings(models_dir=folder, response_cache=cache)
    door = HotDoor(build_service(settings), settings, log.observer)
    wanted = ["", ""] if cache == "off" else ["miss", "hit"]
    assert states(ask(door), ask(door)) == wanted


@pytest.mark.parametrize(
    ("state", "counts"), [("hit", False), ("hit-2", False), ("miss", True), ("", True)]
)
def test_a_kept_answer_does_not_make_its_model_look_quick(state: str, counts: bool) -> None:
    headers = {CACHE_STATE: state} if state else {}
    assert was_run(Response(200, b"", headers=headers)) == counts


def test_the_openapi_document_tells_of_kept_answers_where_there_are_any(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    validate(document)
    kept, plain = (document["paths"][f"/v1/models/{m}/predict"]["post"] for m in ("mood", "gather"))
    names = {parameter["name"] for parameter in kept["parameters"]}
    assert names >= {"Cache-Control", "If-None-Match"}
    assert CACHE_STATE in kept["responses"]["200"]["headers"]
    assert {"304", "504"} <= kept["responses"].keys()
    assert not {"304", "504"} & plain["responses"].keys()


def test_a_burst_of_one_question_is_one_run(kept: Service) -> None:
    asked, go = [], threading.Event()
    run = kept.predict

    class Slow(Service):
        """A service whose model takes its time."""

        def predict(self, model: str, version: str, payload: Payload) -> Payload:
            asked.append(payload.request_id)
            go.wait(10)
            return run(model, version, payload)

        def opened(self, model: str, version: str) -> Any:
            return kept.opened(model, version)

    slow = Slow(DirectoryStore(Path()), kept, kept.cache)  # type: ignore[arg-type]  # no host is asked
    slow.spec, slow.newest = kept.spec, kept.newest  # type: ignore[method-assign]  # as its own
    sent = [Sent(PREDICT, b"a burst", TEXT, f"id-{n}") for n in range(6)]
    with ThreadPoolExecutor(6) as threads:
        coming = [threads.submit(ask_service, slow, one) for one in sent]
        while kept.cache is None or kept.cache.waiting() < 5:
            time.sleep(0.001)
        go.set()
        answers = [each.result() for each in coming]
    assert len(asked) == 1
    assert sorted(each.headers[CACHE_STATE] for each in answers) == ["hit"] * 5 + ["miss"]
    names = [orjson.loads(each.body)["id"] for each in answers]
    assert names == [one.request_id for one in sent], "each has its own id"
