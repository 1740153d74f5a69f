"""kserve's InferenceRESTClient as a stranger uses it. Run as `python kserve_cases.py URL CASE`."""

import asyncio

import httpx
import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest
from kserve.inference_client import RESTConfig


def request(binary: bool) -> InferRequest:
    tensor = InferInput("image", [2, 1, 8, 8], "FP32")
    tensor.set_data_from_numpy(np.full((2, 1, 8, 8), 0.25, np.float32), binary_data=binary)
    return InferRequest(model_name="digits", infer_inputs=[tensor], request_id="k-1")


async def case_health(client, url):
    assert await client.is_server_live(url)
    assert await client.is_server_ready(url)
    assert await client.is_model_ready(url, "digits")


async def case_json(client, url):
    await check(client, url, binary=False)


async def case_binary(client, url):
    await check(client, url, binary=True)


async def check(client, url, binary):
    answer = await client.infer(url, request(binary), model_name="digits")
    assert answer.model_name == "digits"
    assert answer.id == "k-1"
    assert answer.outputs[0].as_numpy().shape == (2, 10)


async def case_unknown_model(client, url):
    refused = None
    try:
        await client.infer(url, request(binary=False), model_name="no-such-model")
    except httpx.HTTPStatusError as error:
        refused = str(error)
    assert refused is not None, "an unknown model answered"
    assert "no-such-model" in refused, refused


def judge(case: str, url: str) -> None:
    asyncio.run(ask(case, url))


async def ask(case: str, url: str) -> None:
    client = InferenceRESTClient(RESTConfig(protocol="v2", retries=0, timeout=60))
    await globals()[case](client, url)
    await client.close()
