"""The image's other program: the API of `samovar serve`, from variables alone."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]


def test_the_image_serves_the_whole_api_without_sagemaker(models_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    asked = {
        "SAGEMAKER_BIND_TO_PORT": str(port),
        "SAMOVAR_MODELS_DIR": str(models_dir),
        "SAMOVAR_PRELOAD": "mood",
    }
    command = [sys.executable, str(ROOT / "container" / "plain.py")]
    with subprocess.Popen(
        command, env={**os.environ, **asked}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as running:
        url, end_s = f"http://127.0.0.1:{port}", time.monotonic() + 60
        while _ready(url) != 200:
            assert time.monotonic() < end_s
            assert running.poll() is None
            time.sleep(0.05)
        sent = {"content-type": "text/plain"}
        answer = httpx.post(f"{url}/v1/models/mood/predict", content=b"hate", headers=sent)
        assert answer.json()["label"] == "bad"
        running.terminate()
        _, error = running.communicate(timeout=30)
    assert (running.returncode, error) == (0, b"")


def _ready(url: str) -> int:
    try:
        return httpx.get(f"{url}/v2/health/ready").status_code
    except httpx.TransportError:
        return 0
