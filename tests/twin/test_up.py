"""`samovar up` as a whole, with a small application of its own."""

import contextlib
import json
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.twin.host import DATA, ROOT
from tests.twin.running import RunningTwin, children, left_of, samovar

pytestmark = [
    pytest.mark.twin,
    pytest.mark.xdist_group("up"),
    pytest.mark.skipif(
        not (ROOT / ".venvs" / "ministack" / "bin" / "ministack").exists(),
        reason="make .venvs/.stamps/ministack sets up the AWS emulator",
    ),
]


@dataclass(frozen=True)
class Place:
    """An application and what its twin keeps."""

    folder: Path
    state: Path

    def start(self) -> RunningTwin:
        return RunningTwin(self.folder, self.state)

    def up(self, *options: str) -> subprocess.CompletedProcess[str]:
        """A start that is to fail."""
        port = () if "--port" in options else ("--port", "0")
        return samovar("up", *port, "--state-dir", str(self.state), *options, folder=self.folder)

    def copied(self, target: Path) -> "Place":
        """Another of the same, which a test may spoil."""
        copy = Place(target / "app", target / "state")
        shutil.copytree(self.folder, copy.folder, symlinks=True)
        shutil.copytree(self.state, copy.state)
        return copy


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The application of tests/data/twin after one start and end; do not spoil it."""
    place = Place(*(tmp_path_factory.mktemp("up") / name for name in ("app", "state")))
    shutil.copytree(DATA, place.folder)
    (place.folder / ".venvs").symlink_to(ROOT / ".venvs")
    for name, bundle in (("near", "true"), ("far", "false")):
        version = place.folder / "models" / name / "1"
        version.mkdir(parents=True)
        (version / "model.onnx").write_bytes(b"not opened by these functions")
        (version.parent / "model.toml").write_text(
            f'title = "{name}"\nbundle = {bundle}\n', "utf-8"
        )
    first = place.start()
    assert "deploying" in first.output
    first.end()
    return place


@pytest.fixture
def place(deployed: Place, tmp_path: Path) -> Place:
    """A copy for one test."""
    return deployed.copied(tmp_path)


@pytest.fixture(scope="module")
def twin(deployed: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTwin]:
    """A twin that the tests which harm none share."""
    running = deployed.copied(tmp_path_factory.mktemp("shared")).start()
    yield running
    running.end()


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:
        body: bytes = answer.read()
        return body


def environ(twin: RunningTwin, function: str = "ProbeFunction") -> dict[str, str]:
    request = urllib.request.Request(
        f"{twin.lambda_url}/2015-03-31/functions/{function}/invocations", b'{"do": "environ"}'
    )
    found: dict[str, str] = json.loads(urllib.request.urlopen(request, timeout=30).read())
    return found


def test_the_templates_routes_answer(twin: RunningTwin) -> None:
    event: dict[str, Any] = json.loads(fetch(f"{twin.url}/some/path"))
    assert event["routeKey"] == "ANY /{proxy+}"


def test_a_functions_variables_are_resolved_against_what_is_deployed(twin: RunningTwin) -> None:
    found = environ(twin)
    assert found["QUEUE_URL"].startswith(twin.aws_url)
    assert found["QUEUE_ARN"].startswith("arn:aws:sqs:us-east-1:000000000000:")
    assert found["NAMED"] == f"samovar-{found['BUCKET']}"
    assert found["AWS_ENDPOINT_URL"] == twin.aws_url


def test_the_twin_is_open_whatever_the_templates_default_says(twin: RunningTwin) -> None:
    assert environ(twin)["CLOSED"] == "no"


def test_models_that_are_not_bundled_are_in_the_bucket_and_the_others_in_the_layer(
    twin: RunningTwin,
) -> None:
    bucket = environ(twin)["BUCKET"]
    assert fetch(f"{twin.aws_url}/{bucket}/models/far/1/model.onnx")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        fetch(f"{twin.aws_url}/{bucket}/models/near/1/model.onnx")
    layer = twin.state / "models"
    assert (layer / "near" / "1" / "model.onnx").is_file()
    assert (layer / "far" / "model.toml").is_file()
    assert not (layer / "far" / "1").exists()


def emulated(twin: RunningTwin, service: str) -> Any:
    import boto3

    create: Any = boto3.client
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return create(service, endpoint_url=twin.aws_url, region_name="us-east-1", **keys)


def until(condition: Callable[[], bool], twin: RunningTwin) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, twin.output
        time.sleep(0.1)


def test_the_emulator_sends_invocations_to_the_twins_functions(twin: RunningTwin) -> None:
    functions = emulated(twin, "lambda")
    name = environ(twin)["AWS_LAMBDA_FUNCTION_NAME"]
    answer = functions.invoke(FunctionName=name, Payload=b'{"do": "environ"}')
    assert json.load(answer["Payload"])["LAMBDA_TASK_ROOT"].endswith("functions/probe")
    failed = functions.invoke(FunctionName=name, Payload=b'{"do": "raise", "message": "no"}')
    assert failed["FunctionError"]


def test_a_message_reaches_its_function_and_comes_back_when_that_fails(twin: RunningTwin) -> None:
    log = _takes_messages(twin, "fails once")
    until(lambda: "record fails once received 2" in log.read_text("utf-8"), twin)


def test_the_invoke_command_calls_a_function(twin: RunningTwin) -> None:
    done = samovar("invoke", "PlainFunction", '{"do": "echo"}', "--state-dir", str(twin.state))
    assert (done.returncode, json.loads(done.stdout)) == (0, {"do": "echo"})


def test_a_second_twin_says_that_one_is_running(twin: RunningTwin, place: Place) -> None:
    done = Place(place.folder, twin.state).up()
    assert done.returncode == 1
    assert twin.url in done.stderr


def test_a_port_that_is_taken_is_told_with_a_way_out(twin: RunningTwin, place: Place) -> None:
    port = twin.url.rpartition(":")[2]
    done = place.up("--port", port)
    assert done.returncode == 1
    assert f"port {port} cannot be used" in done.stderr
    assert "--port" in done.stderr


def test_code_that_changes_is_loaded_anew(place: Place) -> None:
    twin = place.start()
    handler = place.folder / "functions" / "probe" / "handler.py"
    text = handler.read_text("utf-8")
    handler.write_text(text.replace('"body": json.dumps(event)', '"body": "newer"'), "utf-8")
    until(lambda: "reloaded" in twin.output, twin)
    assert fetch(f"{twin.url}/x") == b"newer"
    twin.end()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_end_leaves_nothing_behind(place: Place, number: int) -> None:
    twin = place.start()
    started = children(twin.pid)
    assert len(started) >= 4  # the guardian, the emulator and two functions
    assert twin.end(number) == 0
    assert not left_of(started)
    assert not (twin.state / "twin.json").exists()
    assert not (twin.state / "tmp").exists()
    assert _refused(twin.url)


def test_the_account_is_there_again_at_the_next_start(place: Place) -> None:
    first = place.start()
    bucket = environ(first)["BUCKET"]
    put = urllib.request.Request(f"{first.aws_url}/{bucket}/kept", b"data", method="PUT")
    urllib.request.urlopen(put, timeout=30).close()
    first.end()
    second = place.start()
    assert "deploying" not in second.output
    assert fetch(f"{second.aws_url}/{bucket}/kept") == b"data"
    second.end()


def test_a_twin_that_is_killed_leaves_no_process_and_stands_in_nobodys_way(place: Place) -> None:
    first = place.start()
    started = children(first.pid)
    first.end(signal.SIGKILL)
    assert not left_of(started)
    assert (place.state / "twin.json").exists()
    done = samovar("invoke", "probe", "{}", "--state-dir", str(place.state))
    assert "no twin is running here" in done.stderr
    assert place.start().end() == 0


def test_an_account_whose_port_is_taken_moves_to_another(place: Place) -> None:
    record = json.loads((place.state / "aws" / "stack.json").read_text("utf-8"))
    former = json.loads(record["application"])["aws_url"]
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):  # the shared twin may be there already
            other.bind(("127.0.0.1", int(former.rpartition(":")[2])))
            other.listen()
        moved = place.start()
        assert moved.aws_url != former
        assert "deploying" not in moved.output
        _takes_messages(moved, "after the move")
        moved.end()


def test_a_function_that_does_not_start_ends_the_twin_with_its_reason(place: Place) -> None:
    handler = place.folder / "functions" / "probe" / "handler.py"
    handler.write_text("import a_module_that_is_nowhere\n", "utf-8")
    done = place.up()
    assert done.returncode == 1
    assert "a_module_that_is_nowhere" in done.stderr
    assert "ProbeFunction.log" in done.stderr
    assert not (place.state / "twin.json").exists()


def test_a_template_that_cannot_be_deployed_is_told_with_the_reason(place: Place) -> None:
    template = place.folder / "template.yaml"
    template.write_text(template.read_text("utf-8").replace("AWS::SQS::Queue", "AWS::No::Such"))
    done = place.up()
    assert done.returncode == 1
    assert "AWS::No::Such" in done.stderr


@pytest.mark.parametrize("state", [".", "..", "models/state"])
def test_the_twins_own_files_may_not_lie_among_the_applications(place: Place, state: str) -> None:
    before = sorted(place.folder.rglob("model.onnx"))
    done = samovar("up", "--port", "0", "--state-dir", state, folder=place.folder)
    assert done.returncode == 1
    assert "choose a folder of its own" in done.stderr
    assert sorted(place.folder.rglob("model.onnx")) == before


def _takes_messages(twin: RunningTwin, text: str) -> Path:
    queue = environ(twin)["QUEUE_URL"]
    emulated(twin, "sqs").send_message(QueueUrl=queue, MessageBody=text)
    log = twin.state / "logs" / "PlainFunction.log"
    until(lambda: f"record {text} received 1" in log.read_text("utf-8"), twin)
    return log


def _refused(url: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))):
            return False
    except ConnectionRefusedError:
        return True
