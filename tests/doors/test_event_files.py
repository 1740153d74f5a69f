"""Every file in events/ gives what its name says, through the function's own handler."""

import json
from functools import cache

import pytest
from samovar import wiring, wiring_stream
from samovar.errors import SamovarError

from tests.doors.conftest import event_loop
from tests.house.template_file import ROOT

EVENTS = sorted((ROOT / "events").glob("*/*.json"))
HANDLERS = {
    "infer": wiring.hot_handler,
    "http_api": wiring.http_handler,
    "stream": wiring_stream.stream_handler,
    "direct": wiring.direct_handler,
}


@pytest.fixture(autouse=True)
def _loop():
    with event_loop():
        yield


def named(path):
    return f"{path.parent.name}/{path.stem}"


@cache
def handler(function):
    return HANDLERS[function]({"SAMOVAR_MODELS_DIR": str(ROOT / "models")})


def is_refused(path):
    return not path.stem.split("-")[0].islower()


def outcomes(*functions):
    return [path for path in EVENTS if path.parent.name in functions]


@pytest.mark.parametrize("path", outcomes("infer", "http_api", "stream"), ids=named)
def test_an_http_event_gives_the_status_in_its_name_or_200(path, function_context):
    answer = handler(path.parent.name)(json.loads(path.read_text()), function_context)
    if is_refused(path):
        assert answer["statusCode"] == int(path.stem.split("-")[0])
        assert set(json.loads(answer["body"])) == {"error", "code"}
    else:
        assert answer["statusCode"] == 200, answer["body"]


@pytest.mark.parametrize("path", outcomes("direct"), ids=named)
def test_a_direct_event_is_answered_or_raises_the_error_in_its_name(path, function_context):
    event = json.loads(path.read_text())
    if is_refused(path):
        with pytest.raises(SamovarError) as raised:
            handler("direct")(event, function_context)
        assert type(raised.value).__name__ == path.stem.split("-")[0]
        assert raised.value.message
    else:
        assert handler("direct")(event, function_context)


@pytest.fixture
def function_context():
    """What Lambda hands over beside the event, as far as a door may look at it."""

    class Context:
        aws_request_id = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
        function_name = "samovar-test"
        invoked_function_arn = "arn:aws:lambda:eu-central-1:000000000000:function:samovar-test"
        memory_limit_in_mb = 1769

    return Context()
