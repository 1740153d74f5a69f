"""One process of `imports`: `python -m benchmarks.importing loaded HANDLER_FOLDER`, an event as
JSON on its input, prints what the function loaded; `… timed MODULE…` how long importing takes.

It imports next to nothing itself, for what it loads would not be counted.
"""

import importlib
import io
import json
import sys
import time

from benchmarks.lambda_context import Context


def floor() -> None:
    """What every function in Python with onnxruntime imports."""
    for name in ("numpy", "onnxruntime", "awslambdaric.bootstrap"):
        importlib.import_module(name)


def loaded(folder: str) -> list[str]:
    """The modules that are new once a request is answered, in the order of their loading."""
    floor()
    before = set(sys.modules)
    sys.path.insert(0, folder)
    out, sys.stdout = sys.stdout, io.StringIO()  # which takes its log line
    answer = importlib.import_module("handler").handler(json.load(sys.stdin), Context())
    told, sys.stdout = sys.stdout, out
    if answer["statusCode"] != 200:
        raise SystemExit(f"{answer['body']}\n{told.getvalue()}")
    return [name for name in sys.modules if name not in before and name != "handler"]


def timed(modules: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds."""
    floor()
    start, cpu_start = time.perf_counter(), time.process_time()
    for name in modules:
        importlib.import_module(name)
    return time.perf_counter() - start, time.process_time() - cpu_start


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    print(json.dumps(loaded(*arguments) if what == "loaded" else timed(arguments)))
