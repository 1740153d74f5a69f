"""What a heavy model says, on the running twin: from an endpoint, in parts, through doors."""

import http.client
import json
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from samovar_cli.twin.deployment import client
from samovar_cli.twin.options import LIVE_ENDPOINT

from tests.tiny_generation import write_babble
from tests.twin.running import ROOT, RunningTwin
from tests.twin.running_application import descendants

pytestmark = [
    pytest.mark.slow,
    pytest.mark.twin,
    pytest.mark.xdist_group("texts"),
    pytest.mark.timeout(200),
]
CHAT = "/v1/chat/completions"


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTwin]:
    """A twin over a heavy model of made-up weights."""
    folder = tmp_path_factory.mktemp("texts")
    models = write_babble(folder / "models", context=3000)
    manifest = models / "babble" / "model.toml"
    manifest.write_text('lane = "heavy"\n' + manifest.read_text())
    running = RunningTwin(ROOT, folder / "state", "--no-reload", "--models", str(models))
    yield running
    running.end()


def asked(**more: Any) -> dict[str, Any]:
    return {"model": "babble", "messages": [{"role": "user", "content": "hello"}], **more}


def chat(url: str, **more: Any) -> tuple[int, str]:
    """An answer's status and body."""
    at = urlsplit(url)
    connection = http.client.HTTPConnection(at.netloc, timeout=60)
    with closing(connection):
        connection.request("POST", at.path + CHAT, json.dumps(asked(**more)))
        with connection.getresponse() as answer:
            return answer.status, answer.read().decode()


def said(text: str) -> str:
    events = [json.loads(line[6:]) for line in text.split("\n\n")[:-2]]
    return "".join(one["choices"][0]["delta"].get("content", "") for one in events)


def test_both_doors_hand_on_what_the_endpoint_says(twin: RunningTwin) -> None:
    status, whole = chat(twin.url, max_tokens=20)
    assert status == 200
    text = json.loads(whole)["choices"][0]["message"]["content"]
    status, events = chat(twin.stream_url, max_tokens=20, stream=True)
    assert status == 200
    assert events.endswith("data: [DONE]\n\n")
    assert said(events) == text
    assert len(containers(twin)) == 1


def test_what_is_wrong_is_refused_as_if_it_ran_here(twin: RunningTwin) -> None:
    status, body = chat(twin.stream_url, temperature=9, stream=True)
    assert (status, json.loads(body)["error"]["code"]) == (400, "invalid_input")


def test_boto3_reads_the_same_stream(twin: RunningTwin) -> None:
    record = json.loads((twin.state / "twin.json").read_text())
    sagemaker = client("sagemaker-runtime", record["sagemaker_url"])
    answer = sagemaker.invoke_endpoint_with_response_stream(
        EndpointName=LIVE_ENDPOINT,
        ContentType="application/json",
        Body=json.dumps(asked(max_tokens=20, stream=True)).encode(),
    )
    parts = [event["PayloadPart"]["Bytes"] for event in answer["Body"]]
    assert len(parts) > 1
    _, whole = chat(twin.url, max_tokens=20)
    assert said(b"".join(parts).decode()) == json.loads(whole)["choices"][0]["message"]["content"]
    sagemaker.close()


def test_an_instance_that_dies_under_a_stream_is_told_of_and_replaced(twin: RunningTwin) -> None:
    at = urlsplit(twin.stream_url)
    connection = http.client.HTTPConnection(at.netloc, timeout=60)
    with closing(connection):
        body = json.dumps(asked(max_tokens=2900, stream=True))
        connection.request("POST", at.path + CHAT, body)
        with connection.getresponse() as answer:
            begun = answer.read1()
            (pid,) = containers(twin)
            os.kill(pid, signal.SIGKILL)
            rest = answer.read().decode()
    assert begun.startswith(b"data: ")
    last = json.loads(rest.split("\n\n")[-2].removeprefix("data: "))
    assert last["error"]["code"] == "endpoint_failed"
    assert chat(twin.url, max_tokens=5)[0] == 200


def containers(twin: RunningTwin) -> list[int]:
    """The processes of endpoints' instances."""
    found = []
    for pid in descendants(twin.pid):
        command = Path(f"/proc/{pid}/cmdline")
        if command.exists() and b"\0container\0" in command.read_bytes():
            found.append(pid)
    return found
