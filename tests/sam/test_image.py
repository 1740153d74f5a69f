"""The image of infer, built on a Lambda base image, answers as the function of a zip does."""

import http.client
import json
import os
import platform
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from layers.build_image import build_image
from tests.house.template_file import ROOT
from tests.sam.test_sam_local import EVENTS, assert_outcome, named

pytestmark = [
    pytest.mark.slow,
    pytest.mark.container,
    pytest.mark.timeout(900),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="runs what is built for x86_64"),
]

TAG = "samovar-infer:test"
AS_LAMBDA_RUNS_IT = ("--user", "993:990", "--read-only", "--tmpfs", "/tmp")
INFER = [path for path in EVENTS if path.parent.name == "infer"]


def docker(engine, *words):
    """What the docker command printed; a failure shows all that it said."""
    command = ["docker", *(str(word) for word in words)]
    done = subprocess.run(
        command, env=os.environ | engine, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def image(engine, tmp_path_factory) -> str:
    """The tag of the image, on the base that was made here, or on AWS's own."""
    context = tmp_path_factory.mktemp("image")
    build_image("x86_64", context)
    base = engine.get("SAMOVAR_INVOKE_IMAGE")
    options = ["--build-arg", f"BASE={base}"] if base else []
    dockerfile = ROOT / "container" / "lambda" / "Dockerfile"
    docker(engine, "build", "-q", "-f", dockerfile, *options, "-t", TAG, context)
    return TAG


@pytest.fixture(scope="module")
def port(engine, image) -> Iterator[int]:
    """Where Lambda's emulator in a container of the image takes invocations."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    settings = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769", "AWS_REGION": "eu-central-1"}
    variables = [word for item in settings.items() for word in ("-e", "=".join(item))]
    emulator = ("--entrypoint", "/usr/local/bin/aws-lambda-rie")
    started = docker(
        engine,
        *("run", "-d", "-p", f"127.0.0.1:{number}:8080", *AS_LAMBDA_RUNS_IT, *variables),
        *(*emulator, image, "/var/runtime/bootstrap", "handler.handler"),
    )
    yield number
    docker(engine, "rm", "-f", started)


def invoke(port, event):
    for _ in range(100):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        try:
            connection.request("POST", "/2015-03-31/functions/function/invocations", event)
            return json.loads(connection.getresponse().read())
        except ConnectionError:
            time.sleep(0.1)  # the emulator is not there yet
        finally:
            connection.close()
    raise AssertionError("the emulator did not start")


@pytest.mark.parametrize("event", INFER, ids=named)
def test_an_event_gives_what_its_name_says(port, event):
    assert_outcome(event, invoke(port, event.read_bytes()))


def test_the_image_has_the_layers_files_under_opt(engine, image):
    listed = ("find", "/opt", "-name", ".sealed", "-o", "-name", "onnxruntime")
    said = docker(engine, "run", "--rm", "--entrypoint", "", image, *listed)
    assert sorted(said.splitlines()) == ["/opt/models/.sealed", "/opt/python/onnxruntime"]
