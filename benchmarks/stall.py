"""The far side of `workers`: `python -m benchmarks.stall MODULE:FUNCTION [ARGUMENT…]`.

Calls the function, which gives names and what to call for each; then, line by line, calls
one of them as often as it is told and answers with the seconds. Nothing but the standard
library, for it runs in environments of strangers.
"""

import gc
import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import TextIO


def main(arguments: list[str]) -> None:
    """Serve until the input ends."""
    out = os.fdopen(os.dup(1), "w")
    # What handlers log is written, and not shown.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    module, _, function = arguments[0].partition(":")
    calls: Mapping[str, Callable[[], object]] = getattr(importlib.import_module(module), function)(
        *arguments[1:]
    )
    gc.collect()
    gc.freeze()
    _answer(out, list(calls))
    for line in sys.stdin:
        name, inner = json.loads(line)
        _answer(out, timed(calls[name], inner))


def timed(call: Callable[[], object], inner: int) -> tuple[float, float]:
    """Wall and CPU seconds of one call, over so many."""
    gc.disable()
    cpu_start, start = time.process_time(), time.perf_counter()
    for _ in range(inner):
        call()
    wall_s, cpu_s = time.perf_counter() - start, time.process_time() - cpu_start
    gc.enable()
    return wall_s / inner, cpu_s / inner


def _answer(out: TextIO, value: object) -> None:
    print(json.dumps(value), file=out, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
