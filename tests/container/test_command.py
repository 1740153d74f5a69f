"""`samovar container`: the same server from the command line."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.cli.conftest import process

MAIN = "from samovar_cli.main import main; main()"


def test_the_command_serves_until_it_is_interrupted(models_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--port", str(port), "--models", str(models_dir), "--model", "mood"]
    command = [sys.executable, "-c", MAIN, "container", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        url, end_s = f"http://127.0.0.1:{port}", time.monotonic() + 30
        while _ping(url) != 200:
            assert time.monotonic() < end_s
            time.sleep(0.05)
        answer = httpx.post(
            f"{url}/invocations", content=b"hate", headers={"content-type": "text/plain"}
        )
        assert answer.json()["label"] == "bad"
        running.send_signal(signal.SIGINT)
        out, error = running.communicate(timeout=30)
    assert (running.returncode, error) == (0, b"")
    assert out.decode().startswith(url)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    done = process("container", "--models", tmp_path / "none")
    assert done.status != 0
    assert "--models names the models' folder" in done.error


def _ping(url: str) -> int:
    try:
        return httpx.get(f"{url}/ping").status_code
    except httpx.TransportError:
        return 0
