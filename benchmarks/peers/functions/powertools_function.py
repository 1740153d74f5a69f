"""Powertools: its resolver for an HTTP API, with its logger and its metrics around a request.

What a request holds is looked at by hand, which costs less than Powertools' validation by
pydantic; `powertools_validating.py` is the same with that.
"""

import os
from typing import Any

import numpy as np
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.exceptions import BadRequestError, NotFoundError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from graph import open_graph

_DTYPES = {"FP32": np.float32, "INT64": np.int64}
_NAME = os.environ["BENCH_NAME"]

logger = Logger(service="infer")
metrics = Metrics(namespace="bench", service="infer")
app = APIGatewayHttpResolver()
session = open_graph()
outputs = [output.name for output in session.get_outputs()]


@app.post("/v2/models/<model>/infer")
def infer(model: str) -> dict[str, Any]:
    """The graph's outputs for the tensors of the body."""
    if model != _NAME:
        raise NotFoundError(f"unknown model {model}")
    feed = _feed(app.current_event.json_body)
    found = [
        {
            "name": name,
            "datatype": "FP32",
            "shape": list(array.shape),
            "data": array.ravel().tolist(),
        }
        for name, array in zip(outputs, session.run(None, feed), strict=True)
    ]
    metrics.add_metric("requests", MetricUnit.Count, 1)
    logger.info("request", extra={"model": model, "status": 200})
    return {"model_name": model, "outputs": found}


def _feed(body: Any) -> dict[str, np.ndarray]:
    try:
        return {
            tensor["name"]: np.array(tensor["data"], _DTYPES[tensor["datatype"]]).reshape(
                tensor["shape"]
            )
            for tensor in body["inputs"]
        }
    except (KeyError, TypeError, ValueError) as error:
        raise BadRequestError(f"not an infer request: {error}") from error


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """What Lambda calls."""
    return app.resolve(event, context)
