"""Powertools with its validation on: the same function, its body and answer as pydantic models."""

import os
from typing import Any, Literal

import numpy as np
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from graph import open_graph
from pydantic import BaseModel

_DTYPES = {"FP32": np.float32, "INT64": np.int64}
_NAME = os.environ["BENCH_NAME"]

logger = Logger(service="infer")
metrics = Metrics(namespace="bench", service="infer")
app = APIGatewayHttpResolver(enable_validation=True)
session = open_graph()
outputs = [output.name for output in session.get_outputs()]


class InputTensor(BaseModel):
    """A tensor that a client sends."""

    name: str
    datatype: Literal["FP32", "INT64"]
    shape: list[int]
    data: list[float]


class OutputTensor(BaseModel):
    """A tensor that it gets."""

    name: str
    datatype: str
    shape: list[int]
    data: list[float]


class InferRequest(BaseModel):
    """Tensors in."""

    inputs: list[InputTensor]


class InferResponse(BaseModel):
    """Tensors out."""

    model_name: str
    outputs: list[OutputTensor]


@app.post("/v2/models/<model>/infer")
def infer(model: str, request: InferRequest) -> InferResponse:
    """The graph's outputs for the tensors of the body."""
    if model != _NAME:
        raise NotFoundError(f"unknown model {model}")
    feed = {
        tensor.name: np.array(tensor.data, _DTYPES[tensor.datatype]).reshape(tensor.shape)
        for tensor in request.inputs
    }
    found = [
        OutputTensor(
            name=name, datatype="FP32", shape=list(array.shape), data=array.ravel().tolist()
        )
        for name, array in zip(outputs, session.run(None, feed), strict=True)
    ]
    metrics.add_metric("requests", MetricUnit.Count, 1)
    logger.info("request", extra={"model": model, "status": 200})
    return InferResponse(model_name=model, outputs=found)


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP)
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """What Lambda calls."""
    return app.resolve(event, context)
