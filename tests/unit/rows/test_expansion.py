"""A chunk of rows, answered by the seam as one payload: a line a row, each on its own."""

import json
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from samovar.adapters.clock import SystemClock
from samovar.adapters.directory import DirectoryStore
from samovar.adapters.local import LocalPredictor
from samovar.adapters.onnx import OnnxRunner
from samovar.errors import (
    InvalidInput,
    PayloadTooLarge,
    SamovarError,
    StorageUnavailable,
    UnsafeInput,
    UnsupportedMediaType,
)
from samovar.rows import ANSWERS, CSV, JSONL, NPY, ZIP, rows_type
from samovar.rows.expansion import answer_rows, failed_rows
from samovar.types import InputSpec, Kind, Limits, ModelSpec, Payload

from tests.unit.rows.test_cutting import npy
from tests.unit.rows.test_zips import zipped

TEXT = ModelSpec("m", input=InputSpec(Kind.TEXT))


@pytest.fixture
def host(models_dir: Path) -> LocalPredictor:
    store = DirectoryStore(models_dir)
    return LocalPredictor(store, lambda path: OnnxRunner(path, threads=1), SystemClock())


def lines(answer: Payload | SamovarError) -> list[dict[str, Any]]:
    assert isinstance(answer, Payload), answer
    assert answer.content_type == ANSWERS
    return [json.loads(line) for line in answer.body.splitlines()]


def test_each_row_is_answered_as_predict_would_and_those_at_fault_say_why(
    host: LocalPredictor,
) -> None:
    body = b'{"text": "good"}\n{"id": "b", "text": "poor"}\n{"text": 3}\nnothing\n'
    payload = Payload(body, rows_type(JSONL, 11, 4), "r")
    good, poor, wrong, malformed = lines(host.predict("mood", "", payload))
    alone = json.loads(host.predict("mood", "", Payload(b"good", "text/plain", "r")).body)
    del alone["id"]
    assert good == {"row": 11, "response": alone}
    assert (poor["row"], poor["id"], poor["response"]["label"]) == (12, "b", "bad")
    assert (wrong["row"], wrong["error"]["code"]) == (13, "wrong_datatype")
    assert (malformed["row"], malformed["error"]["code"]) == (14, "malformed_body")


def test_chunks_share_a_call_with_others_and_fail_alone(host: LocalPredictor) -> None:
    good = Payload(b'{"text": "good"}', rows_type(JSONL, 1, 1))
    bad = Payload(b"a,b\n1,2", rows_type(CSV, 1, 1))
    single = Payload(b"great", "text/plain", "s")
    first, second, third = host.predict_many("mood", "", [good, bad, single])
    assert lines(first)[0]["response"]["label"] == "good"
    assert isinstance(second, InvalidInput)
    assert isinstance(third, Payload)


def test_every_format_is_answered_row_by_row(host: LocalPredictor) -> None:
    rows = Payload(b"rooms,area,id\n2,30,x\n1,1,y", rows_type(CSV, 1, 2))
    assert lines(host.predict("price", "", rows)) == [
        {
            "row": 1,
            "id": "x",
            "response": {"model": "price", "version": "1", "value": 80.0, "unit": "EUR"},
        },
        {
            "row": 2,
            "id": "y",
            "response": {"model": "price", "version": "1", "value": 12.0, "unit": "EUR"},
        },
    ]
    array = Payload(npy(np.float32([[1, 2, 3], [4, 5, 6]])), rows_type(NPY, 5, 2))
    answers = lines(host.predict("affine", "1", array))
    assert [line["row"] for line in answers] == [5, 6]
    assert answers[1]["response"]["y"] == [9.0, 11.0, 13.0]
    files = Payload(zipped({"a.txt": b"great", "b.txt": b"hate"}), rows_type(ZIP, 1, 2))
    answers = lines(host.predict("mood", "", files))
    assert [(line["id"], line["response"]["label"]) for line in answers] == [
        ("a.txt", "good"),
        ("b.txt", "bad"),
    ]


def test_a_line_of_the_open_inference_protocol_is_answered_in_it(host: LocalPredictor) -> None:
    tensor = {"name": "x", "datatype": "FP32", "shape": [1, 3], "data": [1, 2, 3]}
    body = json.dumps({"id": "p", "inputs": [tensor]}).encode()
    (line,) = lines(host.predict("affine", "1", Payload(body, rows_type(JSONL, 1, 1))))
    assert line["id"] == "p"
    assert line["response"]["outputs"][0]["data"] == [3.0, 5.0, 7.0]


def test_many_rows_share_runs_and_are_not_decoded_all_at_once() -> None:
    calls: list[int] = []

    def run(requests: Sequence[Payload]) -> list[Payload]:
        calls.append(len(requests))
        return [Payload(b"{}", "application/json") for _ in requests]

    body = b'{"text": "x"}\n' * 600
    answer = answer_rows(Payload(body, rows_type(JSONL, 1, 600)), TEXT, run)
    assert calls == [256, 256, 88]
    assert [line["row"] for line in lines(answer)] == list(range(1, 601))


def test_a_passing_error_of_a_row_is_the_chunks() -> None:
    def run(requests: Sequence[Payload]) -> list[Payload | SamovarError]:
        return [StorageUnavailable("later") for _ in requests]

    with pytest.raises(StorageUnavailable):
        answer_rows(Payload(b'{"text": "x"}', rows_type(JSONL, 1, 1)), TEXT, run)


def test_a_chunk_has_a_models_rows_at_most() -> None:
    few = ModelSpec("m", input=InputSpec(Kind.TEXT), limits=Limits(max_rows=2))
    chunk = Payload(b'{"text": "x"}\n' * 3, rows_type(JSONL, 1, 3))
    with pytest.raises(PayloadTooLarge, match="rows in one request; 2 at most"):
        answer_rows(chunk, few, lambda requests: [])


MANY = {
    JSONL: b"{}\n" * 2_000_000,
    CSV: b"text\n" + b"x\n" * 2_000_000,
    NPY: npy(np.zeros(2_000_000, np.int8)),
    ZIP: zipped({f"{number}.txt": bytes(900_000) for number in range(100)}),
}
"""What a client may send in 6 MB: each would take a gigabyte as rows, or hundreds of megabytes."""


@pytest.mark.parametrize("kind", MANY)
def test_a_chunk_built_to_exhaust_is_refused_before_it_is_taken_apart(kind: str) -> None:
    spec = ModelSpec("m") if kind == NPY else TEXT
    tracemalloc.start()
    with pytest.raises((PayloadTooLarge, UnsafeInput)):
        answer_rows(Payload(MANY[kind], rows_type(kind, 1, 1)), spec, lambda requests: [])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150_000_000


@pytest.mark.parametrize(
    "content_type",
    [
        "application/vnd.samovar.rows",
        'application/vnd.samovar.rows; of="image/png"',
        'application/vnd.samovar.rows; of="application/jsonl"; first=x',
        'application/vnd.samovar.rows; of="application/jsonl"; first=0',
    ],
)
def test_a_chunk_that_does_not_say_what_it_is_is_refused(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        answer_rows(Payload(b"{}", content_type), TEXT, lambda requests: [])


def test_a_chunk_that_failed_whole_gives_each_of_its_rows_the_error() -> None:
    body = b'{"id": "a", "text": "x"}\n{"text": "y"}\nnot json\n'
    found = failed_rows(Payload(body, rows_type(JSONL, 7, 3)), TEXT, PayloadTooLarge("too much"))
    error = {"code": "payload_too_large", "message": "too much"}
    assert [json.loads(line) for line in found.splitlines()] == [
        {"error": error, "row": 7, "id": "a"},
        {"error": error, "row": 8},
        {"error": error, "row": 9},
    ]
