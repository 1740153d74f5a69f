"""tritonclient[http] as a stranger uses it: its defaults, against a running samovar.

Run in the environment of the client: `python triton_cases.py URL CASE`. It knows nothing
of samovar. The models are those of `make models`.
"""

import asyncio

import numpy as np
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
from tritonclient.utils import InferenceServerException

TEXT = b"Prepare quarterly report"


def image(rows: int = 1) -> triton.InferInput:
    tensor = triton.InferInput("image", [rows, 1, 8, 8], "FP32")
    tensor.set_data_from_numpy(np.full((rows, 1, 8, 8), 0.25, np.float32))
    return tensor


def text(*values: bytes) -> triton.InferInput:
    tensor = triton.InferInput("text", [len(values)], "BYTES")
    tensor.set_data_from_numpy(np.array(values, dtype=object))
    return tensor


def case_health(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("digits")
    assert client.is_model_ready("digits", "1")
    assert not client.is_model_ready("no-such-model")


def case_metadata(client):
    server = client.get_server_metadata()
    assert server["name"] == "samovar"
    assert "binary_tensor_data" in server["extensions"]
    model = client.get_model_metadata("digits")
    assert model["versions"] == ["1"]
    assert model["inputs"] == [{"name": "image", "datatype": "FP32", "shape": [-1, 1, 8, 8]}]
    assert client.get_model_metadata("digits", "1") == model


def case_defaults_are_binary_both_ways(client):
    result = client.infer("digits", [image(3)])
    output = result.get_response()["outputs"][0]
    assert output["parameters"]["binary_data_size"] > 0
    array = result.as_numpy(output["name"])
    assert array.shape == (3, 10)
    assert np.allclose(array[0], array[2])


def case_json_both_ways(client):
    tensor = triton.InferInput("image", [1, 1, 8, 8], "FP32")
    tensor.set_data_from_numpy(np.full((1, 1, 8, 8), 0.25, np.float32), binary_data=False)
    name = client.get_model_metadata("digits")["outputs"][0]["name"]
    wanted = triton.InferRequestedOutput(name, binary_data=False)
    slow = client.infer("digits", [tensor], outputs=[wanted]).as_numpy(name)
    fast = client.infer("digits", [image()]).as_numpy(name)
    assert np.array_equal(slow, fast)


def case_gzip_and_deflate(client):
    plain = client.infer("digits", [image(64)])
    name = plain.get_response()["outputs"][0]["name"]
    for way in ("gzip", "deflate"):
        squeezed = client.infer(
            "digits",
            [image(64)],
            request_compression_algorithm=way,
            response_compression_algorithm=way,
        )
        assert np.array_equal(squeezed.as_numpy(name), plain.as_numpy(name)), way


def case_strings_in(client):
    result = client.infer("task-priority", [text(TEXT, b"water the plants some time")])
    assert result.as_numpy("probabilities").shape == (2, 3)


def case_native_string_tensors(client):
    columns = client.get_model_metadata("penguins")["inputs"]
    assert {c["datatype"] for c in columns} >= {"BYTES", "FP32"}, columns
    inputs = []
    for column in columns:
        shape = [2 if size == -1 else size for size in column["shape"]]
        tensor = triton.InferInput(column["name"], shape, column["datatype"])
        if column["datatype"] == "BYTES":
            values = np.full(shape, b"Biscoe", dtype=object)
        else:
            values = np.full(shape, 190, triton_dtype(column["datatype"]))
        tensor.set_data_from_numpy(values)
        inputs.append(tensor)
    result = client.infer("penguins", inputs)
    for output in client.get_model_metadata("penguins")["outputs"]:
        assert result.as_numpy(output["name"]).shape[0] == 2


def triton_dtype(datatype):
    return {"FP32": np.float32, "INT64": np.int64, "FP64": np.float64}[datatype]


def case_several_requested_outputs(client):
    names = [o["name"] for o in client.get_model_metadata("task-priority")["outputs"]]
    assert len(names) >= 2, names
    wanted = [triton.InferRequestedOutput(name) for name in reversed(names)]
    result = client.infer("task-priority", [text(TEXT)], outputs=wanted, request_id="mine-7")
    response = result.get_response()
    assert [o["name"] for o in response["outputs"]] == list(reversed(names))
    assert response["id"] == "mine-7"


def case_versions(client):
    by_name = client.infer("digits", [image()], model_version="1").get_response()
    assert by_name["model_version"] == "1"
    refused = refusal(client, "digits", image(), model_version="9")
    assert refused.status() == "404", refused.status()


def case_errors_can_be_read(client):
    wrong = triton.InferInput("image", [1, 2], "FP32")
    wrong.set_data_from_numpy(np.zeros((1, 2), np.float32))
    refused = refusal(client, "digits", wrong)
    assert refused.status() == "400", refused.status()
    assert "image" in refused.message(), refused.message()
    refused = refusal(client, "no-such-model", image())
    assert refused.status() == "404", refused.status()
    assert "no-such-model" in refused.message(), refused.message()


def refusal(client, model, tensor, **options):
    """The exception that an infer call must end with."""
    try:
        client.infer(model, [tensor], **options)
    except InferenceServerException as error:
        return error
    raise AssertionError(f"{model} answered")


def case_one_record_and_a_thousand(client):
    name = client.get_model_metadata("digits")["outputs"][0]["name"]
    for rows in (0, 1, 1000):
        assert client.infer("digits", [image(rows)]).as_numpy(name).shape == (rows, 10), rows


def case_dynamic_axes(client):
    for length in (1, 7, 64):
        inputs = []
        for name in ("input_ids", "attention_mask", "token_type_ids"):
            tensor = triton.InferInput(name, [2, length], "INT64")
            fill = 0 if name == "token_type_ids" else 1
            tensor.set_data_from_numpy(np.full((2, length), fill, np.int64))
            inputs.append(tensor)
        result = client.infer("minilm-small", inputs)
        assert result.as_numpy("sentence_embedding").shape == (2, 384)


def case_statistics_and_index(client):
    client.infer("digits", [image()])
    stats = client.get_inference_statistics("digits")["model_stats"]
    assert stats[0]["name"] == "digits"
    assert stats[0]["inference_count"] >= 1
    assert client.get_inference_statistics()["model_stats"]
    index = {entry["name"]: entry for entry in client.get_model_repository_index()}
    assert index["digits"]["state"] == "READY"


def case_a_picture_gives_text(client):
    pixels = np.full((64, 256, 3), 255, np.uint8)
    tensor = triton.InferInput("image", list(pixels.shape), "UINT8")
    tensor.set_data_from_numpy(pixels)
    result = client.infer("ocr", [tensor])
    assert result.as_numpy("text").shape == (0,)
    assert result.as_numpy("box").shape == (0, 4, 2)


def case_async(client):
    pending = [client.async_infer("digits", [image()]) for _ in range(8)]
    for request in pending:
        assert request.get_result().get_response()["model_name"] == "digits"


def case_asyncio(client, url=None):
    async def many():
        async with triton_aio.InferenceServerClient(url) as aio:
            assert await aio.is_server_live()
            results = await asyncio.gather(*(aio.infer("digits", [image()]) for _ in range(8)))
            assert {r.get_response()["model_name"] for r in results} == {"digits"}

    asyncio.run(many())


def judge(case: str, url: str) -> None:
    url, function = url.removeprefix("http://"), globals()[case]
    with triton.InferenceServerClient(url, concurrency=4, network_timeout=60) as client:
        function(client, url) if case == "case_asyncio" else function(client)
