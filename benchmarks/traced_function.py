"""A peer's function, with marks of when each phase of its cold start was over.

BENCH_FUNCTION names the module that has the handler. Its answer is not touched; the marks go
to standard output, as the log would, in seconds of the machine's monotonic clock.
"""

import time

STARTED_S = time.perf_counter()

import importlib  # noqa: E402 - what was before is the mark
import os  # noqa: E402 - the same
from typing import Any  # noqa: E402 - the same

import onnxruntime  # noqa: E402 - the same

IMPORTED_S = time.perf_counter()
_opened_s = 0.0
_open = onnxruntime.InferenceSession


def _timed(*arguments: Any, **named: Any) -> Any:
    global _opened_s  # noqa: PLW0603 - the module is the process
    start_s = time.perf_counter()
    session = _open(*arguments, **named)
    _opened_s += time.perf_counter() - start_s
    return session


onnxruntime.InferenceSession = _timed
_handler = importlib.import_module(os.environ["BENCH_FUNCTION"]).handler
READY_S = time.perf_counter()


def handler(event: Any, context: Any) -> Any:
    """The peer's answer."""
    asked_s = time.perf_counter()
    answer = _handler(event, context)
    marks = (STARTED_S, IMPORTED_S, _opened_s, READY_S, asked_s, time.perf_counter())
    print("marks", *marks, flush=True)
    return answer
