"""The events are what they say: named by their outcome, listed, and in the gateway's shape."""

import json
import re

import pytest
from samovar import errors

from tests.house.template_file import API, ROOT, resources

EVENTS = ROOT / "events"
FILES = sorted(EVENTS.glob("*/*.json"))
HTTP = [path for path in FILES if path.parent.name != "direct"]
ROUTES = {route["RouteKey"] for route in resources("AWS::ApiGatewayV2::Route", API).values()}


def named(path):
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_refused_event_is_named_by_its_outcome(path):
    outcome = path.stem.split("-")[0]
    if path.parent.name == "direct":
        assert outcome.islower() or issubclass(getattr(errors, outcome), errors.SamovarError)
    else:
        assert outcome.isalpha() or re.fullmatch(r"[45]\d\d", outcome)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_the_readme_says_what_an_event_shows(path):
    section = (EVENTS / "README.md").read_text().split(f"\n## {path.parent.name}:")[1]
    assert f"`{path.stem}`" in section.split("\n## ")[0]


@pytest.mark.parametrize("path", HTTP, ids=named)
def test_an_event_comes_by_a_route_of_the_template(path):
    event = json.loads(path.read_text())
    if event.get("version") == "2.0":
        assert event["routeKey"] in ROUTES
        assert event["requestContext"]["routeKey"] == event["routeKey"]


@pytest.mark.parametrize("path", FILES, ids=named)
def test_an_event_names_no_account(path):
    assert '"accountId": "anonymous"' in path.read_text() or "accountId" not in path.read_text()
