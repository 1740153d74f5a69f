"""Collections over HTTP: through each door, with the errors that clients can act on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from mangum import Mangum
from samovar.adapters.clock import SystemClock
from samovar.edges.http import build_app
from samovar.edges.observe import Observer
from samovar.edges.plain import PlainDoor
from samovar.frozen import replace
from samovar.settings import Settings
from samovar.wiring import build_service
from starlette.testclient import TestClient

from tests.doors.conftest import event_loop
from tests.gateway_events import answer_body, http_event
from tests.tiny_embedder import write_sense

DOCUMENTS = [
    {"id": "t", "text": "tea from the samovar", "metadata": {"kind": "drink"}},
    {"id": "l", "text": "a loan of the bank", "metadata": {"kind": "money"}},
    {"id": "w", "text": "water the rose"},
]
AT = "/v1/collections/notes"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sense(tmp_path_factory.mktemp("models"))


@pytest.fixture
def settings(models: Path, tmp_path: Path) -> Settings:
    return Settings(models_dir=models, collections_dir=tmp_path / "collections")


@pytest.fixture
def observer(settings: Settings, tmp_path: Path) -> Iterator[Observer]:
    with (tmp_path / "log").open("w") as lines:
        yield Observer(settings, SystemClock(), lines)


@pytest.fixture(params=["wide", "plain"])
def client(
    request: pytest.FixtureRequest, settings: Settings, observer: Observer
) -> Iterator[TestClient]:
    service = build_service(settings)
    if request.param == "wide":
        yield TestClient(build_app(service, settings, observer))
        return
    with TestClient(PlainDoor(service, settings, observer, lambda: None)) as plain:
        while plain.get("/v2/health/ready").status_code != 200:
            pass
        yield plain


def put(client: TestClient, **more: Any) -> Any:
    headers = more.pop("headers", {})
    return client.put(AT, json={"documents": DOCUMENTS, **more}, headers=headers)


def search(client: TestClient, **said: Any) -> Any:
    return client.post(f"{AT}/search", json={"query": "coffee", **said})


def test_a_collection_is_put_shown_listed_searched_changed_and_deleted(client: TestClient) -> None:
    made = put(client, precision="int8")
    shown = made.json()
    assert made.headers["etag"] == f'"{shown["version"]}"'
    assert (shown["model"], shown["precision"], shown["dimensions"]) == ("sense", "int8", 16)
    assert (shown["documents"], shown["passages"]) == (3, 3)
    assert client.get(AT).json() == shown
    (listed,) = client.get("/v1/collections").json()["data"]
    assert listed == {"name": "notes", "bytes": shown["bytes"], "version": shown["version"]}
    found = search(client, top_k=1).json()
    assert found["collection"] == "notes"
    assert found["usage"] == {"prompt_tokens": 1, "total_tokens": 1}
    (best,) = found["results"]
    assert (best["id"], best["text"]) == ("t", DOCUMENTS[0]["text"])
    assert best["metadata"] == {"kind": "drink"}
    more = {"documents": [{"id": "c", "text": "coffee"}], "delete": ["t"]}
    changed = client.post(f"{AT}/documents", json=more).json()
    assert (changed["documents"], changed["version"] != shown["version"]) == (3, True)
    assert [one["id"] for one in search(client, top_k=1).json()["results"]] == ["c"]
    assert client.delete(AT).json() == {"name": "notes", "deleted": True}
    for gone in (client.get(AT), client.delete(AT), search(client)):
        assert (gone.status_code, gone.json()["code"]) == (404, "collection_not_found")
    assert client.get("/v1/collections").json() == {"object": "list", "data": []}


def test_documents_are_read_back_as_they_were_sent(client: TestClient) -> None:
    put(client)
    first = client.get(f"{AT}/documents?limit=2").json()
    assert (len(first["data"]), first["has_more"]) == (2, True)
    rest = client.get(f"{AT}/documents?after={first['data'][-1]['id']}").json()
    assert rest["has_more"] is False
    sent = [{"metadata": {}, **document} for document in DOCUMENTS]
    assert first["data"] + rest["data"] == sent
    for wrong in ("limit=0", "limit=x", "limit=1001", "limit=99999999999", "after=nobody"):
        assert client.get(f"{AT}/documents?{wrong}").status_code == 400


def test_writers_are_held_to_the_version_that_they_name(client: TestClient) -> None:
    first = put(client, headers={"if-none-match": "*"})
    assert first.status_code == 200
    for headers in ({"if-none-match": "*"}, {"if-match": '"other"'}):
        late = put(client, headers=headers)
        assert (late.status_code, late.json()["code"]) == (409, "collection_conflict")
    tag = {"if-match": first.headers["etag"]}
    assert client.post(f"{AT}/documents", json={"delete": ["t"]}, headers=tag).status_code == 200
    late = client.post(f"{AT}/documents", json={"delete": ["l"]}, headers=tag)
    assert (late.status_code, late.json()["code"]) == (409, "collection_conflict")
    for headers in (
        {"if-none-match": '"x"'},
        {"if-match": ""},
        {"if-none-match": ""},
        {"if-match": '"x"', "if-none-match": "*"},
    ):
        assert put(client, headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "said", "status", "code"),
    [
        ("PUT", "/v1/collections/Notes", {"documents": ["x"]}, 400, "invalid_input"),
        ("PUT", "/v1/collections/..%2Fx", {"documents": ["x"]}, 400, "invalid_input"),
        ("GET", "/v1/collections/..%2F..%2Fx", None, 400, "invalid_input"),
        ("PUT", AT, {"documents": []}, 400, "invalid_input"),
        ("PUT", AT, {"documents": ["x"], "model": "nobody"}, 404, "model_not_found"),
        ("PUT", AT, {"documents": ["x"], "precision": "bit"}, 400, "invalid_input"),
        ("PUT", AT, {"documents": ["x", "x"]}, 400, "duplicate_name"),
        ("PUT", AT, [], 400, "malformed_body"),
        ("POST", f"{AT}/documents", {}, 404, "collection_not_found"),
        ("POST", f"{AT}/search", {"query": ""}, 400, "invalid_input"),
        ("POST", AT, {}, 405, "method_not_allowed"),
        ("PATCH", AT, {}, 405, "method_not_allowed"),
    ],
)
def test_what_is_wrong_says_so_with_a_code(
    client: TestClient, method: str, path: str, said: Any, status: int, code: str
) -> None:
    answer = client.request(method, path, json=said)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_a_server_without_a_place_for_them_says_how_it_gets_one(
    settings: Settings, observer: Observer
) -> None:
    settings = replace(settings, collections_dir=None)
    client = TestClient(build_app(build_service(settings), settings, observer))
    for answer in (client.get("/v1/collections"), put(client), client.delete(AT)):
        assert (answer.status_code, answer.json()["code"]) == (404, "collections_not_configured")
        assert "SAMOVAR_COLLECTIONS_DIR" in answer.json()["error"]


def test_a_gateways_event_is_answered_alike(
    settings: Settings, observer: Observer, context: Any
) -> None:
    app = build_app(build_service(settings), settings, observer)
    with event_loop():
        door = Mangum(app, lifespan="off")
        door(http_event("PUT", AT, orjson.dumps({"documents": DOCUMENTS})), context())
        event = http_event("POST", f"{AT}/search", b'{"query": "coffee", "top_k": 1}')
        found = orjson.loads(answer_body(door(event, context())))
    assert found["results"][0]["id"] == "t"


def test_nothing_of_a_document_or_a_query_is_logged(
    client: TestClient, observer: Observer, tmp_path: Path
) -> None:
    client.put(AT, json={"documents": [{"id": "secret-id", "text": "secret tea"}]})
    client.post(f"{AT}/search", json={"query": "secret coffee"})
    written = (tmp_path / "log").read_text()
    assert "secret" not in written
