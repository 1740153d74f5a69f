"""Process start to first answer: a function under AWS's runtime client against a bare script.

Each measurement is a fresh process. The function is `functions/infer` with its own layers,
under `awslambdaric`, fed by a Runtime API of a few lines; the bare script imports
onnxruntime, opens a default session and runs once.
"""

import http.server
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson

from benchmarks.hot_path import event
from benchmarks.interleave import Sample

ROOT = Path(__file__).resolve().parents[1]
RUNTIME = ROOT / ".venvs" / "lambda" / "bin" / "python"
LAYERS = (ROOT / "shared", ROOT / "build" / "local" / "layers" / "runtime" / "python")
IDS = np.array([[101, 2023, 2003, 1037, 3231, 102]], np.int64)

BARE = """
import sys, numpy as np, onnxruntime as ort
session = ort.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
ids = np.array([[101, 2023, 2003, 1037, 3231, 102]], np.int64)
feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
session.run(None, feed)
"""


class RuntimeApi:
    """The Lambda Runtime API for one invocation: hands out the event, takes the answer."""

    def __init__(self, body: bytes) -> None:
        self.answer = b""
        self.answered = threading.Event()
        handed = threading.Event()
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if handed.is_set():
                    api.answered.wait(60)
                    self.close_connection = True
                    return
                handed.set()
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", "bench")
                self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 60000))
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:bench")
                self.send_header("Lambda-Runtime-Trace-Id", "Root=1-0-0;Sampled=0")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                api.answer = self.rfile.read(int(self.headers["Content-Length"]))
                api.answered.set()
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_request(self, *_: object) -> None:
                return

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                return  # a runtime that is killed while it waits for its next event

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """No more requests."""
        self._server.shutdown()
        self._server.server_close()


def request(model: str) -> bytes:
    """An infer event for a text encoder, six tokens."""
    names = ("input_ids", "attention_mask", "token_type_ids")
    arrays = (IDS, np.ones_like(IDS), np.zeros_like(IDS))
    inputs = [
        {"name": n, "datatype": "INT64", "shape": [1, 6], "data": a.ravel().tolist()}
        for n, a in zip(names, arrays, strict=True)
    ]
    sent = event(orjson.dumps({"inputs": inputs}), {"content-type": "application/json"})
    return orjson.dumps({**sent, "rawPath": f"/v2/models/{model}/infer"})


def function_once(model: str) -> float:
    """Seconds from starting the runtime client's process to the answer on the wire."""
    api = RuntimeApi(request(model))
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(map(str, LAYERS)),
        "LAMBDA_TASK_ROOT": str(ROOT / "functions" / "infer"),
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "SAMOVAR_LOG_LEVEL": "ERROR",
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "3538",
        "SAMOVAR_MODELS_DIR": str(ROOT / "models"),
        "SAMOVAR_PRELOAD": model,
    }
    command = [str(RUNTIME), "-m", "awslambdaric", "handler.handler"]
    task = ROOT / "functions" / "infer"
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, cwd=task)
    try:
        if not api.answered.wait(60):
            raise RuntimeError("the function did not answer")
        elapsed = time.perf_counter() - start
        if orjson.loads(api.answer)["statusCode"] != 200:
            raise RuntimeError(api.answer[:500])
        return elapsed
    finally:
        process.kill()
        process.wait()
        api.close()


def bare_once(model: str) -> float:
    """Seconds of a script that imports onnxruntime, opens a default session and runs once."""
    path = ROOT / "models" / model / "1" / "model.onnx"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(LAYERS[1])}
    start = time.perf_counter()
    subprocess.run([str(RUNTIME), "-c", BARE, str(path)], check=True, env=environment)
    return time.perf_counter() - start


def measure(rounds: int, progress: Callable[[int, int], None] | None = None) -> dict[str, Sample]:
    """Seconds to the first answer of each variant and model, in rotation."""
    if not LAYERS[1].is_dir() or not RUNTIME.exists():
        sys.exit("the local layers are not built: `make run` once, then `make bench`")
    models = ("minilm", "minilm-small")
    variants = {f"bare script, {m}": (bare_once, m) for m in models}
    variants |= {f"infer function, {m}": (function_once, m) for m in models}
    times: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(rounds + 1):
        for name, (once, model) in variants.items():
            elapsed = once(model)
            if number:  # the first round warms the page cache
                times[name].append(elapsed)
        if progress:
            progress(number, rounds)
    return {name: Sample(name, tuple(values)) for name, values in times.items()}
