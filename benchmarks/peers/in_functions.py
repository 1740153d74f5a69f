"""Peers that run inside a function: what starts each, for the suites `cold` and `hot_path`.

A peer is a module with a `handler`; it opens the file of BENCH_MODEL and answers infer
requests to the model of BENCH_NAME, as JSON, of an HTTP API (payload format 2.0).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.places import BUILT, peer_python
from benchmarks.plain import plain_model
from benchmarks.workers import Entry

_DTYPES = {"FP32": np.float32, "INT64": np.int64}
FOLDER = Path(__file__).parent / "functions"
"""LAMBDA_TASK_ROOT of each."""
PYTHON_PATH = f"{FOLDER}:{FOLDER.parent / 'serving'}"
"""PYTHONPATH of each: a layer of code that functions and servers share."""


@dataclass(frozen=True, slots=True)
class FunctionPeer:
    """A function: its name in a table, its environment's name after peer-, and its module."""

    name: str
    environment: str
    module: str

    @property
    def python(self) -> Path:
        """The interpreter of its environment, which has `awslambdaric` too."""
        return peer_python(self.environment)

    @property
    def handler(self) -> str:
        """What AWS's runtime client is told to call, in FOLDER."""
        return f"{self.module}.handler"

    def variables(self, model: str) -> dict[str, str]:
        """What it needs to find the model, and to log as a function would."""
        return {
            "BENCH_MODEL": str(plain_model(model)),
            "BENCH_NAME": model,
            "AWS_DEFAULT_REGION": "eu-central-1",
            "POWERTOOLS_SERVICE_NAME": "infer",
            "POWERTOOLS_METRICS_NAMESPACE": "bench",
        }

    def entry(self, model: str, event: Mapping[str, Any]) -> Entry:
        """A process that times this handler with an event; its one row is the peer's name."""
        kept = BUILT / "events" / f"{model}-{self.module}.json"
        kept.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"event": event, "wanted": _wanted(model, event)})
        kept.write_text(text, "utf-8")
        arguments = (self.name, self.module, str(kept))
        says = "benchmarks.peers.functions.calling:calls"
        variables = self.variables(model) | {"BENCH_THREADS": "1"}
        return Entry(self.python, says, arguments, PYTHON_PATH, variables)


FUNCTIONS = (
    FunctionPeer("FastAPI + Mangum", "fastapi", "mangum_function"),
    FunctionPeer("Powertools", "powertools", "powertools_function"),
    FunctionPeer("Powertools, its validation on", "powertools", "powertools_validating"),
)


def _wanted(model: str, event: Mapping[str, Any]) -> list[float]:
    """What the graph by itself answers to the tensors of an event's body."""
    from benchmarks.bare import session

    feed = {
        tensor["name"]: np.array(tensor["data"], _DTYPES[tensor["datatype"]]).reshape(
            tensor["shape"]
        )
        for tensor in json.loads(event["body"])["inputs"]
    }
    numbers: list[float] = session(plain_model(model)).run(None, feed)[0].ravel().tolist()
    return numbers


def entries(model: str, event: Mapping[str, Any]) -> dict[str, Entry]:
    """A process for each peer that is set up."""
    return {peer.name: peer.entry(model, event) for peer in FUNCTIONS if peer.python.exists()}
