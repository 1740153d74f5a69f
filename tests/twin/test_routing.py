"""Which route a request takes: API Gateway's precedence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar_cli.twin.application import Route
from samovar_cli.twin.routing import Router

KEYS = [
    "$default",
    "ANY /{proxy+}",
    "GET /{proxy+}",
    "GET /pets/{id}",
    "GET /pets/dog/1",
    "ANY /pets/dog/{id}",
    "POST /pets/{proxy+}",
    "GET /v2/models/stats",
    "GET /v2/models/{model}",
    "POST /v2/models/{model}/infer",
    "POST /v2/models/{model}/versions/{version}/infer",
]
ROUTER = Router(Route(key, key) for key in KEYS)


@pytest.mark.parametrize(
    ("method", "path", "key"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1"),
        ("POST", "/pets/dog/1", "ANY /pets/dog/{id}"),
        ("GET", "/pets/dog/2", "ANY /pets/dog/{id}"),
        ("GET", "/pets/cat", "GET /pets/{id}"),
        ("GET", "/pets/cat/7", "GET /{proxy+}"),
        ("POST", "/pets/cat/7", "POST /pets/{proxy+}"),
        ("PUT", "/pets/cat/7", "ANY /{proxy+}"),
        ("GET", "/v2/models/stats", "GET /v2/models/stats"),
        ("GET", "/v2/models/other", "GET /v2/models/{model}"),
        ("POST", "/v2/models/a/infer", "POST /v2/models/{model}/infer"),
        (
            "POST",
            "/v2/models/a/versions/3/infer",
            "POST /v2/models/{model}/versions/{version}/infer",
        ),
        ("DELETE", "/", "$default"),
    ],
)
def test_the_most_specific_route_takes_the_request(method: str, path: str, key: str) -> None:
    match = ROUTER.match(method, path)
    assert match is not None
    assert match.route.key == key


@pytest.mark.parametrize(
    ("key", "path", "parameters"),
    [
        ("GET /a/{one}/b/{two}", "/a/x/b/y", {"one": "x", "two": "y"}),
        ("GET /{proxy+}", "/a/b/c", {"proxy": "a/b/c"}),
        ("GET /files/{rest+}", "/files/a/b", {"rest": "a/b"}),
        ("GET /{name}", "/a%20b%2Fc", {"name": "a b/c"}),
    ],
)
def test_variables_hold_what_the_path_has_in_their_place(
    key: str, path: str, parameters: dict[str, str]
) -> None:
    match = Router([Route(key, "f")]).match("GET", path)
    assert match is not None
    assert match.path_parameters == parameters


@pytest.mark.parametrize("path", ["/a", "/a/", "/a/b/c", "/b/x", "/"])
def test_another_path_takes_no_route(path: str) -> None:
    assert Router([Route("GET /a/{x}", "f")]).match("GET", path) is None


def test_another_method_takes_no_route() -> None:
    assert Router([Route("GET /a", "f")]).match("POST", "/a") is None


@given(st.sampled_from(["GET", "POST", "PUT"]), st.text("/abc%2F{}", max_size=20))
def test_the_default_route_takes_whatever_is_left(method: str, path: str) -> None:
    assert ROUTER.match(method, f"/{path}") is not None


@given(st.permutations(KEYS))
def test_the_order_in_the_template_changes_nothing(keys: list[str]) -> None:
    match = Router(Route(key, key) for key in keys).match("GET", "/pets/dog/1")
    assert match is not None
    assert match.route.key == "GET /pets/dog/1"
