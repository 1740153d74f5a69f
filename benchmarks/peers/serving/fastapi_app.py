"""FastAPI: the Open Inference Protocol as pydantic models, `fastapi run` or through Mangum."""

import os
from typing import Any, Literal

import numpy as np
from fastapi import FastAPI
from graph import open_graph
from pydantic import BaseModel

_DTYPES = {"FP32": np.float32, "INT64": np.int64}
_NAME = os.environ["BENCH_NAME"]

app = FastAPI()
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

    id: str | None = None
    inputs: list[InputTensor]


class InferResponse(BaseModel):
    """Tensors out."""

    model_name: str
    outputs: list[OutputTensor]


@app.get("/v2/health/ready")
def ready() -> dict[str, Any]:
    """Whether it may be asked."""
    return {}


@app.post(f"/v2/models/{_NAME}/infer")
def infer(request: InferRequest) -> InferResponse:
    """The graph's outputs."""
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
    return InferResponse(model_name=_NAME, outputs=found)
