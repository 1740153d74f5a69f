"""Fresh processes that answer once, from their start to the answer, with their phases."""

import json
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson

from benchmarks.events import json_event
from benchmarks.places import (
    MEMORY_MB,
    ROOT,
    RUNTIME,
    SEALED,
    environment,
    function_path,
    function_variables,
    installed,
    peer_python,
)
from benchmarks.plain import plain_model
from benchmarks.runtime_api import WAIT_S, RuntimeApi

IDS = np.array([[101, 2023, 2003, 1037, 3231, 102]], np.int64)
TENSORS = {
    "input_ids": IDS,
    "attention_mask": np.ones_like(IDS),
    "token_type_ids": np.zeros_like(IDS),
}
BARE = """
import time; marks = [time.perf_counter()]
import sys, numpy as np, onnxruntime as ort
marks.append(time.perf_counter())
session = ort.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
marks.append(time.perf_counter())
ids = np.array([[101, 2023, 2003, 1037, 3231, 102]], np.int64)
feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
session.run(None, feed)
marks.append(time.perf_counter())
print(*marks, flush=True)
"""
START, IMPORTS, OWN, OPEN, ANSWER = (
    "interpreter and runtime client",
    "imports",
    "framework and wiring",
    "opening the model",
    "first answer",
)
_LAMBDA = {
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_LAMBDA_FUNCTION_VERSION": "1",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY_MB),
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@dataclass(frozen=True, slots=True)
class Once:
    """Seconds from the process's start to its answer, CPU seconds, and seconds of phases."""

    wall_s: float
    cpu_s: float
    phases: Mapping[str, float]


def bare(model: str) -> Once:
    """A script that imports onnxruntime, opens a default session and runs it once.

    Its packages are whole, as pip installs them.
    """
    variables = environment(str(installed("runtime")))
    command = [str(RUNTIME), "-c", BARE, str(plain_model(model))]
    start = time.perf_counter()
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - tells the types
        line = process.stdout.readline()
        wall_s = time.perf_counter() - start
        cpu_s = _cpu_s(process.pid)
    if process.returncode:
        raise RuntimeError("the bare script failed: see its message above")
    first, imported, opened, ran = (float(mark) - start for mark in line.split())
    phases = {START: first, IMPORTS: imported - first, OPEN: opened - imported}
    return Once(wall_s, cpu_s, phases | {ANSWER: ran - opened})


def infer_function(model: str) -> Once:
    """functions/infer with its layers and a sealed models folder."""
    return in_function(model, SEALED, orjson.dumps(json_event(model, TENSORS)))


def stream_function(model: str) -> Once:
    """functions/stream, started as Lambda starts it: by the wrapper before the runtime client."""
    wrapper = str(ROOT / "functions" / "stream" / "start")
    sent = orjson.dumps(json_event(model, TENSORS))
    return in_function(model, SEALED, sent, "stream", wrapper)


def in_function(
    model: str, models: Path, sent: bytes, folder: str = "infer", *wrapper: str
) -> Once:
    """A function over a folder of models, from its start to its answer to one event."""
    variables = {
        **function_variables(),
        "SAMOVAR_MODELS_DIR": str(models),
        "SAMOVAR_PRELOAD": model,
        "_HANDLER": "handler.handler",
    }
    path = f"{ROOT / 'functions' / folder}:{function_path()}"
    command = [*wrapper, str(RUNTIME), "-m", "awslambdaric", "handler.handler"]
    once, lines = _invoked(
        sent, command, ROOT / "functions" / folder, environment(path, **variables)
    )
    records = [json.loads(line) for line in lines if line.startswith("{")]
    init = next((one for one in records if one.get("message") == "init"), None)
    return Once(once.wall_s, once.cpu_s, _told(init, once.wall_s) if init else {})


def fastapi_function(model: str) -> Once:
    """FastAPI through Mangum, with boto3, over the plain model."""
    variables = {
        "BENCH_MODEL": str(plain_model(model)),
        "BENCH_NAME": model,
        "BENCH_FUNCTION": "mangum_function",
    }
    functions, serving = (ROOT / "benchmarks" / "peers" / name for name in ("functions", "serving"))
    command = [str(peer_python("fastapi")), "-m", "awslambdaric"]
    path = f"{functions}:{serving}:{ROOT}"
    once, lines = _invoked(
        orjson.dumps(json_event(model, TENSORS)),
        [*command, "benchmarks.traced_function.handler"],
        functions,
        environment(path, **variables),
    )
    marks = next(line for line in lines if line.startswith("marks"))
    started, imported, open_s, ready, asked, answered = map(float, marks.split()[1:])
    own_s, answer_s = ready - imported - open_s, answered - asked
    phases = {IMPORTS: imported - started, OWN: own_s, OPEN: open_s, ANSWER: answer_s}
    return Once(once.wall_s, once.cpu_s, _with_start(phases, once.wall_s))


def _invoked(
    sent: bytes, command: list[str], folder: Path, variables: Mapping[str, str]
) -> tuple[Once, list[str]]:
    """A function under AWS's runtime client, to its first answer on the wire; its log."""
    with RuntimeApi(sent) as api:
        lambdas = {
            **_LAMBDA,
            "AWS_LAMBDA_RUNTIME_API": api.address,
            "LAMBDA_TASK_ROOT": str(folder),
        }
        start = time.perf_counter()
        process = subprocess.Popen(
            command, env={**variables, **lambdas}, cwd=folder, stdout=subprocess.PIPE, text=True
        )
        came = api.answered.wait(WAIT_S)
        wall_s = time.perf_counter() - start
        cpu_s = _cpu_s(process.pid)
        process.kill()
        log, _ = process.communicate()
    head = api.answer.partition(bytes(8))[0]  # of a streamed answer
    if not came or orjson.loads(head).get("statusCode") != 200:
        raise RuntimeError(f"a function did not answer: {api.answer[:500]!r}\n{log}")
    return Once(wall_s, cpu_s, {}), log.splitlines()


def _told(init: Mapping[str, Mapping[str, float]], wall_s: float) -> Mapping[str, float]:
    """The phases of a function's own init report; its start is what they leave of the whole."""
    said = init["phases"]
    names = {"imports_ms": IMPORTS, "wiring_ms": OWN, "map_ms": OPEN, "first_run_ms": ANSWER}
    return _with_start({name: said[key] / 1e3 for key, name in names.items()}, wall_s)


def _with_start(phases: Mapping[str, float], wall_s: float) -> Mapping[str, float]:
    return {START: wall_s - sum(phases.values()), **phases}


def _cpu_s(pid: int) -> float:
    """CPU seconds of a process so far, in the kernel's ticks of 10 ms."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / 100
