"""What is imported before a function answers, and how long that takes.

One process answers a request and tells which modules it loaded. Then fresh processes import
numpy, onnxruntime and AWS's runtime client, and after them, timed, those that are left: our
own and what they need. Whole processes, from start to end, stand beside it.
"""

import json
import subprocess
import time
from collections.abc import Mapping, Sequence

import orjson

from benchmarks.doors import TENSORS
from benchmarks.events import event, json_event
from benchmarks.interleave import Quantity, Sample, Series
from benchmarks.pace import Pace
from benchmarks.places import (
    ROOT,
    RUNTIME,
    SEALED,
    environment,
    function_path,
    function_variables,
    installed,
    missing_function,
)
from benchmarks.suite import Suite, Target, of

UNWANTED = (
    "boto3", "botocore", "fastapi", "pydantic", "starlette", "mangum", "aws_lambda_powertools",
)  # fmt: skip
OWN, OWN_TEXT = "our own, beyond those: tensors", "our own, beyond those: texts"
BAD = "boto3, pydantic, fastapi and their like"
_COUNT = "modules of our own: tensors"
_BOTH = "import numpy, onnxruntime"
_INSTALLED = "python + numpy + onnxruntime, as installed"
_WHOLE = {
    "python": ("pass", ""),
    "python + numpy, as installed": ("import numpy", str(installed("runtime"))),
    _INSTALLED: (_BOTH, str(installed("runtime"))),
    "python + numpy, from the layer": ("import numpy", function_path()),
    "python + numpy + onnxruntime, from the layer": (_BOTH, function_path()),
    "the same + runtime client": (f"{_BOTH}, awslambdaric.bootstrap", function_path()),
}
"""What a process does, and where it finds its packages."""


def measure(pace: Pace) -> Mapping[str, Series]:
    """Seconds of importing, and how many modules were found loaded."""
    modules = {OWN: loaded(json_event("digits", TENSORS)), OWN_TEXT: loaded(_text())}
    times: dict[str, list[float]] = {name: [] for name in (*_WHOLE, *modules)}
    cpu: dict[str, list[float]] = {name: [] for name in times}
    for _ in pace:
        for name, (code, path) in _WHOLE.items():
            times[name].append(_whole_s(code, path))
        for name, own in modules.items():
            wall_s, cpu_s = imported_s(own)
            times[name].append(wall_s)
            cpu[name].append(cpu_s)
    bad = [name for own in modules.values() for name in own if name.split(".")[0] in UNWANTED]
    counts = {_COUNT: len(modules[OWN]), BAD: len(bad)}
    samples = {n: Sample(n, tuple(values), tuple(cpu[n])) for n, values in times.items()}
    return samples | {name: Quantity(name, (float(count),), "") for name, count in counts.items()}


def loaded(sent: Mapping[str, object]) -> list[str]:
    """The modules that the infer function has loaded after its first answer, in their order.

    Without those of numpy, onnxruntime, AWS's runtime client and Python's own start.
    """
    folder = str(ROOT / "functions" / "infer")
    found: list[str] = json.loads(_python("loaded", folder, given=orjson.dumps(sent).decode()))
    return found


def imported_s(modules: Sequence[str]) -> tuple[float, float]:
    """Wall and CPU seconds that a fresh process takes to import these after the floor."""
    wall_s, cpu_s = json.loads(_python("timed", *modules))
    return wall_s, cpu_s


def _text() -> Mapping[str, object]:
    sent = event("task-priority", b"Water the plants", {"content-type": "text/plain"})
    return {**sent, "rawPath": "/v1/models/task-priority/predict"}


def _python(*arguments: str, given: str = "") -> str:
    command = [str(RUNTIME), "-m", "benchmarks.importing", *arguments]
    given_to_functions = {**function_variables(), "SAMOVAR_MODELS_DIR": str(SEALED)}
    variables = environment(f"{function_path()}:{ROOT}", **given_to_functions)
    done = subprocess.run(
        command,
        env=variables,
        cwd=ROOT,
        input=given,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def _whole_s(code: str, path: str) -> float:
    variables = environment(path, OPENBLAS_NUM_THREADS="1")
    start = time.perf_counter()
    subprocess.run([RUNTIME, "-c", code], env=variables, check=True)
    return time.perf_counter() - start


SUITE = Suite(
    name="imports",
    says="Whole processes that import and end; then what the hot door imports beyond the floor.",
    measure=measure,
    rounds=25,
    budget_s=45,
    floors=dict.fromkeys(_WHOLE, _INSTALLED),
    targets=(
        Target(
            "imports_own",
            "own imports beyond numpy + onnxruntime on the hot door",
            of(OWN, 1e3),
            15,
            "ms",
        ),
        Target(
            "imports_own_text",
            "the same with a tokenizer",
            of(OWN_TEXT, 1e3),
            15,
            "ms",
        ),
        Target("imports_unwanted", f"{BAD} in `sys.modules`", of(BAD), 0, ""),
    ),
    missing=missing_function,
)
