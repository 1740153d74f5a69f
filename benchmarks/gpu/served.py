"""The container as a process of its own, and requests to it, with nothing but Python."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
START_S = 300


class Container:
    """`container/serve.py` with some models warm, while a `with` block lasts."""

    def __init__(self, models: Sequence[str], threads: int) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        asked = {
            "SAGEMAKER_BIND_TO_PORT": str(self._port),
            "SAMOVAR_MODELS_DIR": str(ROOT / "models"),
            "SAMOVAR_PRELOAD": ",".join(models),
            "SAMOVAR_TIMEOUT_S": "600",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(1769 * threads),
        }
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "container/serve.py")],
            env={**os.environ, **asked},
            stdout=subprocess.DEVNULL,
        )

    def __enter__(self) -> Self:
        end_s = time.monotonic() + START_S
        while self._ask("GET", "/ping")[0] != 200:
            if self.process.poll() is not None or time.monotonic() > end_s:
                raise RuntimeError("the container did not become healthy; see its words above")
            time.sleep(0.2)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.terminate()
        self.process.wait(60)

    def invoke(self, model: str, body: bytes, content_type: str) -> bytes:
        """The answer to one request. Raises RuntimeError where it is a refusal."""
        headers = {
            "Content-Type": content_type,
            "X-Amzn-SageMaker-Custom-Attributes": f"model={model}",
        }
        status, answer = self._ask("POST", "/invocations", body, headers)
        if status != 200:
            raise RuntimeError(f"{status}: {answer[:300]!r}")
        return answer

    def invoke_all(self, model: str, bodies: Sequence[bytes], content_type: str) -> list[bytes]:
        """The answers to requests that come at once."""
        with ThreadPoolExecutor(len(bodies)) as pool:
            return list(pool.map(lambda body: self.invoke(model, body, content_type), bodies))

    def _ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=600)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except ConnectionError:
            return 0, b""
        finally:
            connection.close()
