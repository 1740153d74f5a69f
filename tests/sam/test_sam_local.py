"""The functions, as built, answer their events inside a container, under Lambda's own emulator."""

import http.client
import json
import os
import platform
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.house.template_file import ROOT, resources
from tests.sam.conftest import NOBODY, SAM, run_sam

pytestmark = [
    pytest.mark.slow,
    pytest.mark.container,
    pytest.mark.timeout(900),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="runs what is built for x86_64"),
]

FUNCTIONS = {
    each["CodeUri"].split("/")[1]: name
    for name, each in resources("AWS::Serverless::Function").items()
}
EVENTS = [
    path
    for path in sorted((ROOT / "events").glob("*/*.json"))
    if path.parent.name in FUNCTIONS  # those of jobs need a table, a queue and a bucket
]
FIRST = {
    "infer": "predict.json",
    "http_api": "server-metadata.json",
    "direct": "predict.json",
}


def named(path):
    return f"{path.parent.name}/{path.stem}"


def options(built, engine):
    """What the SAM CLI needs to find the build, and the image where one was made here."""
    own = ["--template-file", built / "template.yaml", "--env-vars", ROOT / "events" / "env.json"]
    image = engine.get("SAMOVAR_INVOKE_IMAGE")
    return [*own, *(["--skip-pull-image", "--invoke-image", image] if image else [])]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_sam_local_invoke_answers(built_x86, engine, function):
    event = ROOT / "events" / function / FIRST[function]
    said = run_sam(
        *("local", "invoke", FUNCTIONS[function], "--event", event, *options(built_x86, engine)),
        environment=engine,
    )
    assert_outcome(event, json.loads(said.splitlines()[-1]))


@pytest.fixture(scope="module")
def lambda_port(built_x86, engine, tmp_path_factory) -> Iterator[int]:
    """The port on loopback at which `sam local start-lambda` takes invocations."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [SAM, "local", "start-lambda", "--port", port, "--warm-containers", "LAZY"]
    with (tmp_path_factory.mktemp("start-lambda") / "log").open("w") as log:
        process = subprocess.Popen(
            [str(word) for word in (*command, *options(built_x86, engine))],
            cwd=ROOT,
            env=os.environ | NOBODY | engine,
            stdout=log,
            stderr=log,
        )
    try:
        wait_for(port, process)
        yield port
    finally:
        process.terminate()  # not SIGINT: SIGTERM lets it remove its containers
        process.wait(60)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "sam local start-lambda ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("sam local start-lambda did not start")


@pytest.mark.parametrize("event", EVENTS, ids=named)
def test_an_event_gives_what_its_name_says(lambda_port, event):
    function = FUNCTIONS[event.parent.name]
    connection = http.client.HTTPConnection("127.0.0.1", lambda_port, timeout=120)
    path = f"/2015-03-31/functions/{function}/invocations"
    try:
        connection.request("POST", path, event.read_bytes())
        assert_outcome(event, json.loads(connection.getresponse().read()))
    finally:
        connection.close()


def assert_outcome(event: Any, answer: Any) -> None:
    """The answer is what the event's name promises."""
    outcome = event.stem.split("-")[0]
    if event.parent.name != "direct":
        assert answer["statusCode"] == (int(outcome) if outcome.isdigit() else 200), answer
        if outcome.isdigit():
            assert {"error", "code"} == set(json.loads(answer["body"]))
    elif outcome.islower():
        assert "errorType" not in answer, answer
    else:
        assert (answer["errorType"], bool(answer["errorMessage"])) == (outcome, True), answer
