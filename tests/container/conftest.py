"""The container as a process of its own, over the tiny models."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
ATTRIBUTES = "x-amzn-sagemaker-custom-attributes"


class Container:
    """A running container: `client` talks to it."""

    def __init__(self, models: Path, preload: str, settings: Mapping[str, str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        asked = {
            "SAGEMAKER_BIND_TO_PORT": str(port),
            "SAMOVAR_MODELS_DIR": str(models),
            "SAMOVAR_PRELOAD": preload,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
            **settings,
        }
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "container" / "serve.py")],
            env={**os.environ, **asked},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)

    def ping(self) -> int:
        """The status of /ping; 0 while nothing listens."""
        try:
            return self.client.get("/ping").status_code
        except httpx.TransportError:
            return 0

    def await_ping(self, wanted: int = 200) -> "Container":
        """Wait until /ping answers so."""
        end_s = time.monotonic() + 30
        while self.ping() != wanted:
            assert time.monotonic() < end_s
            assert self.process.poll() is None
            time.sleep(0.05)
        return self

    def invoke(self, body: bytes, content_type: str = "text/plain", **headers: str) -> Any:
        """POST /invocations."""
        own = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"content-type": content_type, **own}
        return self.client.post("/invocations", content=body, headers=sent)

    def invoke_all(self, bodies: list[bytes], **headers: str) -> list[Any]:
        """All at once, from a thread each."""
        with ThreadPoolExecutor(len(bodies)) as pool:
            return list(pool.map(lambda body: self.invoke(body, **headers), bodies))

    def runs(self, model: str = "mood") -> dict[str, int]:
        """What has been run of a model."""
        found: dict[str, dict[str, int]] = self.client.get(f"/models/{model}").json()["runs"]
        return found.get("", {"requests": 0, "batches": 0, "largestBatch": 0})

    def end(self) -> int:
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def close(self) -> None:
        """Leave nothing behind."""
        self.client.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


Start = Callable[..., Container]


@pytest.fixture(scope="module")
def start(models_dir: Path) -> Iterator[Start]:
    """Starts containers: `start(preload, models=…, SAMOVAR_…=…)`; they end with the module."""
    started: list[Container] = []

    def begin(preload: str = "mood", models: Path = models_dir, **settings: str) -> Container:
        started.append(Container(models, preload, settings))
        return started[-1]

    yield begin
    for container in started:
        container.close()


@pytest.fixture(scope="module")
def container(start: Start) -> Container:
    """One that is warm, and that tests of this module share."""
    return start().await_ping()
