"""`babble`: a model of made-up weights that says bytes of no meaning, the same ones each time."""

from pathlib import Path

import orjson

from tests.models.llama_graph import write_graph
from tests.unit.generation.tiny_reader import TEMPLATE, reader

_MANIFEST = b"""
task = "text-generation"
title = "Babble"
description = "Bytes of no meaning."
licence = "CC0-1.0"
[input]
kind = "prompt"
[program]
name = "generate"
runners = { decode = "decoder.onnx" }
params = { context = CONTEXT, rows = 3, max_tokens = 16 }
[batch]
axis = 0
"""


def write_babble(folder: Path, context: int = 200) -> Path:
    """The model's folder, in a folder of models."""
    version = folder / "babble" / "1"
    version.mkdir(parents=True)
    (folder / "babble" / "model.toml").write_bytes(_MANIFEST.replace(b"CONTEXT", b"%d" % context))
    write_graph(version / "decoder.onnx", vocabulary=259, places=context + 56)
    (version / "tokenizer.json").write_text(reader().tokenizer.to_str())
    (version / "chat.json").write_bytes(orjson.dumps({"template": TEMPLATE, "end": [258]}))
    return folder
