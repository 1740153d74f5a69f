"""The catalogue of models, and examples that work as they stand."""

import re
import shlex

import pytest
from starlette.testclient import TestClient

MODELS = ["affine", "echo", "gather", "halves", "mood", "price", "sums"]


def test_models_are_listed_in_the_envelope_that_openai_clients_read(client: TestClient) -> None:
    answer = client.get("/v1/models").json()
    assert answer["object"] == "list"
    assert [model["id"] for model in answer["data"]] == MODELS
    mood = answer["data"][MODELS.index("mood")]
    assert (mood["object"], mood["owned_by"], mood["created"]) == ("model", "samovar", 0)
    assert (mood["title"], mood["task"]) == ("Mood", "text-classification")
    assert (mood["lane"], mood["licence"], mood["versions"]) == ("light", "CC0-1.0", ["1"])
    assert mood["input"]["kind"] == "text"
    assert mood["ready"] is True
    assert answer["data"][MODELS.index("affine")]["versions"] == ["1", "2"]


def test_a_model_that_is_not_there_is_an_error_of_openais_and_of_the_house(
    client: TestClient,
) -> None:
    answer = client.get("/v1/models/nobody")
    said = answer.json()
    assert answer.status_code == 404
    assert "nobody" in said["error"]["message"]
    assert said["error"]["type"] == "invalid_request_error"
    assert said["code"] == said["error"]["code"] == "model_not_found"


@pytest.mark.parametrize("name", MODELS)
def test_a_models_links_lead_somewhere(client: TestClient, name: str) -> None:
    links = client.get(f"/v1/models/{name}").json()["links"]
    assert client.get(links["self"]).json()["id"] == name
    assert client.get(links["metadata"]).json()["name"] == name
    for link in ("predict", "infer"):
        assert client.get(links[link]).status_code == 405


def test_a_models_page_has_all_that_is_known_of_it(client: TestClient) -> None:
    page = client.get("/v1/models/price").json()
    assert page["inputs"] == [{"name": "features", "datatype": "FP32", "shape": [-1, 2]}]
    assert page["outputs"] == [{"name": "total", "datatype": "FP32", "shape": [-1, 1]}]
    assert page["input"]["columns"] == ["rooms", "area"]
    assert page["limits"]["max_rows"] == 4096
    assert page["metrics"] == {}
    assert page["examples"][0]["expect"] == {"value": 80.0, "unit": "EUR"}
    assert client.get("/v1/models/affine/versions/1").json()["version"] == "1"
    assert client.get("/v1/models/affine").json()["version"] == "2"


@pytest.mark.parametrize("name", ["mood", "price"])
def test_the_command_of_an_example_gives_what_the_example_expects(
    client: TestClient, name: str
) -> None:
    for example in client.get(f"/v1/models/{name}").json()["examples"]:
        words = shlex.split(example["curl"])
        url, header, body = words[1], words[3], words[5]
        assert words[::2] == ["curl", "-H", "--data-binary"]
        answer = client.post(url, content=body, headers=dict([header.split(": ", 1)])).json()
        for field, value in example["expect"].items():
            assert answer[field] == (pytest.approx(value, abs=1e-3) if field != "label" else value)


def test_a_quote_in_an_example_stays_in_its_command(client: TestClient) -> None:
    command = client.get("/v1/models/mood").json()["examples"][1]["curl"]
    assert shlex.split(command)[-1] == '{"text":"poor"}'


def test_the_body_of_an_example_can_be_fetched_as_it_would_be_sent(client: TestClient) -> None:
    for example in client.get("/v1/models/mood").json()["examples"]:
        body = client.get(example["href"])
        assert body.headers["content-type"] == example["content_type"]
        assert body.text == example["body"]


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_load_nothing_from_elsewhere(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", page.text)
    assert "@import" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_manifest_cannot_put_script_into_a_page(client: TestClient) -> None:
    """Of what a manifest says the documentation has nothing: it draws openapi.json as text."""
    assert "Mood" not in client.get("/docs").text
    assert "innerHTML" not in client.get("/docs").text
    assert "<script" not in client.get("/").text


def test_the_landing_page_names_the_models_and_a_command(client: TestClient) -> None:
    page = client.get("/").text
    assert "7 models are here" in page
    assert 'href="docs#mood"' in page
    assert "/v1/models/mood/predict" in page
