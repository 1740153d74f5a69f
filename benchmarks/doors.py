"""The hot door beside its floors, in one process: what `stall` calls."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks import bare
from benchmarks.events import binary_event, json_event
from benchmarks.lambda_context import Context
from benchmarks.places import MODELS

Calls = Mapping[str, Callable[[], object]]
ENVIRONMENT = {"SAMOVAR_MODELS_DIR": str(MODELS), "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769"}
TENSORS = {"image": np.full((1, 1, 8, 8), 0.25, np.float32)}
"""A small tensor: the picture of a digit."""


def small(model: str, path: str) -> Calls:
    """A request of one small tensor through the graph, a bare handler, and the hot door."""
    from pathlib import Path

    from samovar.wiring import hot_handler

    context, graph = Context(), bare.session(Path(path))
    by_hand, door = bare.handler(graph), hot_handler(ENVIRONMENT)
    as_json, as_binary = json_event(model, TENSORS), binary_event(model, TENSORS)
    return {
        "session.run alone": lambda: graph.run(None, TENSORS),
        "hand-written handler": checked(by_hand, as_json, context),
        "hot door, JSON": checked(door, as_json, context),
        "hot door, binary": checked(door, as_binary, context),
    }


def checked(handler: Callable[..., Any], event: dict[str, Any], context: object) -> Any:
    """A call of the handler, which has answered once. Raises RuntimeError when it refuses."""
    answer = handler(event, context)
    if answer["statusCode"] != 200:
        raise RuntimeError(f"a handler refuses: {answer['body'][:300]}")
    return lambda: handler(event, context)
