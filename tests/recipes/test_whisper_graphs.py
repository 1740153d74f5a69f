"""Whisper's graphs, over small weights of no meaning, give what the paper's formulas give."""

import struct

import numpy as np
import onnxruntime
import pytest

from recipes.ct2 import read_weights
from recipes.whisper_graphs import decoder, encoder
from tests.models import whisper_reference as reference

WIDTH, MELS, FRAMES, PLACES, LAYERS, VOCABULARY = 64, 6, 20, 12, 2, 40
IDS = [3, 17, 39, 0, 8]


def made_up():
    """Weights under CTranslate2's names, as float16 as it keeps them."""
    rng = np.random.default_rng(7)
    shapes = {
        "encoder/conv1": (WIDTH, MELS, 3),
        "encoder/conv2": (WIDTH, WIDTH, 3),
        "encoder/layer_norm": None,
        "decoder/layer_norm": None,
    }
    for number in range(LAYERS):
        for side in ("encoder", "decoder"):
            name = f"{side}/layer_{number}"
            shapes |= {
                f"{name}/self_attention/layer_norm": None,
                f"{name}/self_attention/linear_0": (3 * WIDTH, WIDTH),
                f"{name}/self_attention/linear_1": (WIDTH, WIDTH),
                f"{name}/ffn/layer_norm": None,
                f"{name}/ffn/linear_0": (2 * WIDTH, WIDTH),
                f"{name}/ffn/linear_1": (WIDTH, 2 * WIDTH),
            }
        shapes |= {
            f"decoder/layer_{number}/attention/layer_norm": None,
            f"decoder/layer_{number}/attention/linear_0": (WIDTH, WIDTH),
            f"decoder/layer_{number}/attention/linear_1": (2 * WIDTH, WIDTH),
            f"decoder/layer_{number}/attention/linear_2": (WIDTH, WIDTH),
        }
    found = {
        "encoder/num_heads": np.int16(4),
        "encoder/position_encodings/encodings": rng.normal(0, 0.3, (FRAMES // 2, WIDTH)),
        "decoder/position_encodings/encodings": rng.normal(0, 0.3, (PLACES, WIDTH)),
        "decoder/embeddings/weight": rng.normal(0, 0.3, (VOCABULARY, WIDTH)),
    }
    for name, shape in shapes.items():
        if shape is None:
            found[f"{name}/gamma"] = rng.normal(1, 0.1, WIDTH)
            found[f"{name}/beta"] = rng.normal(0, 0.1, WIDTH)
        else:
            found[f"{name}/weight"] = rng.normal(0, 0.15, shape)
            found[f"{name}/bias"] = rng.normal(0, 0.1, shape[0])
    return {
        name: np.asarray(value, np.int16 if "num_heads" in name else np.float16)
        for name, value in found.items()
    }


WEIGHTS = made_up()
MEL = np.random.default_rng(1).normal(0, 1, (2, MELS, FRAMES)).astype(np.float32)


def session(model):
    return onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )


@pytest.fixture(scope="module", params=[False, True], ids=["float32", "eight bits"])
def graphs(request):
    """The two sessions, and how far they may lie from the formulas."""
    eight = request.param
    made = [session(build(WEIGHTS, eight_bit=eight)) for build in (encoder, decoder)]
    return *made, (0.4 if eight else 2e-5)


def listen(listener, mel):
    names = [output.name for output in listener.get_outputs()]
    return dict(zip(names, listener.run(None, {"mel": mel}), strict=True))


def say(speaker, heard, parts):
    """The scores after each part of the tokens, the past handed on by name."""
    shapes = {spec.name: spec.shape for spec in speaker.get_inputs()}
    rows = len(next(iter(heard.values())))
    past = {
        name: np.zeros((rows, shape[1], 0, shape[3]), np.float32)
        for name, shape in shapes.items()
        if name.startswith("past.")
    }
    scores = []
    names = [output.name for output in speaker.get_outputs()]
    for part in parts:
        ids = np.tile(np.array(part, np.int64), (rows, 1))
        found = dict(
            zip(names, speaker.run(None, {"input_ids": ids, **past, **heard}), strict=True)
        )
        past = {name: found[name.replace("past", "present")] for name in past}
        scores.append(found["logits"])
    return np.array(scores)


def test_the_encoder_hears_what_the_formulas_hear(graphs):
    listener, _, tolerance = graphs
    found = listen(listener, MEL)
    heard = [reference.encode(WEIGHTS, mel.astype(np.float64)) for mel in MEL]
    for layer in range(LAYERS):
        joined = reference.dense(WEIGHTS, f"decoder/layer_{layer}/attention/linear_1", heard[1])
        for kind, wanted in zip(("key", "value"), np.split(joined, 2, axis=1), strict=True):
            heads = found[f"cross.{layer}.{kind}"][1].transpose(1, 0, 2).reshape(-1, WIDTH)
            np.testing.assert_allclose(heads, wanted, atol=tolerance)


@pytest.mark.parametrize(
    "parts", [[IDS], [[i] for i in IDS], [IDS[:1], IDS[1:3], IDS[3:]]], ids=["whole", "one", "some"]
)
def test_a_text_in_parts_is_scored_as_the_formulas_score_it_whole(graphs, parts):
    listener, speaker, tolerance = graphs
    found = say(speaker, listen(listener, MEL), parts)
    ends = np.cumsum([len(part) for part in parts]) - 1
    for row, mel in enumerate(MEL):
        heard = reference.encode(WEIGHTS, mel.astype(np.float64))
        wanted = reference.decode(WEIGHTS, heard, IDS)[ends]
        np.testing.assert_allclose(found[:, row], wanted, atol=tolerance)


def test_a_window_in_a_batch_gives_what_it_gives_alone(graphs):
    listener, speaker, _ = graphs
    together = say(speaker, listen(listener, MEL), [IDS])
    alone = say(speaker, listen(listener, MEL[:1]), [IDS])
    np.testing.assert_allclose(together[:, :1], alone, atol=1e-5)


def test_two_builds_give_the_same_bytes():
    for build in (encoder, decoder):
        made = [build(WEIGHTS).SerializeToString(deterministic=True) for _ in range(2)]
        assert made[0] == made[1]


def packed(name):
    return struct.pack("<H", len(name) + 1) + name.encode() + b"\0"


def test_a_file_of_weights_is_read_with_its_second_names():
    array = np.arange(6, dtype=np.float16).reshape(2, 3)
    body = struct.pack("<I", 6) + packed("Spec") + struct.pack("<II", 3, 1) + packed("a/weight")
    body += struct.pack("<BIIBI", 2, 2, 3, 4, 12) + array.tobytes()
    body += struct.pack("<I", 1) + packed("b/weight") + packed("a/weight")
    found = read_weights(body)
    np.testing.assert_array_equal(found["a/weight"], array)
    assert found["b/weight"] is found["a/weight"]
    with pytest.raises(ValueError, match="1 bytes after"):
        read_weights(body + b"\0")
    with pytest.raises(ValueError, match="version 7"):
        read_weights(struct.pack("<I", 7) + body[4:])
