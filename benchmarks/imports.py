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
from benchmarks.places import MODELS, ROOT, RUNTIME, environment, function_path, missing_function
from benchmarks.suite import Suite, Target, of

UNWANTED = (
    "boto3", "botocore", "fastapi", "pydantic", "starlette", "mangum", "aws_lambda_powertools",
)  # fmt: skip
OWN, OWN_TEXT = "our own, beyond those: tensors", "our own, beyond those: texts"
BAD = "boto3, pydantic, fastapi and their like"
_COUNT = "modules of our own: tensors"
_WHOLE = {
    "python": "pass",
    "python + numpy": "import numpy",
    "python + numpy + onnxruntime": "import numpy, onnxruntime",
    "python + numpy + onnxruntime + runtime client": (
        "import numpy, onnxruntime, awslambdaric.bootstrap"
    ),
}


def measure(pace: Pace) -> Mapping[str, Series]:
    """Seconds of importing, and how many modules were found loaded."""
    modules = {OWN: loaded(json_event("digits", TENSORS)), OWN_TEXT: loaded(_text())}
    times: dict[str, list[float]] = {name: [] for name in (*_WHOLE, *modules)}
    for _ in pace:
        for name, code in _WHOLE.items():
            times[name].append(_whole_s(code))
        for name, own in modules.items():
            times[name].append(imported_s(own))
    bad = [name for own in modules.values() for name in own if name.split(".")[0] in UNWANTED]
    counts = {_COUNT: len(modules[OWN]), BAD: len(bad)}
    return {name: Sample(name, tuple(values)) for name, values in times.items()} | {
        name: Quantity(name, (float(count),), "") for name, count in counts.items()
    }


def loaded(sent: Mapping[str, object]) -> list[str]:
    """The modules that the infer function has loaded after its first answer, in their order.

    Without those of numpy, onnxruntime, AWS's runtime client and Python's own start.
    """
    folder = str(ROOT / "functions" / "infer")
    found: list[str] = json.loads(_python("loaded", folder, given=orjson.dumps(sent).decode()))
    return found


def imported_s(modules: Sequence[str]) -> float:
    """Seconds that a fresh process takes to import these after the floor."""
    return float(_python("timed", *modules))


def _text() -> Mapping[str, object]:
    sent = event("task-priority", b"Water the plants", {"content-type": "text/plain"})
    return {**sent, "rawPath": "/v1/models/task-priority/predict"}


def _python(*arguments: str, given: str = "") -> str:
    command = [RUNTIME, "-m", "benchmarks.importing", *arguments]
    variables = environment(f"{function_path()}:{ROOT}", SAMOVAR_MODELS_DIR=str(MODELS))
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


def _whole_s(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([RUNTIME, "-c", code], env=environment(function_path()), check=True)
    return time.perf_counter() - start


SUITE = Suite(
    name="imports",
    says="Whole processes that import and end; then what the hot door imports beyond the floor.",
    measure=measure,
    rounds=25,
    budget_s=45,
    floors=dict.fromkeys(_WHOLE, "python + numpy + onnxruntime"),
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
