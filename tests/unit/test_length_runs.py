"""Texts of other lengths share runs, and get the answers that they would get alone."""

from itertools import pairwise

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar import pipeline
from samovar.adapters.memory import FunctionRunner
from samovar.batching import RUN_COLUMNS, lengths_cut, lengths_of
from samovar.errors import SamovarError
from samovar.manifest import read_manifest
from samovar.model import Model
from samovar.programs import program_type
from samovar.types import OIP_JSON, Payload, Signature, Tensors, TensorSpec

from tests.tiny_models import tiny_models

MANIFEST = '[input]\nkind = "text"\n[[pre]]\nstep = "tokenize"\n{more}\n[batch]\nmax_size = 8\n'
TOKENIZER = tiny_models()["mood/1/tokenizer.json"]
LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=12)


def counter(more: str = "", *, rigid: bool = True) -> tuple[Model, FunctionRunner]:
    """A model of the tokens that its mask keeps: their sum, and with `rigid` off each one."""

    def run(tensors: Tensors) -> dict[str, np.ndarray]:
        kept = tensors["input_ids"] * tensors.get("attention_mask", 1)
        return {"sum": kept.sum(axis=1, keepdims=True)} if rigid else {"each": kept}

    names = ("input_ids", "attention_mask") if "mask" not in more else ("input_ids",)
    inputs = tuple(TensorSpec(name, "INT64", (-1, -1)) for name in names)
    output = TensorSpec("sum", "INT64", (-1, 1)) if rigid else TensorSpec("each", "INT64", (-1, -1))
    runner = FunctionRunner(Signature(inputs, (output,)), run)
    spec = read_manifest("counter", MANIFEST.format(more=more))
    program = program_type("single")().bind(spec, {"model": runner}, lambda _: TOKENIZER)
    return Model(spec, "1", program), runner


def text(words: int) -> Payload:
    return Payload(
        b" ".join([b"good", b"bad", b"poor"][at % 3] for at in range(words)), "text/plain"
    )


def alone(payload: Payload, model: Model) -> Payload | SamovarError:
    return pipeline.infer(payload, model)


@given(words=LENGTHS)
def test_texts_of_any_length_are_answered_together_as_alone(words: list[int]) -> None:
    model, _ = counter()
    sent = [text(count) for count in words]
    assert pipeline.infer_many(sent, model) == [alone(payload, model) for payload in sent]


@pytest.mark.parametrize(("more", "rigid"), [('mask = ""', True), ("", False)])
def test_padding_that_would_show_is_never_added(more: str, rigid: bool) -> None:
    model, runner = counter(more, rigid=rigid)
    sent = [text(count) for count in (3, 5, 3)]
    assert pipeline.infer_many(sent, model) == [alone(payload, model) for payload in sent]
    assert {call["input_ids"].shape for call in runner.calls[:2]} == {(2, 3), (1, 5)}


def test_texts_of_like_length_share_a_run_and_a_long_one_has_its_own() -> None:
    model, runner = counter()
    pipeline.infer_many([text(count) for count in (5, 200, 4, 6)], model)
    assert [call["input_ids"].shape for call in runner.calls] == [(3, 6), (1, 200)]


def test_one_request_of_many_texts_is_run_by_length_too() -> None:
    model, runner = counter()
    texts = ", ".join(f'"{text(count).body.decode()}"' for count in (5, 200, 4, 6))
    pipeline.infer(Payload(f'{{"text": [{texts}]}}'.encode(), "application/json"), model)
    assert [call["input_ids"].shape for call in runner.calls] == [(3, 6), (1, 200)]


def test_requests_in_tensors_of_other_widths_share_runs_too() -> None:
    model, runner = counter()
    sent = [tensors(count) for count in (5, 200, 4, 6)]
    together = pipeline.infer_many(sent, model)
    assert [call["input_ids"].shape for call in runner.calls] == [(3, 6), (1, 200)]
    assert together == [alone(payload, model) for payload in sent]


def test_tensors_that_do_not_fit_each_other_fail_alone() -> None:
    model, _ = counter()
    odd = tensors(3, masked=4)
    good = tensors(3)
    failed, answered = pipeline.infer_many([odd, good], model)
    assert isinstance(failed, SamovarError)
    assert answered == alone(good, model)


def tensors(words: int, masked: int = 0) -> Payload:
    said = {"input_ids": list(range(1, words + 1)), "attention_mask": [1] * (masked or words)}
    inputs = [
        {"name": name, "datatype": "INT64", "shape": [1, len(data)], "data": data}
        for name, data in said.items()
    ]
    return Payload(orjson.dumps({"inputs": inputs}), OIP_JSON)


@given(lengths=st.lists(st.integers(1, 60), min_size=1, max_size=9), size=st.integers(1, 4))
def test_no_other_cut_is_cheaper(lengths: list[int], size: int) -> None:
    lengths.sort()
    cuts = lengths_cut(lengths, size)
    assert cuts[0] == 0
    assert cuts[-1] == len(lengths)
    assert all(1 <= end - start <= size for start, end in pairwise(cuts))
    assert price(lengths, cuts) == min(price(lengths, each) for each in every_cut(lengths, size))


def price(lengths: list[int], cuts: list[int]) -> int:
    return sum((end - start) * lengths[end - 1] + RUN_COLUMNS for start, end in pairwise(cuts))


def every_cut(lengths: list[int], size: int) -> list[list[int]]:
    if not lengths:
        return [[0]]
    return [
        [*cut, len(lengths)]
        for last in range(1, min(size, len(lengths)) + 1)
        for cut in every_cut(lengths[:-last], size)
    ]


def test_a_row_ends_at_the_last_column_that_its_mask_keeps() -> None:
    mask = np.array([[1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]])
    assert lengths_of(mask).tolist() == [2, 4, 1, 1]
    assert lengths_of(np.zeros((2, 0), np.int64)).tolist() == [0, 0]
