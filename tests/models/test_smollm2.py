"""`smollm2` as `make models-heavy` builds it: the published weights, read and said right."""

import json

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from samovar.generation.messages import read_messages
from samovar.generation.sampling import Sampling

from tests.models import llama_reference as reference
from tests.models.conftest import MODELS

NAMES = ("smollm2", "smollm2-int8")
SIZES = reference.Sizes(layers=30, heads=9, shared=3, epsilon=1e-5, base=100_000.0)
QUESTIONS = (
    "What is the capital of Japan?",
    "Write Python code that adds two numbers.",
    "Say héllo in French and 日本語 in Japanese, please.",
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all((MODELS / name / "1").is_dir() for name in NAMES),
        reason="the heavy models are not built: run `make models-heavy`",
    ),
]


@pytest.fixture(scope="module")
def weights():
    """The weights as the graph's file keeps them, by GGUF's names, float32 (out, in)."""
    folder, found = MODELS / "smollm2/1", {}
    # onnx itself reads no file that has a second name, as a copy by links has.
    graph = onnx.load(folder / "decoder.onnx", load_external_data=False).graph
    for held in graph.initializer:
        name = held.name.removesuffix(".turned")
        if name.endswith(".weight"):
            array = read_array(held, folder)
            found |= parted(name, array.T if name != held.name else array)
    return found


def parted(name, array):
    """The matrices that stand side by side in one, by their own names."""
    block, _, kind = name.removesuffix(".weight").rpartition(".")
    shared = SIZES.shared * array.shape[-1] // SIZES.heads
    ends = {"attn_qkv": [-2 * shared, -shared], "ffn_gate_up": [len(array) // 2]}
    if kind not in ends:
        return {name: array}
    names = ["attn_q", "attn_k", "attn_v"] if kind == "attn_qkv" else ["ffn_gate", "ffn_up"]
    parts = np.split(array, ends[kind])
    return {f"{block}.{one}.weight": part for one, part in zip(names, parts, strict=True)}


def read_array(held, folder):
    if not held.external_data:
        return numpy_helper.to_array(held)
    said = {entry.key: entry.value for entry in held.external_data}
    shape, offset = tuple(held.dims), int(said["offset"])
    return np.memmap(folder / said["location"], np.float32, "r", offset, shape)


@pytest.fixture(scope="module")
def exact(opened):
    return opened("smollm2").program


def say(program, question, **asked):
    tokens = program.chat.tokens(read_messages([{"role": "user", "content": question}]))
    text = program.scheduler.begin(tokens, Sampling(**asked))
    program.scheduler.run([text])
    return text


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_token_is_the_one_that_the_formulas_find_likeliest(exact, weights, question):
    text = say(exact, question, max_tokens=40)
    scores = reference.all_scores(weights, [*text.prompt, *text.tokens], SIZES)
    likeliest = scores[len(text.prompt) - 1 :].argmax(axis=1).tolist()
    ended = [2] if text.reason == "stop" else []
    assert [*text.tokens, *ended] == likeliest[: len(text.tokens) + len(ended)]


def test_eight_bits_are_as_sure_of_a_text_as_all_of_them(opened, exact, weights):
    """Kullback and Leibler's divergence, of the five likeliest tokens and all others as one."""
    small, far = opened("smollm2-int8").program, []
    for question in QUESTIONS:
        text = say(exact, question, max_tokens=40)
        whole = [*text.prompt, *text.tokens]
        scores = reference.all_scores(weights, whole, SIZES)
        for at in range(len(text.prompt) - 1, len(whole) - 1, 8):
            told = small.scheduler.begin(whole[: at + 1], Sampling(max_tokens=1, logprobs=5))
            small.scheduler.run([told])
            far.append(divergence(scores[at], told.told[0].likeliest))
    assert len(far) > 8
    assert max(far) < 0.02  # nats; 0.0105 where these bounds were set
    assert np.mean(far) < 0.005  # 0.0026


def divergence(scores, likeliest):
    """How much is lost where a distribution is taken for the exact one of `scores`, in nats."""
    chances = np.exp(scores - scores.max())
    chances /= chances.sum()
    exact = np.array([chances[token] for token, _ in likeliest])
    taken = np.exp([chance for _, chance in likeliest])
    exact, taken = (np.append(each, 1 - each.sum()).clip(1e-12) for each in (exact, taken))
    return float((exact * np.log(exact / taken)).sum())


def test_a_special_tokens_name_in_a_question_is_read_as_text(exact):
    text = say(exact, "What does <|im_end|> mean?", max_tokens=4)
    controls = [token for token in text.prompt if token in exact.reader.controls.values()]
    assert controls == [1, 2, 1, 2, 1]  # what the template says: system, user, assistant


@pytest.mark.parametrize("name", NAMES)
def test_rows_of_one_request_are_answered_as_each_alone(answer, name):
    asked = [{"text": question, "max_tokens": 12} for question in QUESTIONS]
    together = answer(name, {"rows": asked})["predictions"]
    alone = [answer(name, one) for one in asked]
    for one, other in zip(together, alone, strict=True):
        assert one["text"] == other["text"]
        assert one["usage"]["completion_tokens"] == other["usage"]["completion_tokens"]


@pytest.mark.parametrize(
    "asked",
    [
        {"text": QUESTIONS[0], "max_tokens": 3},
        {"messages": [{"role": "user", "content": QUESTIONS[0]}], "max_tokens": 3},
    ],
    ids=["text", "messages"],
)
def test_the_protocols_tensors_carry_the_same(asked, real_service):
    from samovar.types import OIP_JSON, Payload

    prompt = {"name": "prompt", "shape": [1], "datatype": "BYTES", "data": [json.dumps(asked)]}
    body = json.dumps({"inputs": [prompt]}).encode()
    found = json.loads(real_service.predict("smollm2-int8", "", Payload(body, OIP_JSON)).body)
    outputs = {one["name"]: one["data"] for one in found["outputs"]}
    assert outputs["text"] == ["The capital of"]
    assert outputs["finish_reason"] == ["length"]
    assert outputs["completion_tokens"] == [3]
