"""`samovar serve` as a process of its own, and as a client meets it over a socket."""

import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import numpy as np
import orjson
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests.cli.conftest import process
from tests.cli.served import BODY, INFER, LIMIT, Served, Start, exchange, head, request, rest
from tests.doors.test_http_same_bytes import CASES, ID, Case


def test_it_answers_infer_predict_and_the_protocols_questions(served: Served) -> None:
    with httpx.Client(base_url=served.url) as client:
        answer = client.post(INFER, content=BODY, headers={"x-request-id": "mine"})
        assert answer.json()["outputs"][0]["data"] == [4, 7, 10]
        assert answer.headers["x-request-id"] == answer.json()["id"] == "mine"
        sent = {"content-type": "text/plain"}
        assert client.post("/v1/models/mood/predict", content=b"hate", headers=sent).json()[
            "label"
        ] == ("bad")
        for path in ("/v2", "/v2/health/live", "/v2/models/affine", "/v1/models", "/docs", "/"):
            assert client.get(path).status_code == 200, path
        stats = client.get("/v2/models/affine/stats").json()["model_stats"]
        assert stats[0]["inference_count"] >= 1


def test_jobs_are_not_there_and_the_refusal_says_where_they_are(served: Served) -> None:
    for method, path in (("GET", "/v1/jobs"), ("POST", "/v1/jobs"), ("GET", "/v1/batches")):
        answer = httpx.request(method, served.url + path)
        assert (answer.status_code, answer.json()["code"]) == (404, "jobs_not_configured")
        assert "samovar up" in answer.json()["error"]


@pytest.mark.parametrize(
    "case",
    [case for case in CASES.values() if len(case.body) < LIMIT],
    ids=[name for name, case in CASES.items() if len(case.body) < LIMIT],
)
def test_the_tenth_answer_is_the_first_one_byte_by_byte(case: Case, served: Served) -> None:
    """The first is made in a thread; later ones, if they are quick, by the parser itself."""
    headers = {**ID, **case.headers, "content-length": str(len(case.body))}
    lines = [f"{name}: {value}" for name, value in headers.items()]
    sent = head(case.method, case.path, *lines) + case.body
    answers = {re.sub(rb"date: [^\r]*\r\n", b"", exchange(served.address, sent)) for _ in range(10)}
    (answer,) = answers
    assert answer.startswith(f"HTTP/1.1 {case.status} ".encode())


def test_each_request_has_one_line_in_the_log_with_its_id(start: Start) -> None:
    server = start("--model", "affine").warm()
    httpx.post(server.url + INFER, content=BODY, headers={"x-request-id": "in-the-log"})
    httpx.post(server.url + INFER, content=b"{")
    assert server.end() == (0, b"")
    lines = [orjson.loads(line) for line in server.lines]
    (mine,) = [line for line in lines if line["request_id"] == "in-the-log"]
    assert (mine["door"], mine["action"], mine["model"]) == ("serve", "infer", "affine")
    assert (mine["status"], mine["bytes_in"]) == (200, len(BODY))
    assert [line["code"] for line in lines if line["status"] == 400] == ["malformed_body"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_end_answers_what_is_under_way_and_refuses_what_is_new(
    start: Start, number: int
) -> None:
    server = start("--model", "affine").warm()
    with begun(server) as connection:
        server.process.send_signal(number)
        until_refusing(server)
        refused = httpx.post(server.url + INFER, content=BODY)
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert refused.headers["retry-after"] == "1"
        connection.sendall(BODY)
        answer = rest(connection)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert server.process.wait(30) == 0


def test_what_waits_to_be_run_with_others_is_run_before_the_end(start: Start) -> None:
    server = start("--model", "affine", "--batch-delay", "1000").warm()
    with begun(server) as connection:
        connection.sendall(BODY)
        server.process.send_signal(signal.SIGTERM)
        answer = rest(connection)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert server.process.wait(30) == 0


@contextmanager
def begun(server: Served) -> Iterator[socket.socket]:
    """A connection whose request is under way: the server has asked for its body."""
    expected = ("expect: 100-continue", f"content-length: {len(BODY)}")
    with socket.create_connection(server.address, timeout=30) as connection:
        connection.sendall(head("POST", INFER, *expected))
        said = b""
        while not said.endswith(b"\r\n\r\n"):
            said += connection.recv(1)
        assert said == b"HTTP/1.1 100 Continue\r\n\r\n"
        yield connection


def until_refusing(server: Served) -> None:
    """Waits for the server to have heard that it is to end."""
    end_s = time.monotonic() + 30
    while server.ready() != 503:
        assert time.monotonic() < end_s
        time.sleep(0.02)


def test_a_run_that_goes_on_for_long_does_not_hold_up_a_probe_nor_the_second_signal(
    start: Start, tmp_path: Path
) -> None:
    write_endless(tmp_path)
    server = start(models=tmp_path).warm()
    body = b'{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}]}'
    sent = request("/v2/models/endless/infer", body, close=True)
    with socket.create_connection(server.address, timeout=30) as connection:
        connection.sendall(sent)
        time.sleep(0.5)
        assert httpx.get(f"{server.url}/v2/health/live").status_code == 200
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert server.process.poll() is None
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(20)


def write_endless(root: Path) -> None:
    """A graph that counts to 10¹²."""
    one = numpy_helper.from_array(np.ones(1, np.float32), "one")
    times = numpy_helper.from_array(np.array(10**12), "times")
    go_on = numpy_helper.from_array(np.array(True), "go_on")
    info = helper.make_tensor_value_info
    step = helper.make_graph(
        [
            helper.make_node("Identity", ["was_on"], ["is_on"]),
            helper.make_node("Add", ["was", "one"], ["now"]),
        ],
        "step",
        [
            info("number", TensorProto.INT64, []),
            info("was_on", TensorProto.BOOL, []),
            info("was", TensorProto.FLOAT, [1]),
        ],
        [info("is_on", TensorProto.BOOL, []), info("now", TensorProto.FLOAT, [1])],
    )
    loop = helper.make_node("Loop", ["times", "go_on", "x"], ["y"], body=step)
    x, y = info("x", TensorProto.FLOAT, [1]), info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([loop], "endless", [x], [y], [one, times, go_on])
    opset = helper.make_opsetid("", 17)
    (root / "endless" / "1").mkdir(parents=True)
    made = helper.make_model(graph, opset_imports=[opset], ir_version=8)
    (root / "endless" / "1" / "model.onnx").write_bytes(made.SerializeToString())


def test_a_model_that_is_asked_for_and_cannot_be_opened_keeps_the_server_from_being_ready(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "broken" / "1").mkdir(parents=True)
    (tmp_path / "broken" / "1" / "model.onnx").write_bytes(b"not a graph")
    server = start("--model", "broken", models=tmp_path)
    end_s = time.monotonic() + 60
    while "cannot be served" not in httpx.get(f"{server.url}/v2/health/ready").text:
        assert time.monotonic() < end_s
        time.sleep(0.05)
    assert httpx.get(f"{server.url}/v2/health/ready").status_code == 503
    assert httpx.get(f"{server.url}/v2/health/live").status_code == 200


def test_several_processes_share_a_port_and_one_that_dies_is_started_again(start: Start) -> None:
    server = start("--model", "affine", "--workers", "2").warm()
    ids = {worker_of(server) for _ in range(40)}
    assert len(ids) == 2
    os.kill(ids.pop(), signal.SIGKILL)
    end_s = time.monotonic() + 60
    while len({worker_of(server) for _ in range(40)}) < 2:
        assert time.monotonic() < end_s
    status, said = server.end()
    assert status == 0
    assert b"ended with status -9" in said


def worker_of(server: Served) -> int:
    """The process that has accepted a new connection, as the kernel tells of its sockets."""
    with socket.create_connection(server.address, timeout=30) as connection:
        connection.sendall(head("GET", "/v2/health/live", close=False))
        with suppress(ConnectionError):
            connection.recv(65536)
        port = connection.getsockname()[1]
        return _owner(server.process.pid, server.address[1], port)


def _owner(parent: int, own: int, peer: int) -> int:
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    wanted = (f"{own:04X}", f"{peer:04X}")
    inodes = {r[9] for r in rows if (r[1].split(":")[1], r[2].split(":")[1]) == wanted}
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    for child in children:
        for link in Path(f"/proc/{child}/fd").iterdir():
            with suppress(OSError):
                if any(str(link.readlink()) == f"socket:[{inode}]" for inode in inodes):
                    return int(child)
    return 0


def test_a_folder_that_is_not_there_and_a_port_that_is_taken_are_told(
    served: Served, models_dir: Path, tmp_path: Path
) -> None:
    done = process("serve", "--models", tmp_path / "none")
    assert done.status != 0
    assert "--models names the models' folder" in done.error
    for workers in ("1", "2"):
        options = ("--port", served.address[1], "--workers", workers)
        done = process("serve", "--models", models_dir, *options)
        assert done.status != 0
        assert "cannot be listened at" in done.error


def test_a_model_that_is_not_there_is_told_before_it_listens(models_dir: Path) -> None:
    done = process("serve", "--port", "0", "--models", models_dir, "--model", "no-such")
    assert done.status != 0
    assert "no-such" in done.error
