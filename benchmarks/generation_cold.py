"""Process start to first token: the infer function, and a bare script over the same weights."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson

from benchmarks.cold_processes import Once, in_function
from benchmarks.events import event
from benchmarks.interleave import turned
from benchmarks.pace import Pace
from benchmarks.places import (
    BUILT,
    MODELS,
    RUNTIME,
    environment,
    installed,
    missing_function,
)

COMPILED, UNCOMPILED = "infer function", "infer function, uncompiled"
QUESTION = "What is the capital of Japan?"
_BARE = """
import sys, numpy as np, onnxruntime as ort
session = ort.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
ids = np.array([[int(token) for token in sys.argv[2].split(",")]])
feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
for one in session.get_inputs()[2:]:
    feed[one.name] = np.zeros((1, one.shape[1], 0, one.shape[3]), np.float32)
print(session.run(["logits"], feed)[0][0, -1].argmax(), flush=True)
"""


def cold_starts(model: str, pace: Pace) -> dict[str, Any]:
    """Seconds of each way, round by round, and the median phases of the function's own report."""
    from benchmarks.setting import prepare

    if missing := missing_function():
        return {"missing": missing}
    prepare()
    plain, tokens = _folder(model, "plain"), _tokens(model)
    compiled = _folder(model, "compiled")
    command = [sys.executable, "-c", "from samovar_cli.main import main; main()"]
    command += ["models", "compile", "--quick", "--models", str(compiled), model]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    _seal(plain)
    _seal(compiled)
    ways = {
        COMPILED: lambda: _function(model, compiled),
        UNCOMPILED: lambda: _function(model, plain),
        "bare script": lambda: _bare(MODELS / model / "1/decoder.onnx", tokens),
    }
    found: dict[str, list[Once]] = {name: [] for name in ways}
    for number in pace:  # the first is to warm up
        for name in turned(list(ways), number):
            found[name].append(ways[name]())
    walls = {name: [one.wall_s for one in each[1:]] for name, each in found.items()}
    ranked = sorted(found[COMPILED][1:], key=lambda one: one.wall_s)
    last = ranked[len(ranked) // 2]
    return {"wall_s": walls, "phases": dict(last.phases)}


def _folder(model: str, name: str) -> Path:
    """A folder of models with this one alone, as it was built."""
    folder = BUILT / "generation-models" / name
    shutil.rmtree(folder, ignore_errors=True)
    without = shutil.ignore_patterns("compiled")
    shutil.copytree(MODELS / model, folder / model, copy_function=os.link, ignore=without)
    return folder


def _seal(folder: Path) -> None:
    from samovar.adapters.sealing import seal_models

    if faults := seal_models(folder):
        raise RuntimeError(f"models cannot be sealed: {faults}")


def _tokens(model: str) -> list[int]:
    from samovar.generation.messages import Message
    from samovar.settings import Settings
    from samovar.wiring import load_model

    program: Any = load_model(Settings(models_dir=MODELS), model).program
    tokens: list[int] = program.chat.tokens([Message("user", QUESTION)])
    return tokens


def _function(model: str, folder: Path) -> Once:
    asked = {"messages": [{"role": "user", "content": QUESTION}], "max_tokens": 1}
    told = {"name": "prompt", "shape": [1], "datatype": "BYTES"}
    body = {"inputs": [{**told, "data": [orjson.dumps(asked).decode()]}]}
    sent = event(model, orjson.dumps(body), {"content-type": "application/json"})
    return in_function(model, folder, orjson.dumps(sent))


def _bare(graph: Path, tokens: list[int]) -> Once:
    command = [str(RUNTIME), "-c", _BARE, str(graph), ",".join(map(str, tokens))]
    start = time.perf_counter()
    variables = environment(str(installed("runtime")))
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101 - tells the types
        line = process.stdout.readline()
        wall_s = time.perf_counter() - start
    if not line.strip().isdigit():
        raise RuntimeError("the bare script failed: see its message above")
    return Once(wall_s, 0.0, {})
