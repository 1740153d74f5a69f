"""An HTTP server in a function, as Lambda's Web Adapter would start one: start to first answer.

The adapter asks whether the server is ready until it is, every ten milliseconds, and then hands
it the event. Its own process, which starts beside, and its hop are not here.
"""

import os
import subprocess
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from samovar_cli.twin.emulator import free_port

from benchmarks.cold_processes import TENSORS, Once
from benchmarks.events import json_body
from benchmarks.places import MEMORY_MB, ROOT, RUNTIME, SEALED, environment, function_path

_POLL_S = 0.01
_CODE = "import os; from samovar.serve import run_plain; run_plain(os.environ)"
_MOST_S = 20


def served(model: str) -> Once:
    """`samovar serve`'s application under uvicorn, with the function's layers and models."""
    port = free_port()
    packages = next((ROOT / ".venv" / "lib").glob("python*/site-packages"))  # uvicorn's
    path = os.pathsep.join((function_path(), str(packages)))
    variables = {
        "SAMOVAR_MODELS_DIR": str(SEALED),
        "SAGEMAKER_BIND_TO_PORT": str(port),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY_MB),
        "OPENBLAS_NUM_THREADS": "1",
    }
    start = time.perf_counter()
    with subprocess.Popen(
        [str(RUNTIME), "-c", _CODE],
        env=environment(path, **variables),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            _answer(port, model)
            wall_s = time.perf_counter() - start
            return Once(wall_s, _cpu_s(process.pid), {})
        finally:
            process.kill()


def _answer(port: int, model: str) -> None:
    """Wait until the server is ready, and ask it once, which opens the model."""
    end_s = time.monotonic() + _MOST_S
    while _status(port, "GET", "/v2/health/live") != 200:
        if time.monotonic() > end_s:
            raise RuntimeError("the server did not start")
        time.sleep(_POLL_S)
    status = _status(port, "POST", f"/v2/models/{model}/infer", json_body(TENSORS))
    if status != 200:
        raise RuntimeError(f"the server answered {status}")


def _status(port: int, method: str, path: str, body: bytes | None = None) -> int:
    """Of an answer that has been read; 0 where nobody listens."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_MOST_S)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        answer.read()
    except (OSError, HTTPException):
        return 0
    else:
        return answer.status
    finally:
        connection.close()


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
