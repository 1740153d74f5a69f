"""A peer's handler in its own interpreter, for `benchmarks.stall` to call and time.

Nothing but the standard library and what the handler itself imports.
"""

import importlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_TOLERANCE = 1e-4


class Context:
    """What Lambda hands a handler beside the event."""

    aws_request_id = "00000000-0000-4000-8000-000000000000"
    function_name = "bench"
    function_version = "1"
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:bench"
    log_group_name = "/aws/lambda/bench"
    log_stream_name = "bench"
    memory_limit_in_mb = 1769

    def get_remaining_time_in_millis(self) -> int:
        """Plenty."""
        return 30_000


def calls(label: str, module: str, file: str) -> Mapping[str, Callable[[], object]]:
    """One variant: the module's `handler` with the event of a file.

    Raises RuntimeError where it refuses, or answers other numbers than the file wants.
    """
    handler = importlib.import_module(module).handler
    kept: dict[str, Any] = json.loads(Path(file).read_text("utf-8"))
    event, context = kept["event"], Context()
    answer = handler(event, context)
    if answer["statusCode"] != 200:
        raise RuntimeError(f"{label} refuses: {answer['body'][:300]}")
    found = json.loads(answer["body"])["outputs"][0]["data"]
    if not all(abs(a - b) < _TOLERANCE for a, b in zip(found, kept["wanted"], strict=True)):
        raise RuntimeError(f"{label} answers {found[:4]}, not {kept['wanted'][:4]}")
    return {label: lambda: handler(event, context)}
