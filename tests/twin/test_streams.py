"""`samovar up` streams: OpenAI's own client, our runtime client, both kinds of door."""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import pytest

from tests.clients.test_strangers import cases, judge
from tests.tiny_generation import write_babble
from tests.twin.running import ROOT, RunningTwin

pytestmark = [
    pytest.mark.slow,
    pytest.mark.twin,
    pytest.mark.xdist_group("streams"),
    pytest.mark.timeout(200),
]
CHAT = "/v1/chat/completions"
CASES = cases("openai_text_cases.py")


@pytest.fixture(scope="module", params=["url", "rest"])
def twin(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningTwin]:
    """A twin over a model of made-up weights, with a door of each kind."""
    folder = tmp_path_factory.mktemp("streams")
    models = write_babble(folder / "models", context=3000)
    options = ("--no-gpu", "--no-reload", "--models", str(models), "--streaming", request.param)
    running = RunningTwin(ROOT, folder / "state", *options)
    yield running
    running.end()


@contextmanager
def answer(url: str, path: str, sent: object = None) -> Iterator[http.client.HTTPResponse]:
    """An answer, of which nothing but the head has been read; leaving hangs up."""
    at = urlsplit(url)
    connection = http.client.HTTPConnection(at.netloc, timeout=60)
    with closing(connection):
        body = json.dumps(sent) if sent else None
        connection.request("POST" if sent else "GET", at.path + path, body)
        with connection.getresponse() as found:
            yield found


def chat(**more: object) -> dict[str, object]:
    return {"model": "babble", "messages": [{"role": "user", "content": "hello"}], **more}


@pytest.mark.parametrize("case", CASES)
def test_openais_client_talks_to_the_streaming_door(twin: RunningTwin, case: str) -> None:
    if twin.stream_url.endswith("/live") and case != CASES[0]:
        pytest.skip("what is behind both doors is one function")
    judge("clients", "openai_text_cases.py", twin.stream_url, case)


def test_the_http_api_answers_the_same_text_at_once(twin: RunningTwin) -> None:
    found = []
    for url in (twin.url, twin.stream_url):
        with answer(url, CHAT, chat(max_tokens=5)) as said:
            found.append(json.loads(said.read())["choices"])
    assert found[0] == found[1]


def test_a_client_that_hangs_up_ends_the_work_and_the_next_is_answered(twin: RunningTwin) -> None:
    with answer(twin.stream_url, CHAT, chat(stream=True, max_tokens=180)) as said:
        assert said.read(6) == b"data: "
    deadline = time.monotonic() + 20
    while '"status":499' not in log(twin) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert '"status":499' in log(twin)
    with answer(twin.stream_url, CHAT, chat(stream=True, max_tokens=3)) as said:
        assert b"[DONE]" in said.read()


def test_the_wide_doors_answers_are_there_too(twin: RunningTwin) -> None:
    with answer(twin.stream_url, "/v1/models") as said:
        assert b'"babble"' in said.read()


def log(twin: RunningTwin) -> str:
    return (twin.state / "logs" / "StreamFunction.log").read_text("utf-8")
