"""The tiny models that other tests stand on answer as their table says."""

import orjson
import pytest
from samovar.service import Service
from samovar.types import OIP_JSON, Payload


def _infer(service: Service, model: str, version: str, **tensors: tuple[str, list]) -> list:
    inputs = [
        {"name": name, "datatype": datatype, "shape": [1, len(data)], "data": data}
        for name, (datatype, data) in tensors.items()
    ]
    body = orjson.dumps({"inputs": inputs})
    answer = service.predict(model, version, Payload(body, OIP_JSON, "r"))
    return [output["data"] for output in orjson.loads(answer.body)["outputs"]]


def test_tensor_models_answer_as_their_table_says(service: Service) -> None:
    assert _infer(service, "affine", "1", x=("FP32", [1, 2, 3])) == [[3, 5, 7]]
    assert _infer(service, "affine", "2", x=("FP32", [1, 2, 3])) == [[4, 7, 10]]
    assert _infer(service, "echo", "", text=("BYTES", ["ä"])) == [["ä"]]
    assert _infer(service, "sums", "", a=("INT64", [2, 3]), b=("INT64", [4, 5])) == [
        [6, 8],
        [8, 15],
    ]


@pytest.mark.parametrize(("model", "count"), [("mood", 2), ("price", 1)])
def test_models_for_people_give_their_golden_answers(
    service: Service, model: str, count: int
) -> None:
    examples = service.describe(model).spec.examples
    assert len(examples) == count
    for example in examples:
        answer = orjson.loads(service.predict(model, "", example.payload).body)
        for key, value in example.expect.items():
            assert answer[key] == (
                pytest.approx(value, abs=1e-3) if isinstance(value, float) else value
            )
